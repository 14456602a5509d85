// The shapes of compositions, and functions that build the shapes that scenes share. It uses no DOM.
//
// A composition is a list of plain shapes. Screen, SVG file, PNG, film and tests draw the same list.
// Colours are names, so that a list is independent of the theme (see ink.js):
//   "ink", "ink2", "ink3", "card", "hair", "lane", "panel", "you", "tint", "wire", "none",
//   "positive", "negative" (lines and text of a sign), "heat:0.4" (a gradient's fill, −1 to 1),
//   "grey:0.4" (a value's fill, 0 to 1).

/**
 * @typedef {{fill?: string, stroke?: string, width?: number, dash?: number[], opacity?: number}} Ink
 * @typedef {{start: number, end: number, from: Record<string, number>}} Tween from these numbers to
 *   the shape's own, between two moments
 * @typedef {{shown?: [number, number][], tweens?: Tween[], says?: [number, string][],
 *   fills?: [number, string][]}} Motion ``shown``: the spans in which it is seen; ``says`` and
 *   ``fills``: its text and its colour from a moment on. All in milliseconds of the composition.
 * @typedef {{key?: string, part?: string, term?: [number, number, number], motion?: Motion}} Meta
 *   ``key`` identifies the shape in the next composition; ``part``: its role, for tests and styles;
 *   ``term``: upstream, factor and product of the label that it belongs to
 * @typedef {{text: string, fill?: string, weight?: number}} Run
 * @typedef {Meta & Ink & {kind: "rect", x: number, y: number, wide: number, high: number,
 *   radius?: number}} Rect
 * @typedef {Meta & Ink & {kind: "path", d: string, x?: number, y?: number}} Path
 * @typedef {Meta & Ink & {kind: "circle", x: number, y: number, r: number}} Circle
 * @typedef {Meta & Ink & {kind: "text", text: string, runs?: Run[], x: number, y: number,
 *   size: number, weight: number, anchor: "start"|"middle"|"end", through?: boolean}} Text
 * @typedef {Meta & {kind: "heat", x: number, y: number, wide: number, high: number, columns: number,
 *   levels: (number|null)[], of: "heat"|"grey"|"ink", opacity?: number}} Heat a map of colours without
 *   numbers, row by row
 * @typedef {Rect|Path|Circle|Text|Heat} Shape
 * @typedef {{x: number, y: number, w: number, h: number}} Box
 * @typedef {Box & {key: string, at: number}} CellBox where the gridcell of a grid's cell ``at`` lies
 */

import { figure, short } from "../shared/figures.js";

const WIDE = { " ": 0.32, ".": 0.32, ",": 0.32, "(": 0.39, ")": 0.39, i: 0.28, l: 0.28, t: 0.39 };
const SIGNS = { "×": 0.84, "=": 0.84, "−": 0.84, "+": 0.84, "…": 1, m: 0.97, w: 0.82, W: 0.99 };
const WIDTHS = /** @type {Record<string, number>} */ ({ ...WIDE, ...SIGNS });

/**
 * The approximate width of a text: compositions have no page to measure it.
 * @param {string} text
 * @param {number} size
 * @param {number} [weight]
 */
export function widthOf(text, size, weight = 400) {
  let ems = 0;
  for (const letter of text) ems += WIDTHS[letter] ?? 0.635;
  return ems * size * (weight > 500 ? 1.09 : 1);
}

/**
 * @param {Box} box
 * @param {Partial<Rect>} [more]
 * @returns {Rect}
 */
export const rect = ({ x, y, w, h }, more = {}) => ({
  kind: "rect",
  x,
  y,
  wide: w,
  high: h,
  ...more,
});

/**
 * @param {string} text
 * @param {number} x
 * @param {number} y of its middle
 * @param {number} size
 * @param {Partial<Text>} [more]
 * @returns {Text}
 */
export function text(text, x, y, size, more = {}) {
  const base = { weight: 400, anchor: /** @type {const} */ ("middle"), fill: "ink" };
  return { kind: "text", text, x, y: y + size * 0.36, size, ...base, ...more };
}

/**
 * A text in several colours and weights.
 * @param {Run[]} runs
 * @param {number} x
 * @param {number} y
 * @param {number} size
 * @param {Partial<Text>} [more]
 */
export const written = (runs, x, y, size, more = {}) =>
  text(runs.map((run) => run.text).join(""), x, y, size, { runs, ...more });

/**
 * The largest size at which a text fits, and the text, shortened if even the smallest does not fit; an
 * ellipsis says at least that a number is there. The whole number is in the cell's title and name.
 * @param {number} number
 * @param {number} room
 * @param {number} size
 * @param {number} least
 * @param {number} spare more room, which only a text that has been shortened may take
 * @returns {{text: string, size: number}}
 */
export function fitted(number, room, size, least = 11, spare = 0) {
  const full = figure(number);
  for (let each = Math.max(size, least); each >= least; each -= 1)
    if (widthOf(full, each, 700) <= room) return { text: full, size: each };
  for (const most of spare ? [room, room + spare] : [room])
    for (let letters = full.length; letters > 1; letters -= 1) {
      const less = short(number, letters);
      if (less !== "…" && widthOf(less, least, 700) <= most) return { text: less, size: least };
    }
  return { text: "…", size: least };
}

/** @param {number} number */
export const signOf = (number) => (number > 0 ? "positive" : number < 0 ? "negative" : "ink3");

/**
 * A product; a negative second factor gets brackets.
 * @param {number} number
 */
export const bracketed = (number) => (number < 0 ? `(${figure(number)})` : figure(number));

/**
 * The width of a gradient's line.
 * @param {number} gradient
 * @param {number} most the largest gradient of its layer
 */
export const lineWidth = (gradient, most) => 1.5 + (3.5 * Math.abs(gradient)) / (most || 1);

/**
 * A straight arrow; the tip of its head is its end.
 * @param {[number, number]} from
 * @param {[number, number]} to
 * @param {Partial<Path>} [more]
 * @returns {Path[]}
 */
export function arrow(from, to, more = {}) {
  const { width = 2, stroke = "wire", ...rest } = more;
  const long = Math.hypot(to[0] - from[0], to[1] - from[1]) || 1;
  const [dx, dy] = [(to[0] - from[0]) / long, (to[1] - from[1]) / long];
  const head = Math.min(long, 5 + 2.2 * width);
  const half = 2.6 + 1.1 * width;
  const [bx, by] = [to[0] - dx * head, to[1] - dy * head];
  const line = `M${n(from[0])} ${n(from[1])}L${n(bx + dx * 2)} ${n(by + dy * 2)}`;
  const tip =
    `M${n(to[0])} ${n(to[1])}L${n(bx - dy * half)} ${n(by + dx * half)}` +
    `L${n(bx + dx * head * 0.25)} ${n(by + dy * head * 0.25)}` +
    `L${n(bx + dy * half)} ${n(by - dx * half)}Z`;
  return [
    { kind: "path", d: line, stroke, width, part: "arrow", ...rest },
    { kind: "path", d: tip, fill: stroke, part: "arrowhead", ...rest },
  ];
}

/**
 * A line with rounded corners through these points.
 * @param {[number, number][]} points
 * @param {number} radius
 * @param {Partial<Path>} [more]
 * @returns {Path}
 */
export function line(points, radius, more = {}) {
  let d = `M${n(points[0][0])} ${n(points[0][1])}`;
  for (let i = 1; i < points.length; i += 1) {
    const [a, b, c] = [points[i - 1], points[i], points[i + 1]];
    if (!c) {
      d += `L${n(b[0])} ${n(b[1])}`;
      continue;
    }
    const [into, out] = [towards(b, a, radius), towards(b, c, radius)];
    d += `L${n(into[0])} ${n(into[1])}Q${n(b[0])} ${n(b[1])} ${n(out[0])} ${n(out[1])}`;
  }
  return { kind: "path", d, part: "curve", ...more };
}

/**
 * @param {[number, number]} from
 * @param {[number, number]} to
 * @param {number} by at most half of the way
 * @returns {[number, number]}
 */
function towards(from, to, by) {
  const long = Math.hypot(to[0] - from[0], to[1] - from[1]) || 1;
  const share = Math.min(by, long / 2) / long;
  return [from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share];
}

/** @param {number} x */
export const n = (x) => String(Math.round(x * 100) / 100);

/**
 * A product as a coloured chip, which is empty for 0.
 * @param {Box} box
 * @param {number} product
 * @param {{size: number, most: number, term?: [number, number, number], motion?: Motion,
 *   key?: string}} of
 * @returns {Shape[]}
 */
export function chip(box, product, { size, most, term, motion, key }) {
  const fit = fitted(product, box.w - 8, size);
  const fill = heat(product, most);
  const radius = Math.min(9, box.h / 4);
  const shown = product === 0 ? { fill: "ink3", weight: 400 } : { fill: "ink", weight: 700 };
  return [
    rect(box, { fill, radius, part: "chip", motion, key: key && `${key}:chip` }),
    text(fit.text, box.x + box.w / 2, box.y + box.h / 2, fit.size, {
      ...shown,
      part: "label",
      term,
      motion,
      key: key && `${key}:label`,
    }),
  ];
}

/**
 * «2 × 0.5 =», right-aligned at a place.
 * @param {[number, number]} factors
 * @param {number} x
 * @param {number} y
 * @param {number} size
 * @param {Partial<Text> & {room?: number}} [more]
 */
export function expression([upstream, factor], x, y, size, more = {}) {
  const { room = Number.POSITIVE_INFINITY, ...rest } = more;
  const strong = upstream !== 0 && factor !== 0;
  /** @type {Run[]} */
  const runs = [
    { text: figure(upstream), fill: signOf(upstream), weight: strong ? 700 : 400 },
    { text: " × ", fill: "ink2" },
    { text: bracketed(factor), fill: strong ? "ink" : "ink2", weight: strong ? 700 : 400 },
    { text: " =", fill: "ink2" },
  ];
  const all = runs.map((run) => run.text).join("");
  let fit = size;
  while (fit > 11 && widthOf(all, fit, 600) > room) fit -= 1;
  return written(runs, x, y, fit, { anchor: "end", ...rest });
}

/**
 * «= 2 × 0.5», left-aligned at a place: after its product. Where the room is small, without spaces.
 * @param {[number, number]} factors
 * @param {number} x
 * @param {number} y
 * @param {number} size
 * @param {Partial<Text> & {room?: number}} [more]
 */
export function equals(factors, x, y, size, { room = Number.POSITIVE_INFINITY, ...more } = {}) {
  const { runs, size: least } = expression(factors, x, y, 11);
  const [upstream, , factor] = runs ?? [];
  const loose = [{ text: "= ", fill: "ink2" }, upstream, { text: " × ", fill: "ink2" }, factor];
  const close = [{ text: "=", fill: "ink2" }, upstream, { text: "×", fill: "ink2" }, factor];
  for (const each of [loose, close]) {
    const all = each.map((run) => run.text).join("");
    for (let fit = size; fit >= least; fit -= 1)
      if (widthOf(all, fit, 600) <= room)
        return written(each, x, y, fit, { anchor: "start", ...more });
  }
  return written(close, x, y, least, { anchor: "start", ...more });
}

/**
 * A slot: the place to which a term will come, or from which it has gone.
 * @param {Box} box
 * @param {Partial<Rect>} [more]
 */
export const place = (box, more = {}) =>
  rect(box, { stroke: "wire", width: 1.5, dash: [4, 3], radius: 9, part: "place", ...more });

/**
 * «+» in a ring, or alone where there is little room between two terms.
 * @param {number} x
 * @param {number} y
 * @param {{motion?: Motion, room?: number}} [more]
 * @returns {Shape[]}
 */
export function plus(x, y, { room = 22, ...more } = {}) {
  const r = room > 19 ? 10 : 0;
  const half = r ? 5 : Math.max(3, Math.min(4.5, room / 2 - 1.5));
  const d = `M${n(x - half)} ${n(y)}h${n(2 * half)}M${n(x)} ${n(y - half)}v${n(2 * half)}`;
  /** @type {Shape} */
  const sign = { kind: "path", d, stroke: "ink2", width: 1.8, part: "plus", ...more };
  if (!r) return [sign];
  return [{ kind: "circle", x, y, r, fill: "panel", stroke: "wire", width: 1.4, ...more }, sign];
}

/**
 * A brace from one height to another, for the shapes at its right.
 * @param {number} x of its back
 * @param {number} from
 * @param {number} to
 * @param {Partial<Path>} [more]
 */
export const brace = (x, from, to, more = {}) =>
  line(
    [
      [x + 12, from],
      [x, from],
      [x, to],
      [x + 12, to],
    ],
    4,
    { stroke: "wire", width: 1.6, part: "brace", ...more },
  );

/**
 * A tinted plate under shapes that belong together.
 * @param {Box} box
 * @param {Partial<Rect>} [more]
 */
export const plate = (box, more = {}) =>
  rect(box, { fill: "tint", radius: 12, part: "plate", ...more });

/**
 * The box around some boxes, and a little more.
 * @param {Box[]} boxes
 * @param {number} [by]
 * @returns {Box}
 */
export function around(boxes, by = 0) {
  const x = Math.min(...boxes.map((each) => each.x)) - by;
  const y = Math.min(...boxes.map((each) => each.y)) - by;
  const right = Math.max(...boxes.map((each) => each.x + each.w)) + by;
  const bottom = Math.max(...boxes.map((each) => each.y + each.h)) + by;
  return { x, y, w: right - x, h: bottom - y };
}

/**
 * The ring around the explained cell.
 * @param {Box} box
 * @param {Partial<Rect>} [more]
 */
export const ring = ({ x, y, w, h }, more = {}) =>
  rect(
    { x: x - 4, y: y - 4, w: w + 8, h: h + 8 },
    { stroke: "you", width: 3.2, radius: 12, part: "ring", ...more },
  );

/**
 * A gradient's fill.
 * @param {number} gradient
 * @param {number} most
 */
export const heat = (gradient, most) =>
  `heat:${(gradient === 0 || !most ? 0 : Math.max(-1, Math.min(1, gradient / most))).toFixed(2)}`;

/**
 * A value's fill.
 * @param {number} value
 * @param {number} most
 */
export const grey = (value, most) =>
  `grey:${Math.min(1, Math.abs(value) / (most || 1)).toFixed(2)}`;

/** The sign of each reason why a gradient is 0. */
const MARKS = /** @type {Record<string, string>} */ ({
  weight: "0",
  input: "0",
  settled: "✓",
  underflow: "≈0",
  mixed: "0",
  cancelled: "±0",
  unread: "–",
});

/**
 * @param {string} code
 * @param {Box} box
 * @param {Partial<Text>} [more]
 * @returns {Shape[]}
 */
export function zeroMark(code, { x, y, w, h }, more = {}) {
  const [cx, cy] = [x + w / 2, y + h / 2 + (h > 40 ? 3 : 0)];
  const r = Math.max(2, Math.min(5, h / 16));
  const { motion } = more;
  if (code === "lost")
    return [{ kind: "circle", x: cx, y: cy, r, stroke: "ink3", width: 1.5, part: "mark", motion }];
  if (code === "blocked") {
    const high = Math.max(6, Math.min(22, h / 4));
    const bar = { x: cx - 3, y: cy - high / 2, w: Math.max(3, high / 3), h: high };
    return [rect(bar, { fill: "ink3", radius: 1.5, part: "mark", motion })];
  }
  if (code === "upstream") return [];
  const size = Math.max(11, Math.min(16, h / 4));
  return [text(MARKS[code] ?? "", cx, cy, size, { fill: "ink3", part: "mark", ...more })];
}
