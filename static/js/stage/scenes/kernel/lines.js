// The terms of a convolution as lines, each led by a lane between the cells to its product. No DOM.

import { fill } from "../../../shared/texts.js";
import { largestProduct } from "../../pair.js";
import {
  arrow,
  brace,
  chip,
  equals,
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
 * the order of the map and of the receipt, and no line crosses another.
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
  const ways = exits(single, map);
  const count = ways.length + (rest.length ? 1 : 0);
  const { isPhone } = gutter;
  const back = gutter.x + (isPhone ? 2 : options.scale === "wide" ? 24 : 14);
  const x = back + 14;
  const first = isPhone || learns ? gutter.y : gutter.kernel;
  const high = gutter.bottom - first;
  const pitch = Math.min(h + 26, high / Math.max(1, count));
  const tall = Math.min(h, pitch - 12);
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
    if (i > 0) shapes.push(...plus(x + w / 2, y - pitch / 2, { motion, room: pitch - tall }));
    const room = gutter.to - (isPhone ? 20 : 34) - (x + w + 6);
    const written = equals([term.upstream, term.factor], x + w + 6, y, Math.min(size.font, 17), {
      ...{ room, motion, part: "expression" },
    });
    shapes.push(written);
    return { x: x + w + 6 + widthOf(written.text, written.size, 600) + 6, y };
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
    if (count > 1) shapes.push(...plus(x + w / 2, y - pitch / 2, { room: pitch - tall }));
  }
  if (count > 1) shapes.push(brace(back, middle(0), middle(count - 1)));
  return { shapes, back: count > 1 ? back : x - 3, top: middle(0), bottom: middle(count - 1) };
}

/**
 * How each term's line leaves the map. They are told in reading order, so the lanes have it too: at the
 * map's left edge straight on, the first of the highest row by a lane above it, all others by lanes below
 * their row, those farther right the farther out.
 * @param {Spot[]} spots in reading order
 * @param {Placed} map
 * @returns {{spot: Spot, points: [number, number][], y: number}[]}
 */
function exits(spots, map) {
  const live = spots.filter(({ term }) => term.product !== 0);
  const top = live[0]?.row;
  /** @type {Map<number, Spot[]>} */
  const below = new Map();
  for (const spot of live) {
    if (spot.column === map.columns[0] || (spot === live[0] && spot.row === top)) continue;
    below.set(spot.row, [...(below.get(spot.row) ?? []), spot]);
  }
  return spots.map((spot) => {
    const each = map.at(spot.row, spot.column);
    const middle = each.y + each.h / 2;
    const lanes = below.get(spot.row) ?? [];
    const lane = lanes.indexOf(spot);
    if (spot.column === map.columns[0] || spot.term.product === 0)
      return { spot, y: middle, points: [[each.x, middle]] };
    const y =
      lane < 0
        ? each.y - map.gap / 2
        : each.y + each.h + ((lane + 1) * map.gap) / (lanes.length + 1);
    const x = each.x + each.w / 2;
    return { spot, y, points: [[x, lane < 0 ? each.y : each.y + each.h], [x, y]] };
  }); // biome-ignore format: points
}
