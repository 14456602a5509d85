// The two ends of a trunk: how it leaves the cells that it comes from, and how it reaches those that it
// goes to. No DOM.

import { around, line } from "../../shapes.js";

/** @import {View} from "../../pair.js" */
/** @import {Box, Shape} from "../../shapes.js" */

/**
 * @typedef {object} Place of a map
 * @property {View} view
 * @property {Box[]} boxes
 * @property {Box} bounds of its cells
 * @property {Box} room with its words
 * @property {number} line
 * @property {number} lane pixels between two rows; 0: its cells are too small for lanes
 *
 * @typedef {[number, number]} Point
 * @typedef {{points: Point[], span: Point|null, braced: Shape[]}} End of a trunk, the point at the
 *   cells first; ``span``: it is at the side of the cells, at any of these heights
 */

/** From the cells to the brace beside a map, in pixels. */
const BRACE = 5;
/** Where on a cell's lower edge a trunk leaves and arrives. */
const SHARE = 0.28;
const WIDEST = 160;

/**
 * The frames of some cells: one around all of a plane where they are a rectangle, else one each.
 * @param {Place} place
 * @param {Iterable<number>} cells
 * @returns {Box[]}
 */
export function framesOf({ view, boxes }, cells) {
  const { columns, drawn, first, value } = view;
  const rows = drawn.length > 1 ? drawn[drawn.length - 2] : Math.ceil(value.length / columns);
  const own = [...new Set(cells)].map((at) => at - first).filter((i) => boxes[i]);
  const planeOf = (/** @type {number} */ i) => Math.floor(i / (columns * rows));
  const whole = [...new Set(own.map(planeOf))].map((plane) => {
    const its = own.filter((i) => planeOf(i) === plane);
    const outer = [its.map((i) => Math.floor(i / columns)), its.map((i) => i % columns)];
    const [high, wide] = outer.map((all) => Math.max(...all) - Math.min(...all) + 1);
    return high * wide === its.length ? around(its.map((i) => boxes[i])) : null;
  });
  return whole.every((each) => each !== null) ? whole : own.map((i) => boxes[i]);
}

/**
 * By the lane under the cells, or at their left; several frames have a brace.
 * @param {Place} place
 * @param {Box[]} frames
 * @param {number} by how far from the cells it begins
 * @returns {End}
 */
export function leaving({ bounds, lane }, frames, by) {
  const all = around(frames);
  if (frames.length > 1) return braced(bounds.x - BRACE, all, -1);
  if (!lane || all.x - bounds.x < 1) return beside(all.x - by, all);
  return under(all, all.x + Math.min(all.w, WIDEST) * SHARE, by, lane);
}

/**
 * @param {Place} place
 * @param {Box[]} frames
 * @param {number} by how far from the cells it ends
 * @returns {End}
 */
export function entering({ bounds, lane }, frames, by) {
  const all = around(frames);
  const [right, end] = [bounds.x + bounds.w, all.x + all.w];
  if (frames.length > 1) return braced(right + BRACE, all, 1);
  if (!lane || right - end < 1) return beside(end + by, all);
  return under(all, end - Math.min(all.w, WIDEST) * SHARE, by, lane);
}

/**
 * @param {Box} cells
 * @param {number} x
 * @param {number} by
 * @param {number} lane
 * @returns {End}
 */
function under({ y, h }, x, by, lane) {
  const points = /** @type {Point[]} */ ([[x, y + h + by], [x, y + h + lane * 0.6]]); // biome-ignore format: points
  return { points, span: null, braced: [] };
}

/**
 * @param {number} x
 * @param {Box} cells
 * @returns {End}
 */
function beside(x, { y, h }) {
  const less = Math.min(8, h / 3);
  return { points: [[x, y + h / 2]], span: [y + less, y + h - less], braced: [] };
}

/**
 * @param {number} x
 * @param {Box} cells
 * @param {1|-1} side the brace opens to the left (1) or to the right
 * @returns {End}
 */
function braced(x, cells, side) {
  const [top, low, inner] = [cells.y, cells.y + cells.h, x - side * (BRACE - 1)];
  const points = /** @type {Point[]} */ ([[inner, top], [x, top], [x, low], [inner, low]]); // biome-ignore format: points
  return {
    ...beside(x + side, cells),
    braced: [line(points, 3, { stroke: "wire", width: 1.6, part: "brace" })],
  };
}
