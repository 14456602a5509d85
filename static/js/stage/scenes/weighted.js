// A fully connected layer is its weight matrix: a row for each neuron that reads, a column for each
// cell that is read. The subject's column is wide: «2 × 0.5 =» and its product as a chip; the chips
// drop into the cell. The neighbours' columns follow: each cell has its own column.
// When the weights learn, each gets its row's gradient times its column's value.
//
// The interface is told in ../scenes.js.

import { adds } from "./weighted/adds.js";
import { learns } from "./weighted/learns.js";

/** @import {Pair} from "../pair.js" */
/** @import {Composition, Options} from "../scenes.js" */
/** @import {Box} from "../shapes.js" */

/**
 * @param {Pair} pair
 * @param {Box} box
 * @param {Options} options
 * @returns {Composition}
 */
export function compose(pair, box, options) {
  return pair.phase === "parameters" && pair.weight?.is.gradient
    ? learns(pair, box, options)
    : adds(pair, box, options);
}
