// Where the field for a guess stands: where its scene wants it, or in a strip under the scene, so that
// it covers no number. It uses no DOM.

import { widthOf } from "./shapes.js";

/** @import {Composition} from "./scenes.js" */
/** @import {Box, Shape} from "./shapes.js" */
/** @typedef {NonNullable<Composition["ask"]>} Ask */

/** The height of the strip: field and buttons in one row. */
export const STRIP = 58;
/** The width of one row, of the field alone, and the height of a row with its gap, in pixels. */
const IN_ONE_ROW = 340;
const IN_TWO_ROWS = 186;
const ROW = 48;

/**
 * The room that the field and its buttons take.
 * @param {Ask} ask
 * @returns {Box}
 */
export function fieldOf({ x, y, w, side }) {
  const isRow = side === "below" && w >= IN_ONE_ROW;
  return { x, y, w, h: ROW * (isRow ? 1 : w >= IN_TWO_ROWS ? 2 : 3) };
}

/**
 * Whether the field of a scene covers nothing of it, and lies in its room.
 * @param {Composition} composition
 * @param {Box} box
 */
export function isFree({ ask, cells, shapes }, box) {
  if (!ask) return false;
  const field = fieldOf(ask);
  const isInside =
    field.x >= box.x && field.x + field.w <= box.x + box.w && field.y + field.h <= box.y + box.h;
  const taken = [...cells, ...shapes.flatMap(extentOf)];
  return isInside && !taken.some((each) => overlap(each, field));
}

/**
 * The field in the strip under a scene, as near as it can be to the cell that is asked for.
 * @param {Box} box
 * @param {Box|undefined} cell
 * @returns {Ask}
 */
export function inStrip(box, cell) {
  const w = Math.min(380, box.w - 16);
  const x = Math.max(box.x + 8, Math.min(box.x + box.w - w - 8, cell?.x ?? box.x));
  return { x, y: box.y + box.h - STRIP + 8, w, side: "below" };
}

/**
 * @param {Shape} shape
 * @returns {Box[]} empty where a field may lie over it
 */
function extentOf(shape) {
  if (shape.kind !== "text" || !shape.text) return [];
  const { text, x, y, size, weight, anchor } = shape;
  const w = widthOf(text, size, weight);
  const left = anchor === "start" ? x : anchor === "end" ? x - w : x - w / 2;
  return [{ x: left, y: y - size * 0.8, w, h: size }];
}

/**
 * @param {Box} a
 * @param {Box} b
 */
const overlap = (a, b) => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
