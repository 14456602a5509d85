// The rooms of a convolution: of both maps, of the terms between them, of the kernel. No DOM.

import { planesOf } from "../../lens.js";

/** @import {Placed} from "../../lens.js" */
/** @import {Pair, View} from "../../pair.js" */
/** @import {Options} from "../../scenes.js" */
/** @import {Box, Motion, Shape} from "../../shapes.js" */
/** @import {KERNEL} from "../sizes.js" */

/**
 * @typedef {typeof KERNEL.wide} Size
 * @typedef {ReturnType<typeof roomsOf>} Rooms
 * @typedef {ReturnType<typeof gutterOf>} Gutter
 * @typedef {{pair: Pair, gutter: Gutter, size: Size,
 *   options: Options, when: (k: number) => number, isMoving: boolean, added: boolean,
 *   arrived: number, start: number, width: number,
 *   since: (from: number) => Motion|undefined}} Frame
 * @typedef {{shapes: Shape[], back: number, top: number, bottom: number}} Rows what stands in the
 *   gutter, and from where to where its back goes
 */

/**
 * @param {Box} box
 * @param {Size} size
 * @param {Options} options
 * @param {View} goal
 * @param {View} source
 * @param {number[]|null} kernel of a kernel that learns
 */
export function roomsOf(box, size, { scale }, goal, source, kernel) {
  const { side, head, gutter } = size;
  const [to, from] = [goal, source].map((view) => {
    const { rows, columns } = planesOf(view);
    return { rows: rows > 8 ? 5 : rows, columns: columns > 8 ? 5 : columns };
  });
  const inner = box.w - 2 * side;
  const y = box.y + head;
  if (scale === "phone") {
    const high = box.h - 2 * head - 8;
    const rings = goal.ring && planesOf(goal).count === 1 ? 0.4 : 0;
    const share = Math.max(0.38, Math.min(0.6, from.rows / (from.rows + to.rows + 0.45 + rings)));
    const [upper, lower] = [high * share, high * (1 - share)];
    const below = y + upper + head + 4;
    return {
      source: { x: box.x + side + gutter, y, w: inner - gutter, h: upper },
      gutter: { x: box.x + side, y: y - 8, w: gutter, h: upper + 8 },
      goal: { x: box.x + side + 14, y: below, w: inner * 0.6 - 14, h: lower },
      kernel: {
        x: box.x + side + inner * 0.66,
        y: below + 16,
        w: inner * 0.34,
        h: Math.min(110, lower * 0.5),
      },
      bias: { x: box.x + side + inner * 0.68, y: below + 16, w: inner * 0.3, h: lower - 16 },
    };
  }
  const maps = inner - gutter;
  const ringed = (/** @type {View} */ view) => (view.ring && planesOf(view).count === 1 ? 0.9 : 0);
  const share = Math.max(
    kernel ? 0.26 : 0.36,
    Math.min(
      0.6,
      (to.columns + ringed(goal)) / (to.columns + ringed(goal) + from.columns + ringed(source)),
    ),
  );
  const high = box.h - head - 34;
  const goalW = maps * share;
  const x = box.x + side + goalW;
  const kernelH = kernel ? 0 : Math.min(104, high * 0.28);
  return {
    goal: { x: box.x + side + 2, y, w: goalW - 2, h: high },
    source: { x: x + gutter, y: y + 4, w: maps - goalW, h: high },
    gutter: { x: x + 14, y: y - 10, w: gutter - 18, h: high + 20 },
    kernel: { x: x + (scale === "wide" ? 52 : 34), y: y - 2, w: gutter - 90, h: kernelH },
    bias: { x: box.x + side + 2, y, w: goalW, h: high },
  };
}

/**
 * The room between the maps, once they have their places.
 * @param {Rooms} rooms
 * @param {Placed} left
 * @param {Placed} right
 * @param {Size} size
 * @param {Options} options
 */
export function gutterOf(rooms, left, right, size, { scale }) {
  const isPhone = scale === "phone";
  const ends = [left.bounds, ...left.thumbs].map((each) => each.x + each.w);
  const x = isPhone ? rooms.gutter.x : Math.max(...ends) + 14;
  const to = right.bounds.x - 8;
  return {
    x,
    to,
    y: rooms.gutter.y,
    bottom: rooms.gutter.y + rooms.gutter.h,
    isPhone,
    kernel: rooms.kernel.y + rooms.kernel.h + 6,
    here: /** @type {Box|null} */ (null),
    size,
  };
}

/**
 * @param {Pair} pair
 * @param {View|null} home
 * @param {boolean} isKnown
 */
export function trunkWidth({ subject }, home, isKnown) {
  if (!isKnown || !home || !subject) return 3;
  const gradient = home.gradient[subject.at - home.first] ?? 0;
  return gradient ? 3.5 + (3.5 * Math.abs(gradient)) / (home.most[1] || 1) : 3;
}

/**
 * Where the biases lie: beside the kernel, or under it.
 * @param {View} bias
 * @param {Rooms} rooms
 * @param {Placed} left
 * @param {Size} size
 * @returns {Box[]|null}
 */
export function biasesOf(bias, rooms, { bounds, thumbs }, size) {
  const isPhone = size.head < 40;
  const count = bias.value.length;
  const side = Math.min(isPhone ? 40 : 64, (rooms.bias.w - 6 * (count - 1)) / count);
  if (side < 9) return null;
  const below = Math.max(bounds.y + bounds.h, ...thumbs.map(({ y, h }) => y + h));
  const y = isPhone ? rooms.bias.y + 10 : below + 44;
  const x = isPhone ? rooms.bias.x : bounds.x;
  if (y + side * 0.8 > rooms.bias.y + rooms.bias.h + 30) return null;
  return Array.from({ length: count }, (_, i) => ({
    x: x + i * (side + 6),
    y,
    w: side,
    h: Math.min(52, side * 0.8),
  }));
}
