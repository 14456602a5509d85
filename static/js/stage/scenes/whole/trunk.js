// The way of the explained cell's gradient as one trunk: it leaves the cells by the lane under them, goes
// from map to map beside the words, and ends with a head at the next cells, or with a bar where nothing
// goes on. The cells on the way have frames. No DOM.

import { line, n, plus, rect, signOf } from "../../shapes.js";
import { over } from "./bands.js";
import { entering, framesOf, leaving } from "./ends.js";

/** @import {Path, Shape} from "../../shapes.js" */
/** @import {Hop} from "../../way.js" */
/** @import {Bands} from "./bands.js" */
/** @import {Place, Point} from "./ends.js" */

/** From a map's cells to the place where a trunk turns beside them, in pixels. */
const TURN = { wide: 13, middle: 11, tall: 12, phone: 9 };
const FRAME = 3;
const RADIUS = 6;
/** The width of a trunk, and of one over cells that are too small for lanes. */
const WIDTH = { least: 2.4, most: 7, thin: 3 };

/**
 * @typedef {{hops: Hop[], subject: import("../../../state/picture.js").Place|null}} Lit the way, and the
 *   cell explained
 *
 * @param {Lit} way
 * @param {Map<string, Place>} places in the order of the layers
 * @param {Bands} bands
 * @param {{scale: keyof typeof TURN, right: number}} of ``right``: as far as a trunk may go
 * @returns {Shape[]}
 */
export function trunk({ hops, subject }, places, bands, { scale, right }) {
  const drawn = hops.filter(({ source, target }) => places.has(source) && places.has(target));
  const lit = litBy(drawn);
  const framed = (/** @type {string} */ key) =>
    framesOf(/** @type {Place} */ (places.get(key)), lit.get(key) ?? []);
  const beyond = (/** @type {string} */ key) =>
    key === subject?.key ? ringOf(/** @type {Place} */ (places.get(key))) + 2 : FRAME;
  /** @type {Shape[]} */
  const shapes = [];
  /** @type {Shape[]} */
  const above = [];
  /** @type {Map<string, Point>} */
  const joints = new Map();
  for (const hop of drawn) {
    const { source, target, from, to, met, carries } = hop;
    const [a, b] = [source, target].map((key) => /** @type {Place} */ (places.get(key)));
    const isStopped = to.length === 0;
    const start = leaving(a, framed(source), beyond(source));
    const goal = isStopped && target !== subject?.key ? framesOf(b, met) : framed(target);
    const own = goal.length ? goal : framesOf(b, met);
    const end = entering(b, own, beyond(target) + (isStopped ? 2 : 0));
    const isAlone =
      drawn.filter((each) => each.source === source).length === 1 &&
      drawn.filter((each) => each.target === target).length === 1;
    if (isAlone) level(start, end);
    const { points, joint } = routed(hop, start, end, places, bands, { turn: TURN[scale], right });
    const tip = end.points[0];
    if (isStopped) {
      shapes.push(line(points, RADIUS, { stroke: "wire", width: 2, dash: [5, 4], part: "trunk" }));
      above.push(bar(tip, points[points.length - 2]));
    } else {
      const width = wide(a, b, from);
      const ink = carries === null ? "you" : signOf(carries);
      shapes.push(...headed(points, { stroke: ink, width }));
      const known = joints.get(target);
      if (known) above.push(...plus(known[0], known[1], { room: 20 }));
      joints.set(target, joint);
    }
    shapes.push(...start.braced, ...end.braced);
  }
  for (const [key, cells] of lit) {
    const place = /** @type {Place} */ (places.get(key));
    if (key === subject?.key || !cells.size) continue;
    for (const { x, y, w, h } of framesOf(place, cells))
      above.unshift(
        rect(
          { x: x - 2, y: y - 2, w: w + 4, h: h + 4 },
          {
            ...{ stroke: "you", width: 2, radius: Math.max(3, place.boxes[0].w / 6) },
            part: "lit",
          },
        ),
      );
  }
  return [...shapes, ...above];
}

/**
 * From the explained cell to its ring, which leaves the lane free.
 * @param {Place} place
 */
export const ringOf = ({ lane }) => (lane ? Math.max(1.5, Math.min(4, lane * 0.2)) : 3);

/**
 * The cells on the way, by map.
 * @param {Hop[]} hops
 */
function litBy(hops) {
  /** @type {Map<string, Set<number>>} */
  const lit = new Map();
  for (const { source, target, from, to } of hops) {
    lit.set(source, new Set([...(lit.get(source) ?? []), ...from]));
    lit.set(target, new Set([...(lit.get(target) ?? []), ...to]));
  }
  return lit;
}

/**
 * Two ends at the sides of cells are equally high, where they can be.
 * @param {import("./ends.js").End} a
 * @param {import("./ends.js").End} b
 */
function level(a, b) {
  const [one, other] = [a, b].map(({ points, span }) => span ?? [last(points)[1], last(points)[1]]);
  const [top, low] = [Math.max(one[0], other[0]), Math.min(one[1], other[1])];
  if (top > low) return;
  for (const { points, span } of [a, b]) if (span) points[0][1] = (top + low) / 2;
}

/**
 * The way from map to map: straight, or by a band where a layer or a line lies between.
 * @param {Hop} hop
 * @param {import("./ends.js").End} start
 * @param {import("./ends.js").End} end
 * @param {Map<string, Place>} places
 * @param {Bands} bands
 * @param {{turn: number, right: number}} of
 * @returns {{points: Point[], joint: Point}} ``joint``: where ways to the same cells meet
 */
function routed({ source, target }, start, end, places, bands, { turn, right }) {
  const [a, b] = [source, target].map((key) => /** @type {Place} */ (places.get(key)));
  const all = [...places.values()];
  const next = all[all.indexOf(b) + 1];
  const out = a.bounds.x - turn;
  const into =
    next.line === b.line ? next.bounds.x - turn : Math.min(right, b.room.x + b.room.w + turn);
  const y2 = last(end.points)[1];
  // No bend of a pixel.
  const isClose = Math.abs(last(start.points)[1] - y2) < 1.2;
  if (isClose) last(start.points)[1] = y2;
  const y1 = last(start.points)[1];
  /** @type {Point[]} */
  let middle = [
    [out, y1],
    [out, y2],
  ];
  if (next !== a || a.line !== b.line) {
    const bandAt = (/** @type {Place} */ { line, room }) =>
      room.y - over(bands, { source, target }, line);
    const below = /** @type {Place} */ (all.find(({ line }) => line === b.line + 1) ?? a);
    const [first, second] = [bandAt(a), bandAt(a.line > b.line + 1 ? below : a)];
    middle = [[out, y1], [out, first], [right, first], [right, second], [into, second], [into, y2]]; // biome-ignore format: points
    if (first === second) middle.splice(2, 2);
  }
  const points = [...start.points, ...middle, ...end.points.toReversed()];
  return { points: straight(points), joint: [into, y2] };
}

/**
 * Without points that repeat another or lie on a straight line.
 * @param {Point[]} points
 */
function straight(points) {
  const apart = points.filter(([x, y], i) => i === 0 || Math.hypot(x - points[i - 1][0], y - points[i - 1][1]) > 0.5); // biome-ignore format: a call
  return apart.filter(([x, y], i) => {
    const [before, after] = [apart[i - 1], apart[i + 1]];
    if (!before || !after) return true;
    return !(
      (Math.abs(before[0] - x) < 0.5 && Math.abs(after[0] - x) < 0.5) ||
      (Math.abs(before[1] - y) < 0.5 && Math.abs(after[1] - y) < 0.5)
    );
  });
}

/**
 * The width of a trunk: by the largest gradient on it.
 * @param {Place} a
 * @param {Place} b
 * @param {number[]} from
 */
function wide(a, b, from) {
  const { view } = a;
  const largest = Math.max(...from.map((at) => Math.abs(view.gradient[at - view.first] ?? 0)));
  // In a single column it uses no lane.
  const lanes = [a, b].filter((each) => each.view.columns > 1);
  const room = Math.min(...lanes.map(({ lane }) => (lane ? lane * 0.42 : WIDTH.thin)));
  const wish = 4 + (4 * largest) / (view.most[1] || 1);
  return Math.max(WIDTH.least, Math.min(WIDTH.most, wish, room));
}

/**
 * A trunk with the head at its end.
 * @param {Point[]} points
 * @param {{stroke: string, width: number}} ink
 * @returns {Path[]}
 */
function headed(points, { stroke, width }) {
  const [tip, before] = [last(points), points[points.length - 2]];
  const long = Math.hypot(tip[0] - before[0], tip[1] - before[1]) || 1;
  const [dx, dy] = [(tip[0] - before[0]) / long, (tip[1] - before[1]) / long];
  const head = Math.min(long, 4 + width);
  const half = Math.min(3.2 + width * 0.75, head + 1.5);
  const [x, y] = [tip[0] - dx * head, tip[1] - dy * head];
  const d =
    `M${n(tip[0])} ${n(tip[1])}L${n(x - dy * half)} ${n(y + dx * half)}` +
    `L${n(x + dy * half)} ${n(y - dx * half)}Z`;
  // In a narrow lane, the head stands on the trunk.
  const isLow = long < head + RADIUS;
  const end = /** @type {Point} */ ([tip[0] - dx * head * 0.6, tip[1] - dy * head * 0.6]);
  const all = isLow ? points.slice(0, -1) : points.with(-1, end);
  return [
    line(all.length > 1 ? all : [before, end], RADIUS, { stroke, width, part: "trunk" }),
    { kind: "path", d, fill: stroke, part: "trunkhead" },
  ];
}

/**
 * The bar at which a gradient stops.
 * @param {Point} tip
 * @param {Point} before
 */
function bar([x, y], [fromX]) {
  const [w, h] = Math.abs(fromX - x) < 0.5 ? [16, 4] : [4, 16];
  return rect(
    { x: x - w / 2, y: y - h / 2, w, h },
    { fill: "ink3", radius: 1.5, part: "stop-bar" },
  );
}

/** @param {Point[]} points */
const last = (points) => points[points.length - 1];
