// The operations of a batch normalization in a row, with the explained cell's numbers above them and its
// gradient's way back under them; then the numbers of the other channels. No DOM.

import { fill } from "../../../shared/texts.js";
import { cell } from "../../cell.js";
import { since, until } from "../../motion.js";
import { largestProduct } from "../../pair.js";
import {
  arrow,
  bracketed,
  chip,
  equals,
  fitted,
  line,
  place,
  plate,
  rect,
  ring,
  signOf,
  text,
  widthOf,
} from "../../shapes.js";
import { travelled } from "../travelled.js";

/** @import {Pair, View} from "../../pair.js" */
/** @import {Options} from "../../scenes.js" */
/** @import {Box, CellBox, Path, Shape} from "../../shapes.js" */
/** @import {NORMAL} from "../sizes.js" */
/** @import {Mapped} from "../generic/maps.js" */

/**
 * @typedef {typeof NORMAL.wide} Size
 * @typedef {[number, number]} Point
 * @typedef {{own: number, comes: boolean, passes: boolean, side: 1|-1, left: Mapped, right: Mapped,
 *   begins: number, arrives: number, arrived: number}} How ``own``: the explained cell among the drawn
 *   ones, or −1; ``comes``, ``passes``: whether its gradient is at the output, and at the input
 * @typedef {{name: string, sign: string, view: View|null, numbers: number[]}} Operation ``numbers``:
 *   by channel
 */

/**
 * The room that the chain takes.
 * @param {Size} size
 * @param {boolean} scales
 * @param {boolean} shifts
 */
export function leastOf({ chip: [w, h], op, between, row }, scales, shifts) {
  const count = 2 + Number(scales) + Number(shifts);
  return { w: w + count * (op + between) + 14, h: 18 + row + 22 + h + 46 };
}

/**
 * @param {Pair} pair
 * @param {Box} room
 * @param {Size} size
 * @param {Options} options
 * @param {How} how
 * @returns {{cells: CellBox[], shapes: Shape[]}}
 */
export function chain(pair, room, size, options, how) {
  const { source, target } = pair;
  const { words, reading } = options;
  const operations = operationsOf(pair, words);
  const { drawn } = target;
  const plane = drawn.slice(-2).reduce((all, each) => all * each, 1);
  const at = Math.max(0, how.own);
  const channel = Math.floor((target.first + at) / plane);
  const { op, between, row } = size;
  const [chipW, chipH] = size.chip;
  const x = (/** @type {number} */ k) => room.x + chipW + between + k * (op + between) + 4;
  const top = room.y + 18;
  const says = reading !== "gradients" && source.is.value && how.own >= 0;
  const numbers = says ? [...(source.normalized?.between ?? []), source.value] : [];
  /** @type {CellBox[]} */
  const cells = [];
  /** @type {Shape[]} */
  const shapes = [plate({ x: room.x - 10, y: room.y, w: room.w + 20, h: room.h }, { radius: 14 })];
  if (says) {
    const start = { x: room.x, y: top, w: chipW, h: row };
    shapes.push(
      rect(start, { fill: "lane", radius: 8, part: "plate" }),
      ...written(target.value[at], start, size.font, { fill: "ink2" }),
    );
  }
  operations.forEach(({ name, sign, view, numbers: by }, k) => {
    const box = { x: x(k), y: top, w: op, h: row };
    const small = [12.5, 11.5, 11].find((each) => widthOf(name, each) <= op + between - 4) ?? 11;
    shapes.push(
      text(name, box.x + op / 2, room.y + 9, small, { fill: "ink2", part: "note" }),
      text(sign, box.x - between / 2, top + row / 2, size.font, { weight: 700, part: "sign" }),
    );
    if (view) {
      const i = channel - view.first;
      cells.push({ key: view.key, at: i, ...box });
      shapes.push(...cell(view, i, box, options));
      if (pair.subject?.key === view.key && pair.subject.at === channel) shapes.push(ring(box));
    } else {
      shapes.push(
        rect(box, { fill: "lane", radius: 8, part: "plate" }),
        ...written(by[channel], box, size.font, { fill: "ink" }),
      );
    }
    // What it makes of the number before it; the last makes the output.
    const made = k === operations.length - 1 ? numbers[numbers.length - 1] : numbers[k];
    if (made && (k === operations.length - 1 || numbers.length > 1))
      shapes.push(
        ...written(
          made[at],
          { ...box, y: top + row + 2, h: 18 },
          size.small,
          { fill: "ink2" },
          "= ",
        ),
      );
  });
  const way = back(pair, { x: room.x, y: top + row + 22, w: room.w, h: chipH }, size, how);
  for (const [k, sign] of /** @type {[number, string][]} */ ([
    [operations.findIndex(({ sign }) => sign === "×"), "×"],
    [1, "÷"],
  ])) {
    if (k < 0) continue;
    const said = `${sign} ${bracketed(operations[k].numbers[channel])}`;
    const fit = [12.5, 11.5, 11].find((each) => widthOf(said, each, 700) <= op + 6) ?? 11;
    const w = Math.min(op + 10, Math.max(34, widthOf(said, fit, 700) + 10));
    const tag = { x: x(k) + op / 2 - w / 2, y: way.y - 10, w, h: 20 };
    if (widthOf(said, fit, 700) > w) continue;
    way.shapes.push(
      rect(tag, { fill: "card", stroke: "wire", width: 1.2, radius: 6, part: "tag" }),
      text(said, tag.x + w / 2, way.y, fit, { weight: 700, part: "factor" }),
    );
  }
  const slope = source.normalized?.slope[channel];
  const name = fill(words.channel, { channel });
  if (slope !== undefined) {
    const said = fill(words.whole_channel, { channel: name, factor: bracketed(slope) });
    const fit = [13, 12, 11].find((each) => widthOf(said, each) <= room.w) ?? 11;
    shapes.push(
      text(said, room.x, room.y + room.h - 12, fit, {
        ...{ anchor: "start", fill: "ink2", part: "note" },
      }),
    );
  }
  return { cells, shapes: [...shapes, ...way.shapes] };
}

/**
 * @param {Pair} pair
 * @param {Record<string, string>} words
 * @returns {Operation[]}
 */
function operationsOf({ source, weight, bias }, words) {
  const { mean = [], deviation = [] } = source.normalized ?? {};
  const all = [
    { name: words.mean, sign: "−", view: null, numbers: mean },
    { name: words.deviation, sign: "÷", view: null, numbers: deviation },
  ];
  const learnt = /** @type {[View|null, string][]} */ ([
    [weight, "×"],
    [bias, "+"],
  ]);
  return [
    ...all,
    ...learnt.flatMap(([view, sign]) =>
      view ? [{ name: view.title, sign, view, numbers: view.value }] : [],
    ),
  ];
}

/**
 * The gradient's way: from the output under the operations to its product, and on to the input.
 * @param {Pair} pair
 * @param {Box} room
 * @param {Size} size
 * @param {How} how
 * @returns {{shapes: Shape[], y: number}}
 */
function back(pair, room, size, how) {
  const { own, comes, passes, side, left, right, begins, arrives, arrived } = how;
  const y = room.y + room.h / 2;
  if (own < 0) return { shapes: [], y };
  const { source } = pair;
  const [chipW, chipH] = size.chip;
  const [term] = comes ? pair.terms : [];
  const upstream = source.gradient[own];
  const product = term?.product ?? 0;
  const ink = (/** @type {number} */ of) => ({
    stroke: of ? signOf(of) : "wire",
    width: of ? 4 : 2,
  });
  const chipBox = { x: room.x, y: room.y, w: chipW, h: chipH };
  const from = way(right.boxes[own], right, [room.x + room.w, y], side === 1 ? -1 : 1, side < 0);
  const to = way(left.boxes[own], left, [room.x - 3, y], side, side < 0);
  const end = /** @type {Point} */ ([chipBox.x + chipW + 3, y]);
  const entering = (/** @type {Partial<Path>} */ more) => [
    line([...from.toReversed(), [end[0] + 14, y]], 7, { ...more, part: "trunk" }),
    ...arrow([end[0] + 16, y], end, more),
  ];
  const leaving = (/** @type {Partial<Path>} */ { width = 2, ...more }) => {
    const [before, last] = to.slice(-2);
    const long = Math.hypot(last[0] - before[0], last[1] - before[1]) || 1;
    const short = Math.min(width, left.gap + 2, 4);
    const near = /** @type {Point} */ ([
      last[0] - ((last[0] - before[0]) * Math.min(12, long)) / long,
      last[1] - ((last[1] - before[1]) * Math.min(12, long)) / long,
    ]);
    return [
      line([...to.slice(0, -1), near], 7, { ...more, width: short, part: "trunk" }),
      ...arrow(near, last, { ...more, width: Math.min(short, 2) }),
    ];
  };
  const isMoving = passes;
  const shapes = [
    ...travelled(entering, comes ? (isMoving ? begins : 0) : null, { width: 1.6 }, ink(upstream)),
    ...travelled(leaving, passes ? (arrived + arrives) / 2 : null, { width: 1.6 }, ink(product)),
  ];
  if (!term) return { shapes: [...shapes, place(chipBox)], y };
  const motion = isMoving ? since(arrives) : undefined;
  if (isMoving) shapes.push(place(chipBox, { motion: until(arrives) }));
  shapes.push(
    ...chip(chipBox, product, {
      ...{ size: size.product, most: largestProduct(pair), motion },
      term: [term.upstream, term.factor, term.product],
    }),
    equals([term.upstream, term.factor], chipBox.x + 2, room.y + chipH + 12, size.small + 1, {
      ...{ room: room.w, motion, part: "expression" },
    }),
  );
  return { shapes, y };
}

/**
 * A way from a port to a cell: straight from its side, or in the lane under it.
 * @param {Box} here
 * @param {Mapped} map
 * @param {Point} port
 * @param {1|-1} side of the map, at which it comes in
 * @param {boolean} isOutside whether that is the side away from the other map
 * @returns {Point[]}
 */
function way(here, { boxes, bounds, gap }, port, side, isOutside) {
  const edge = side > 0 ? bounds.x + bounds.w : bounds.x;
  // Outside the map, and not under the chain, which may reach beyond it.
  const beyond = edge + side * 10;
  const turn = isOutside ? side * Math.max(side * beyond, side * (port[0] + side * 5)) : beyond;
  const middle = here.y + here.h / 2;
  const isFree = boxes.every(({ x, y }) => Math.abs(y - here.y) > 1 || side * (x - here.x) < 1);
  if (isFree)
    return [
      port,
      [turn, port[1]],
      [turn, middle],
      [side > 0 ? here.x + here.w + 6 : here.x - 6, middle],
    ];
  const lane = here.y + here.h + Math.max(5, gap / 2 + 1);
  const x = here.x + here.w / 2;
  return [port, [turn, port[1]], [turn, lane], [x, lane], [x, here.y + here.h + 3]];
}

/**
 * A number in the middle of a box, as large as fits.
 * @param {number} number
 * @param {Box} box
 * @param {number} size
 * @param {{fill: string}} ink
 * @param {string} [before]
 * @returns {Shape[]}
 */
function written(number, { x, y, w, h }, size, ink, before = "") {
  const fit = fitted(number, w - 6 - widthOf(before, size), size, 11, 6);
  return [text(`${before}${fit.text}`, x + w / 2, y + h / 2, fit.size, { ...ink, part: "value" })];
}
