// The signs that a network's scenes hold, in words.

/** @import {Picture} from "../state/picture.js" */

/**
 * Shows the entries of what some step of the pass shows, and no others. They stay as they are from
 * step to step, so that nothing moves beside what plays.
 * @param {HTMLElement} legend
 * @param {Picture} picture
 */
export function showLegend(legend, { signs }) {
  for (const entry of /** @type {NodeListOf<HTMLElement>} */ (
    legend.querySelectorAll("[data-sign]")
  ))
    entry.hidden = !signs.includes(entry.dataset.sign ?? "");
}
