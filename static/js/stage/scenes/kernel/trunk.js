// The one way from all terms of a convolution to the cell that gets them. No DOM.

import { arrow, line, signOf } from "../../shapes.js";
import { travelled } from "../travelled.js";

/** @import {Placed} from "../../lens.js" */
/** @import {Box, Path, Shape} from "../../shapes.js" */
/** @import {Frame, Rows} from "./rooms.js" */

/** Milliseconds in which it is travelled. */
export const TRUNK = 250;

/**
 * One way from all the terms to the cell that gets them.
 * @param {Frame} frame
 * @param {Rows} rows
 * @param {Placed} map
 * @param {boolean} isBias
 * @returns {Shape[]}
 */
export function trunk(frame, { back, top, bottom }, map, isBias) {
  const { pair, gutter, isMoving, added, arrived, width } = frame;
  const here = /** @type {Box} */ (gutter.here);
  const { subject, all } = pair;
  const home = all.find(({ key }) => key === subject?.key);
  const gradient = home && subject ? (home.gradient[subject.at - home.first] ?? 0) : 0;
  const moved = added && gradient !== 0;
  const lane = here.y + here.h + 11 + width / 2;
  const x = here.x + here.w / 2;
  const middle = here.y + here.h / 2;
  const isLast = here.x + here.w >= map.bounds.x + map.bounds.w - 2 || isBias;
  /** @type {[number, number][]} */
  let points;
  /** @type {[[number, number], [number, number]]} */
  let tip;
  if (gutter.isPhone) {
    const start = Math.max(top, Math.min(bottom, (top + bottom) / 2));
    const margin = gutter.x - 4;
    points = [[back, start], [margin, start], [margin, lane], [x, lane]];
    tip = [[x, lane + 1], [x, here.y + here.h + 5]];
  } else if (isLast && !isBias) {
    const start = Math.max(top, Math.min(bottom, middle));
    const turn = Math.max(here.x + here.w + 16, back - 8);
    points = [[back, start], [turn, start], [turn, middle], [here.x + here.w + 14, middle]];
    tip = [[here.x + here.w + 17, middle], [here.x + here.w + 6, middle]];
  } else {
    const start = Math.max(top, Math.min(bottom, lane));
    const turn = Math.max(map.bounds.x + map.bounds.w + 8, back - 8);
    points = [[back, start], [turn, start], [turn, lane], [x, lane]];
    tip = [[x, lane + 1], [x, here.y + here.h + 5]];
  } // biome-ignore format: points
  points = points.filter(
    (each, i) => i === 0 || Math.hypot(each[0] - points[i - 1][0], each[1] - points[i - 1][1]) > 1,
  );
  const drawn = (/** @type {Partial<Path>} */ { width: wide = 2, ...more }) => [
    line(points, 6, { ...more, width: wide, part: "trunk" }),
    ...arrow(tip[0], tip[1], { ...more, width: Math.max(2.4, wide * 0.7), part: "trunk" }),
  ];
  const at = !moved ? null : isMoving ? arrived - TRUNK : 0;
  return travelled(drawn, at, {}, { stroke: signOf(gradient), width });
}
