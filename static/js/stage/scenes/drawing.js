// A large network as one drawing, once all is done: maps as planes of falling size, vectors as bars,
// the outputs by name. The pinned cell's receptive field is framed on every map before it, and what is
// added to make its gradient comes from the neurons that read it.
//
// The interface is told in ../scenes.js.

import { isLarge } from "../../state/picture.js";
import { fieldsOf } from "../fields.js";
import { arrow, line, n, rect, ring, signOf } from "../shapes.js";
import { bar, label, outputs, planes } from "./drawing/layers.js";
import { cellOf, laidOut, piecesOf } from "./drawing/pieces.js";
import { DRAWING } from "./sizes.js";

/** @import {Pair, View} from "../pair.js" */
/** @import {Composition, Options} from "../scenes.js" */
/** @import {Box, CellBox, Shape} from "../shapes.js" */

/** @param {Pair} pair whether some layer is too large for numbers */
export const isDrawing = ({ all }) => isLarge({ grids: all });

/**
 * @param {Pair} pair
 * @param {Box} box
 * @param {Options} options
 * @returns {Composition}
 */
export function compose(pair, box, options) {
  const size = DRAWING[options.scale];
  const isGradient = options.reading !== "values";
  const placed = laidOut(piecesOf(pair, size, box), box, size);
  const fields = pair.subject ? fieldsOf(pair.all, pair.subject) : new Map();
  /** @type {CellBox[]} */
  const cells = [];
  /** @type {Shape[]} */
  const shapes = [];
  /** @type {Shape[]} */
  const above = [];
  /** @type {Map<string, (i: number) => Box>} */
  const places = new Map();
  const head = pair.all.find(({ key }) => key === "head");
  /** @type {{frame: Box, line: number}|null} */
  let before = null;
  placed.forEach((piece, k) => {
    const { view, front, line, depth } = piece;
    const cellAt = cellOf(piece);
    places.set(view.key, cellAt);
    view.value.forEach((_, i) => {
      cells.push({ key: view.key, at: i, ...cellAt(i) });
    });
    shapes.push(...label(piece, size, placed[k + 1], options));
    if (piece.kind === "map") shapes.push(...planes(piece, isGradient, size));
    else if (piece.kind === "bar") shapes.push(...bar(piece, isGradient));
    else if (head) shapes.push(...outputs(view, head, front, cells, options));
    const next = placed[k + 1];
    if (next && next.line === line && next.kind === "map")
      shapes.push(
        ...arrow(
          [next.front.x - 4, front.y + front.h / 2],
          [front.x + front.w + depth + 5, front.y + front.h / 2],
          goesOn(pair, view, next.view),
        ),
      );
    const field = fields.get(view.key);
    if (piece.kind === "map" && field) {
      const frame = framed(front, view, field);
      const isOwn = pair.subject?.key === view.key;
      if (before?.line === line) above.push(...frustum(before.frame, frame));
      if (!isOwn)
        above.push(
          rect(frame, {
            ...{ stroke: "you", width: 2, radius: 3, part: "field", key: `field:${view.key}` },
          }),
        );
      before = { frame, line };
    }
    if (pair.subject?.key === view.key) {
      const own = cellAt(pair.subject.at - view.first);
      if (own) above.push(ring(own, { key: "ring", width: 2.6, radius: 4 }));
    }
  });
  const fan = added(pair, places);
  return {
    cells,
    shapes: [...fan, ...shapes, ...above],
    terms: pair.terms.map((term) => ({ ...term, lands: 0 })),
    duration: 0,
  };
}

/**
 * A part of a map.
 * @param {Box} front
 * @param {View} view
 * @param {[number, number, number, number]} field first row, first column, and those after the last
 * @returns {Box}
 */
function framed(front, { columns, value }, [top, left, bottom, right]) {
  const wide = front.w / columns;
  const high = front.h / (value.length / columns);
  return {
    x: front.x + left * wide,
    y: front.y + top * high,
    w: (right - left) * wide,
    h: (bottom - top) * high,
  };
}

/**
 * The ink of the arrow to a map: thick where the explained cell's gradient goes there. Of a large
 * network, the page has all products of a layer without weights, and some of those after it.
 * @param {Pair} pair
 * @param {View} view
 * @param {View} from
 * @returns {Partial<import("../shapes.js").Path>}
 */
function goesOn({ all, subject, way }, view, from) {
  const waits = { width: 1.8 };
  const own = all.find(({ key }) => key === subject?.key);
  const gradient = own && subject ? own.gradient[subject.at - own.first] : 0;
  const isBefore = !own || all.indexOf(from) > all.indexOf(own);
  if (!way || !gradient || isBefore) return waits;
  const order = (/** @type {string} */ key) => all.findIndex((each) => each.key === key);
  const weights = all.filter(({ key }) => key.endsWith(".weight"));
  const weighted = weights.findLast((each) => all.indexOf(each) < all.indexOf(own));
  const isPast = weighted !== undefined && all.indexOf(view) < all.indexOf(weighted);
  const stops = way.hops.some(
    ({ source, target, to }) =>
      !to.length &&
      order(target) >= Math.max(order(view.key), weighted ? all.indexOf(weighted) : 0) &&
      order(source) <= all.indexOf(own),
  );
  return stops ? waits : { width: 4, stroke: isPast ? "you" : signOf(gradient), part: "trunk" };
}

/**
 * From a field to what it becomes.
 * @param {Box} from
 * @param {Box} to
 * @returns {Shape[]}
 */
const frustum = (from, to) =>
  [0, 1].map((at) => ({
    kind: /** @type {const} */ ("path"),
    d: `M${n(from.x + from.w)} ${n(from.y + at * from.h)}L${n(to.x)} ${n(to.y + at * to.h)}`,
    ...{ stroke: "you", width: 1, opacity: 0.55, part: "frustum" },
  }));

/**
 * The pinned cell's terms, from the neurons that send them.
 * @param {Pair} pair
 * @param {Map<string, (i: number) => Box>} places
 * @returns {Shape[]}
 */
function added({ all, subject, terms }, places) {
  const view = all.find(({ key }) => key === subject?.key);
  const to = view && subject ? places.get(view.key)?.(subject.at - view.first) : undefined;
  const most = Math.max(...terms.map(({ product }) => Math.abs(product)), 1e-300);
  if (!to) return [];
  return terms.flatMap(({ key, at, product }) => {
    const source = all.find((each) => each.key === key);
    // Neurons alone: in a map, a field shows as much.
    const from = source?.drawn.length === 1 ? places.get(key)?.(at) : undefined;
    if (!from || product === 0) return [];
    const [x, y] = [from.x - 2, from.y + from.h / 2];
    const [end, into] = [to.x + to.w + 5, to.y + to.h / 2];
    const bend = (x - end) * 0.6;
    return [
      {
        kind: /** @type {const} */ ("path"),
        d: `M${n(x)} ${n(y)}C${n(x - bend)} ${n(y)} ${n(end + bend)} ${n(into)} ${n(end)} ${n(into)}`,
        ...{ stroke: signOf(product), width: 0.5 + (1.8 * Math.abs(product)) / most },
        ...{ opacity: 0.6, part: "strand" },
      },
    ];
  });
}
