// The product and the factor between two cells. No DOM.

/** @import {Pair} from "../../pair.js" */

/**
 * @param {Pair} pair
 * @param {number} source
 * @param {number} target
 */
export function productOf({ moves }, source, target) {
  const i = moveOf(moves, source, target);
  return i < 0 || !moves ? null : moves.products[i];
}

/**
 * @param {Pair} pair
 * @param {number} source
 * @param {number} target
 */
export function factorOf({ moves }, source, target) {
  const i = moveOf(moves, source, target);
  return i < 0 || !moves ? null : moves.factors[i];
}

/** @type {WeakMap<object, Map<string, number>>} */
const indexed = new WeakMap();

/**
 * @param {Pair["moves"]} moves
 * @param {number} source
 * @param {number} target
 */
function moveOf(moves, source, target) {
  if (!moves) return -1;
  let index = indexed.get(moves.products);
  if (!index) {
    index = new Map(moves.targets.map((at, i) => [`${moves.sources[i]}:${at}`, i]));
    indexed.set(moves.products, index);
  }
  return index.get(`${source}:${target}`) ?? -1;
}
