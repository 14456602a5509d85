// The terms of a convolution as lines, each led by a lane between the cells to its product. No DOM.

import { fill } from "../../../shared/texts.js";
import { largestProduct } from "../../pair.js";
import {
  arrow,
  brace,
  chip,
  expression,
  line,
  lineWidth,
  place,
  plus,
  signOf,
  text,
  widthOf,
} from "../../shapes.js";

/** @import {Placed} from "../../lens.js" */
/** @import {Pair} from "../../pair.js" */
/** @import {Shape} from "../../shapes.js" */
/** @import {Frame, Rows} from "./rooms.js" */
/** @import {Spot} from "./spots.js" */

/**
 * The terms as lines, each led by a lane between the cells from its cell to its product. They stand in
 * the order of the lanes, so that none crosses another.
 * @param {Frame} frame
 * @param {Spot[]} spots
 * @param {Placed} map
 * @param {boolean} learns of what a weight met, all that comes to nothing is one term
 * @returns {Rows}
 */
export function lined(frame, spots, map, learns) {
  const { pair, gutter, size, options, when, since } = frame;
  const single = spots.filter(({ term }) => term.product !== 0 || !learns);
  const rest = spots.filter((spot) => !single.includes(spot));
  const [w, h] = size.chip;
  const ways = exits(single, map).toSorted((a, b) => a.y - b.y);
  const count = ways.length + (rest.length ? 1 : 0);
  const { isPhone } = gutter;
  const back = gutter.x + (isPhone ? 2 : options.scale === "wide" ? 24 : 14);
  const x = back + 14;
  const first = isPhone || learns ? gutter.y : gutter.kernel;
  const high = gutter.bottom - first;
  const pitch = Math.min(h + 26, high / Math.max(1, count));
  const tall = Math.min(h, pitch - 6);
  const middleOf = ways.length ? (ways[0].y + ways[ways.length - 1].y) / 2 : first + high / 2;
  const top = Math.max(
    first,
    Math.min(gutter.bottom - count * pitch, middleOf - (count * pitch) / 2),
  );
  const middle = (/** @type {number} */ i) => top + (i + 0.5) * pitch;
  const most = largestProduct(pair);
  /** @type {Shape[]} */
  const shapes = [];
  const heads = ways.map(({ spot }, i) => {
    const { term, k } = spot;
    const y = middle(i);
    const bounds = { x, y: y - tall / 2, w, h: tall };
    const begins = when(k);
    const motion = since(begins);
    if (frame.isMoving) shapes.push(place(bounds, { motion: { shown: [[0, begins]] } }));
    shapes.push(
      ...chip(bounds, term.product, {
        ...{ size: size.font, most, motion },
        term: [term.upstream, term.factor, term.product],
      }),
    );
    if (i > 0 && pitch - tall > 19) shapes.push(...plus(x + w / 2, y - pitch / 2, { motion }));
    const room = gutter.to - 34 - (x + w + 6);
    const written = expression([term.upstream, term.factor], 0, y, Math.min(size.font, 17), {
      ...{ room: room + (isPhone ? 14 : 0), motion, part: "expression" },
    });
    const runs = (written.runs ?? []).slice(0, -1);
    if (options.scale === "wide") runs.unshift({ text: "= ", fill: "ink2" });
    const said = runs.map((run) => run.text).join("");
    shapes.push({ ...written, runs, text: said, x: x + w + 6, anchor: "start" });
    return { x: x + w + 6 + widthOf(said, written.size, 600) + 6, y };
  });
  // Those that go up turn the nearer the higher they lie; those that go down the other way round.
  const up = ways.map((way, i) => ({ way, i })).filter(({ way, i }) => middle(i) < way.y);
  const down = ways.map((way, i) => ({ way, i })).filter(({ way, i }) => middle(i) >= way.y);
  const turns = new Map([
    ...up.map(({ i }, k) => /** @type {[number, number]} */ ([i, k])),
    ...down.toReversed().map(({ i }, k) => /** @type {[number, number]} */ ([i, k])),
  ]);
  const most2 = pair.source.most[1];
  ways.forEach(({ spot, points, y }, i) => {
    const { upstream, product } = spot.term;
    if (product === 0) return;
    const ink = signOf(upstream);
    const width = Math.min(map.gap > 9 ? 4 : 2.6, Math.max(1.8, lineWidth(upstream, most2)));
    const motion = since(when(spot.k) - 120);
    const to = heads[i];
    const turn = Math.max(to.x + 12, gutter.to - 2 - (turns.get(i) ?? 0) * 6);
    const isLevel = Math.abs(y - to.y) < 1.5;
    const path = isLevel
      ? [...points, /** @type {[number, number]} */ ([to.x + 8, y])]
      : [...points, [turn, y], [turn, to.y], [to.x + 8, to.y]];
    shapes.push(
      line(/** @type {[number, number][]} */ (path), 5, { stroke: ink, width, motion }),
      ...arrow([to.x + 9, isLevel ? y : to.y], [to.x, isLevel ? y : to.y], {
        stroke: ink,
        width: Math.min(width, 2.4),
        motion,
      }),
    );
  });
  if (rest.length) {
    const y = middle(count - 1);
    const bounds = { x, y: y - tall / 2, w, h: tall };
    shapes.push(
      ...chip(bounds, 0, { size: size.font, most, term: [0, 1, 0] }),
      text(fill(options.words.other_terms, { n: rest.length }), x + w + 8, y, 13, {
        ...{ anchor: "start", fill: "ink2", part: "bundle" },
      }),
    );
    if (count > 1 && pitch - tall > 19) shapes.push(...plus(x + w / 2, y - pitch / 2));
  }
  if (count > 1) shapes.push(brace(back, middle(0), middle(count - 1)));
  return { shapes, back: count > 1 ? back : x - 3, top: middle(0), bottom: middle(count - 1) };
}

/**
 * How each spot's line leaves the map: by a lane above the first row of them or below the last, those
 * farther right the farther out; at the map's left edge straight on.
 * @param {Spot[]} spots
 * @param {Placed} map
 * @returns {{spot: Spot, points: [number, number][], y: number}[]}
 */
function exits(spots, map) {
  const rows = [...new Set(spots.map(({ row }) => row))].toSorted((a, b) => a - b);
  /** @type {Map<string, Spot[]>} */
  const lanes = new Map();
  for (const spot of spots) {
    const inRow = spots
      .filter(({ row }) => row === spot.row)
      .toSorted((a, b) => a.column - b.column);
    const isLow =
      rows.length > 1
        ? spot.row === rows[rows.length - 1]
        : inRow.indexOf(spot) < inRow.length / 2 && inRow.length > 1;
    const isStraight =
      spot.column === map.columns[0] &&
      (spot.row !== rows[0] || rows.length > 1 || !isLow || inRow.length < 2);
    const key = isStraight ? `=${spot.row}` : `${isLow ? "v" : "^"}${spot.row}`;
    lanes.set(key, [...(lanes.get(key) ?? []), spot]);
  }
  /** @type {{spot: Spot, points: [number, number][], y: number}[]} */
  const out = [];
  for (const [key, some] of lanes) {
    const sorted = some.toSorted((a, b) => a.column - b.column);
    sorted.forEach((spot, k) => {
      const each = map.at(spot.row, spot.column);
      const middle = each.y + each.h / 2;
      if (key[0] === "=") {
        out.push({
          spot,
          y: middle,
          points: /** @type {[number, number][]} */ ([[each.x, middle]]),
        });
        return;
      }
      const step = map.gap / (some.length + 1);
      const isLow = key[0] === "v";
      const edge = isLow ? each.y + each.h : each.y;
      const y = isLow ? edge + (k + 1) * step : edge - (k + 1) * step;
      const x = each.x + each.w / 2;
      out.push({
        spot,
        y,
        points: /** @type {[number, number][]} */ ([
          [x, edge],
          [x, y],
        ]),
      });
    });
  }
  return out;
}
