// Windows over the map they read: which lie where, as pure functions. No DOM here.

/** @import {Box} from "./geometry.js" */
/** @import {Ring, Windows} from "../state/picture.js" */

/** @typedef {{row: number, column: number}} Spot of a map; on its padding, outside of it */

/**
 * The window of one output, as the places it reads: padding, and past the gaps of a dilation.
 * @param {Windows} windows
 * @param {Spot} output
 * @returns {Spot[]}
 */
export function windowOf({ starts, taps }, { row, column }) {
  return taps[0].flatMap((down) =>
    taps[1].map((across) => ({ row: starts[0][row] + down, column: starts[1][column] + across })),
  );
}

/**
 * The windows that read one cell, each as the places it reads.
 * @param {Windows} windows
 * @param {Spot} cell
 * @returns {Spot[][]}
 */
export function windowsOver(windows, cell) {
  const { starts, taps } = windows;
  /**
   * @param {0|1} axis
   * @param {number} at
   */
  const readers = (axis, at) =>
    starts[axis].flatMap((start, i) => (taps[axis].includes(at - start) ? [i] : []));
  return readers(0, cell.row).flatMap((row) =>
    readers(1, cell.column).map((column) => windowOf(windows, { row, column })),
  );
}

/**
 * The padding around a map.
 * @param {Ring} ring
 * @param {number} rows of the map
 * @param {number} columns
 * @returns {Spot[]}
 */
export function padding({ top, left, bottom, right }, rows, columns) {
  /** @type {Spot[]} */
  const found = [];
  for (let row = -top; row < rows + bottom; row += 1)
    for (let column = -left; column < columns + right; column += 1)
      if (row < 0 || row >= rows || column < 0 || column >= columns) found.push({ row, column });
  return found;
}

/**
 * Where a place of a map is drawn, also outside of its table.
 * @param {Box} table
 * @param {number} rows
 * @param {number} columns
 * @param {Spot} spot
 * @returns {Box}
 */
export function boxOf(table, rows, columns, { row, column }) {
  const [width, height] = [table.width / columns, table.height / rows];
  return { x: table.x + column * width, y: table.y + row * height, width, height };
}

/**
 * The box around several.
 * @param {Box[]} boxes
 * @returns {Box}
 */
export function around(boxes) {
  const x = Math.min(...boxes.map((box) => box.x));
  const y = Math.min(...boxes.map((box) => box.y));
  const right = Math.max(...boxes.map((box) => box.x + box.width));
  const bottom = Math.max(...boxes.map((box) => box.y + box.height));
  return { x, y, width: right - x, height: bottom - y };
}
