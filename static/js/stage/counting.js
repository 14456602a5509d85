// A sum that counts: the cell explained shows what has come so far, as its terms land. No DOM.

import { figure } from "../shared/figures.js";
import { heat } from "./shapes.js";

/** @import {View} from "./pair.js" */
/** @import {Landing} from "./scenes.js" */
/** @import {Motion, Shape} from "./shapes.js" */

/**
 * The subject's cell, whose sum counts as its terms land.
 * @param {Shape[]} drawn
 * @param {Landing[]} terms
 * @param {number} arrives
 * @param {View} view
 * @returns {Shape[]}
 */
export function counting(drawn, terms, arrives, { most }) {
  return drawn.map((shape) => {
    if (shape.motion?.shown?.[0][0] !== arrives) return shape;
    const landings = terms.slice(0, -1);
    /** @type {Motion} */
    const motion = { ...shape.motion };
    if (shape.part === "gradient" && shape.kind === "text")
      motion.says = [
        ...landings.map(
          ({ lands, running }) => /** @type {[number, string]} */ ([lands, figure(running)]),
        ),
        [terms[terms.length - 1].lands, shape.text],
      ];
    else if (shape.part === "cell" && shape.kind === "rect")
      motion.fills = [
        ...landings.map(
          ({ lands, running }) => /** @type {[number, string]} */ ([lands, heat(running, most[1])]),
        ),
        [terms[terms.length - 1].lands, shape.fill ?? "none"],
      ];
    else return shape;
    return { ...shape, motion };
  });
}
