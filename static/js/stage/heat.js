// Maps as colours without numbers: how far each cell is between nothing and the largest. No DOM.

/** @import {View} from "./pair.js" */

/** @type {WeakMap<number[], number[]>} so that a map's image is made once */
const levels = new WeakMap();

/**
 * @param {View} view
 * @param {boolean} isGradient
 */
export function levelsOf(view, isGradient) {
  const numbers = isGradient ? view.gradient : view.value;
  const most = view.most[isGradient ? 1 : 0] || 1;
  const found = levels.get(numbers);
  if (found) return found;
  const made = numbers.map((x) => (isGradient ? x / most : Math.abs(x) / most));
  levels.set(numbers, made);
  return made;
}

/** @type {WeakMap<[string, string], [number[][], number[][]]>} */
const planes = new WeakMap();

/**
 * Every plane of an array of which one plane is drawn at a time; empty where all of it is drawn.
 * @param {View} view
 * @param {boolean} isGradient
 * @returns {number[][]} from −1 to 1; of values, their sizes
 */
export function planesOfAll({ levels: packed, drawn }, isGradient) {
  if (!packed) return [];
  const found =
    planes.get(packed) ??
    unpacked(
      packed,
      drawn.reduce((a, b) => a * b, 1),
    );
  planes.set(packed, found);
  return found[isGradient ? 1 : 0];
}

/**
 * Small pictures of examples.
 * @param {string} packed one after the other, as in Batch
 * @param {number} size cells of a picture
 * @returns {number[][]} the sizes of the numbers, from 0 to 1
 */
export function unpackedThumbs(packed, size) {
  return unpacked([packed, ""], size)[0];
}

/**
 * @param {[string, string]} packed values and gradients, as in Grid
 * @param {number} size cells of a plane
 * @returns {[number[][], number[][]]}
 */
function unpacked(packed, size) {
  const [values, gradients] = packed.map((each, k) => {
    const bytes = Int8Array.from(atob(each), (letter) => letter.charCodeAt(0));
    const all = Array.from(bytes, (level) => (k ? level : Math.abs(level)) / 127);
    return Array.from({ length: all.length / size }, (_, plane) =>
      all.slice(plane * size, (plane + 1) * size),
    );
  });
  return [values, gradients];
}
