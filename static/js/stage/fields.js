// The receptive field of a cell: which part of each map before it the cell reads. No DOM.

/**
 * @import {View} from "./pair.js"
 * @import {Place} from "../state/picture.js"
 */

/**
 * By the key of each map, from the cell's own back to the input: its first row and column, and those
 * after the last.
 * @param {View[]} all
 * @param {Place} place
 * @returns {Map<string, [number, number, number, number]>}
 */
export function fieldsOf(all, { key, at }) {
  /** @type {Map<string, [number, number, number, number]>} */
  const found = new Map();
  const views = all.filter((each) => !each.key.includes(".") && each.key !== "head");
  let i = views.findIndex((each) => each.key === key);
  if (i < 0 || views[i].drawn.length < 2) return found;
  const { columns, drawn } = views[i];
  const inPlane = at % (columns * drawn[drawn.length - 2]);
  const [row, column] = [Math.floor(inPlane / columns), inPlane % columns];
  /** @type {[number, number, number, number]} */
  let field = [row, column, row + 1, column + 1];
  found.set(key, field);
  for (; i > 0; i -= 1) {
    const { windows } = views[i];
    const before = views[i - 1];
    if (before.drawn.length < 2) break;
    const limits = [before.drawn[before.drawn.length - 2], before.columns];
    if (windows) {
      const sides = [0, 1].map((axis) => {
        const starts = windows.starts[axis].slice(field[axis], field[axis + 2]);
        const taps = windows.taps[axis];
        const first = Math.max(0, Math.min(...starts) + Math.min(...taps));
        const last = Math.min(limits[axis] - 1, Math.max(...starts) + Math.max(...taps));
        return [first, last + 1];
      });
      field = [sides[0][0], sides[1][0], sides[0][1], sides[1][1]];
    } else if (String(before.shape) !== String(views[i].shape)) break;
    found.set(before.key, field);
  }
  return found;
}
