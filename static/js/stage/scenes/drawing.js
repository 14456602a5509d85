// A large network as one drawing, once all is done: maps as planes of falling size, vectors as bars,
// the outputs by name. The pinned cell's receptive field is framed on every map before it, and what is
// added to make its gradient comes from the neurons that read it.
//
// The interface is told in ../scenes.js.

import { fill } from "../../shared/texts.js";
import { isLarge } from "../../state/picture.js";
import { fieldsOf } from "../fields.js";
import { levelsOf, planesOfAll } from "../heat.js";
import { arrow, fitted, heat, n, rect, ring, signOf, text, widthOf } from "../shapes.js";

/** @import {Pair, View} from "../pair.js" */
/** @import {Composition, Options} from "../scenes.js" */
/** @import {Box, CellBox, Shape} from "../shapes.js" */

/** Pixels: the largest map, a bar, the rows of outputs, how far planes stand behind each other. */
const SIZES = {
  wide: { side: 30, map: 172, bar: 18, row: 28, outputs: 124, behind: 7, gap: 34, lines: 1 },
  middle: { side: 20, map: 112, bar: 14, row: 26, outputs: 96, behind: 5, gap: 18, lines: 1 },
  tall: { side: 24, map: 168, bar: 16, row: 22, outputs: 120, behind: 6, gap: 40, lines: 2 },
  phone: { side: 14, map: 104, bar: 12, row: 15, outputs: 96, behind: 4, gap: 20, lines: 2 },
};
const PLANES = 6;
const LABEL = 54;
/** Outputs that have a row each. */
const NAMED = 12;

/** @param {Pair} pair whether some layer is too large for numbers */
export const isDrawing = ({ all }) => isLarge({ grids: all });

/**
 * @typedef {{view: View, kind: "map"|"bar"|"outputs", w: number, h: number, depth: number}} Piece
 *   ``depth``: of the planes behind the one in front
 * @typedef {Piece & {front: Box, line: number}} Placed where its front plane, its bar or its rows lie
 */

/**
 * @param {Pair} pair
 * @param {Box} box
 * @param {Options} options
 * @returns {Composition}
 */
export function compose(pair, box, options) {
  const size = SIZES[options.scale];
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
          { width: 1.8 },
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
 * What is drawn: the input, and every output but those of activations, whose maps look like what they
 * read. Their own cells stay on the spine.
 * @param {Pair} pair
 * @param {typeof SIZES.wide} size
 * @param {Box} box
 * @returns {Piece[]}
 */
function piecesOf({ all, subject }, size, box) {
  const views = all.filter(({ key }) => !key.includes(".") && key !== "head");
  const last = views[views.length - 1];
  const kept = views.filter((view, i) => {
    const read = views[i - 1];
    const isActivation = read && String(read.shape) === String(view.shape) && !view.windows;
    return !isActivation || view === last || view.key === subject?.key;
  });
  const high = (box.h - size.lines * LABEL) / size.lines;
  const longest = Math.max(
    ...kept.map(({ value, drawn }) => (drawn.length < 2 ? value.length : 1)),
  );
  const widest = Math.max(...kept.map(({ drawn, columns }) => (drawn.length < 2 ? 1 : columns)));
  return kept.map((view) => {
    const count = view.value.length;
    if (view === last && view.drawn.length < 2 && count <= NAMED) {
      const row = Math.min(size.row, high / count);
      return { view, kind: "outputs", w: size.outputs, h: row * count, depth: 0 };
    }
    if (view.drawn.length < 2) {
      const h = Math.max(50, high * (count / longest) ** 0.8);
      return { view, kind: "bar", w: size.bar, h, depth: 0 };
    }
    const rows = view.drawn[view.drawn.length - 2];
    const w = Math.min(size.map, high * 0.8) * (view.columns / widest) ** 0.5;
    const depth = size.behind * (Math.min(PLANES, view.planes) - 1);
    return { view, kind: "map", w, h: (w * rows) / view.columns, depth };
  });
}

/**
 * Side by side, in as many lines as the page has, over its full width.
 * @param {Piece[]} pieces
 * @param {Box} box
 * @param {typeof SIZES.wide} size
 * @returns {Placed[]}
 */
function laidOut(pieces, box, size) {
  const room = box.w - 2 * size.side;
  const wide = (/** @type {Piece} */ { w, depth }) => w + depth;
  const all = pieces.reduce((sum, piece) => sum + wide(piece) + size.gap, -size.gap);
  /** @type {Piece[][]} */
  const lines = [[]];
  let used = 0;
  for (const piece of pieces) {
    const line = lines[lines.length - 1];
    const share = all / size.lines;
    if (line.length && lines.length < size.lines && used + wide(piece) / 2 > share) {
      lines.push([]);
      used = 0;
    }
    lines[lines.length - 1].push(piece);
    used += wide(piece) + size.gap;
  }
  const high = box.h / lines.length;
  return lines.flatMap((line, row) => {
    const sum = line.reduce((all, piece) => all + wide(piece), 0);
    // The strands between a map and the neurons that read it need a wider gap.
    /** @type {number[]} */
    const gaps = line.map(({ kind }, i) =>
      i === line.length - 1 ? 0 : kind === "map" && line[i + 1].kind === "bar" ? 4 : 1,
    );
    const units = gaps.reduce((all, each) => all + each, 0);
    const shrink = Math.min(1, (room - units * 14) / sum);
    const between = Math.min(60, (room - sum * shrink) / Math.max(1, units));
    let x = box.x + size.side;
    const top = box.y + row * high + 4;
    return line.map((piece, i) => {
      const [w, h] = [piece.w * shrink, piece.kind === "map" ? piece.h * shrink : piece.h];
      const depth = piece.depth * shrink;
      const y = top + Math.max(0, (high - LABEL - h - depth) / 2) + depth;
      const front = { x, y, w, h };
      x += w + depth + between * gaps[i];
      return { ...piece, w, h, depth, front, line: row };
    });
  });
}

/**
 * Where each cell of a piece lies.
 * @param {Placed} piece
 * @returns {(i: number) => Box}
 */
function cellOf({ view, kind, front }) {
  const columns = kind === "map" ? view.columns : 1;
  const rows = Math.ceil(view.value.length / columns);
  const high = front.h / rows;
  const wide = kind === "outputs" ? 24 : front.w / columns;
  return (i) => ({
    x: front.x + (i % columns) * wide,
    y: front.y + Math.floor(i / columns) * high + (kind === "outputs" ? 1 : 0),
    w: wide,
    h: high - (kind === "outputs" ? 2 : 0),
  });
}

/**
 * A map: some of its other channels behind the one that is open; of the input, the gradient lies over
 * the value.
 * @param {Placed} piece
 * @param {boolean} isGradient
 * @param {typeof SIZES.wide} size
 * @returns {Shape[]}
 */
function planes({ view, front, depth }, isGradient, size) {
  const others = planesOfAll(view, isGradient).filter(
    (_, at) => at * levelsOf(view, isGradient).length !== view.first,
  );
  const shown = others.slice(0, PLANES - 1);
  const step = shown.length ? depth / shown.length : 0;
  const of = isGradient && view.is.gradient ? "heat" : "grey";
  const map = (/** @type {number} */ by) => ({
    x: front.x + by,
    y: front.y - by,
    wide: front.w,
    high: front.h,
    columns: view.columns,
  });
  /** @type {Shape[]} */
  const shapes = [];
  shown.toReversed().forEach((levels, i) => {
    const by = step * (shown.length - i);
    shapes.push(
      { kind: "heat", ...map(by), levels, of, opacity: 0.75, key: `plane:${view.key}:${i}` },
      rect(
        { x: front.x + by, y: front.y - by, w: front.w, h: front.h },
        { stroke: "hair", width: 0.8, part: "plane" },
      ),
    );
  });
  shapes.push({
    ...{ kind: "heat", ...map(0), levels: levelsOf(view, isGradient), of },
    key: `heat:${view.key}`,
  });
  // The input is what one knows: it shows through its gradient.
  if (view.key === "-1" && of === "heat")
    shapes.push({
      ...{ kind: "heat", ...map(0), levels: levelsOf(view, false), of: "ink", opacity: 0.55 },
      key: "heat:values",
    });
  shapes.push(rect(front, { stroke: "hair", width: 1, radius: size.bar / 9, part: "plane" }));
  return shapes;
}

/**
 * @param {Placed} piece
 * @param {boolean} isGradient
 * @returns {Shape[]}
 */
function bar({ view, front }, isGradient) {
  return [
    {
      ...{ kind: "heat", x: front.x, y: front.y, wide: front.w, high: front.h, columns: 1 },
      ...{ levels: levelsOf(view, isGradient), of: isGradient ? "heat" : "grey" },
      key: `heat:${view.key}`,
    },
    rect(front, { stroke: "hair", width: 1, part: "plane" }),
  ];
}

/**
 * The outputs by name, each with its probability; the right one has a ring.
 * @param {View} view
 * @param {View} head
 * @param {Box} front
 * @param {CellBox[]} cells of the head are added
 * @param {Options} options
 * @returns {Shape[]}
 */
function outputs(view, head, front, cells, { reading }) {
  const count = view.value.length;
  const high = front.h / count;
  const font = Math.min(13, Math.max(11, high * 0.5));
  const right = head.compared?.target ?? [];
  return view.value.flatMap((_, i) => {
    const box = { x: front.x, y: front.y + i * high + 1, w: 24, h: high - 2 };
    const beside = { x: front.x + 30, y: box.y, w: Math.max(30, front.w - 30), h: box.h };
    cells.push({ key: "head", at: i, ...beside });
    const gradient = reading === "values" ? 0 : view.gradient[i];
    const share = head.compared?.is_share ? head.value[i] : null;
    const said = share === null ? null : fitted(share, 40, font);
    // The most probable has the longest bar.
    const long = (beside.w - 46) / head.most[0];
    return [
      rect(box, { fill: heat(gradient, view.most[1]), radius: 4, part: "cell" }),
      ...(right[i] === 1
        ? [rect(box, { stroke: "ink", width: 2, radius: 4, part: "winner" })]
        : []),
      text(String(i), box.x + 12, box.y + box.h / 2, font, { weight: 600, part: "name" }),
      ...(share === null || !said
        ? []
        : [
            rect(
              { ...beside, y: box.y + box.h * 0.2, h: box.h * 0.6, w: Math.max(2, long * share) },
              { fill: "grey:1", radius: 2, part: "share" },
            ),
            text(
              said.text,
              beside.x + Math.max(2, long * share) + 5,
              box.y + box.h / 2,
              said.size,
              {
                ...{ anchor: "start", fill: "ink2", part: "prediction" },
              },
            ),
          ]),
    ];
  });
}

/**
 * What a piece is, under it: its title, its size, and how much of its gradient got lost.
 * @param {Placed} piece
 * @param {typeof SIZES.wide} size
 * @param {Placed|undefined} next
 * @param {Options} options
 * @returns {Shape[]}
 */
function label({ view, kind, front, line, depth }, size, next, { words }) {
  const own = front.w + depth;
  // Under the strands to a bar there is no room for words.
  const isNext = next?.line === line && next.kind !== "bar";
  const room = isNext
    ? next.front.x - front.x - 6
    : own + (next?.line === line ? 8 : size.side - 6);
  const more = /** @type {const} */ ({ anchor: "start", part: "heading", weight: 700 });
  const soft = /** @type {const} */ ({ anchor: "start", part: "note", fill: "ink2" });
  /** @type {Shape[]} */
  const shapes = [];
  let y = front.y + front.h + 14;
  if (kind === "bar") {
    const middle = front.x + front.w / 2;
    return [text(String(view.value.length), middle, y, 12, { weight: 700, part: "heading" })];
  }
  const title = [view.title].find((each) => widthOf(each, 13, 700) <= room);
  const lines = title ? [title] : view.title.split(" ").slice(0, 3);
  for (const each of lines) {
    const font = [13, 12, 11].find((by) => widthOf(each, by, 700) <= room);
    if (!font) return [];
    shapes.push(text(each, front.x, y, font, more));
    y += font + 1;
  }
  const [counted] = view.note.split(" · ");
  const { lost = 0, blocked = 0 } = view.stopped ?? {};
  const told = [
    counted,
    lost ? fill(words.some_lost, { n: lost }) : "",
    blocked ? fill(words.some_blocked, { n: blocked }) : "",
  ];
  for (const each of told.filter(Boolean)) {
    if (widthOf(each, 11.5) > room || shapes.length > 2) continue;
    shapes.push(text(each, front.x, y + 1, 11.5, soft));
    y += 14;
  }
  return shapes;
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
