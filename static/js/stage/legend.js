// The signs that a network's scenes hold, in words.

/** @import {Picture} from "../state/picture.js" */

/**
 * Shows the entries of what some step of the pass shows, and no others. They stay as they are from
 * step to step, so that nothing moves beside what plays.
 * @param {HTMLElement} legend
 * @param {Picture} picture
 */
export function showLegend(legend, { grids }) {
  const shown = new Set(["value", "gradient", "explained", "editable", "awaited"]);
  for (const grid of grids) {
    if (grid.key.endsWith(".weight")) shown.add("weight");
    if (grid.won) shown.add("won");
    for (const zero of grid.zero) if (zero) shown.add(zero);
  }
  for (const entry of /** @type {NodeListOf<HTMLElement>} */ (
    legend.querySelectorAll("[data-sign]")
  ))
    entry.hidden = !shown.has(entry.dataset.sign ?? "");
}
