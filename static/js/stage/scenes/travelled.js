// A way that is grey until a gradient has travelled it. No DOM.

import { since, until } from "../motion.js";

/** @import {Path, Shape} from "../shapes.js" */

/**
 * @param {(more: Partial<Path>) => Shape[]} drawn the way, in this ink and with this motion
 * @param {number|null} at the moment at which it is travelled; 0: from the start; null: not yet
 * @param {Partial<Path>} waits how it looks before
 * @param {Partial<Path>} gone how it looks after
 * @returns {Shape[]}
 */
export function travelled(drawn, at, waits, gone) {
  const grey = { stroke: "wire", ...waits };
  if (at === null) return drawn(grey);
  if (at === 0) return drawn(gone);
  return [...drawn({ ...grey, motion: until(at) }), ...drawn({ ...gone, motion: since(at) })];
}
