// The legend: the signs of the scene, in words.

import { hiding, shownStep, stepsOf } from "../state/page.js";
import { known } from "../state/picture.js";

/** @import {State} from "../state/page.js" */

/**
 * Shows only the entries of signs that are visible.
 * @param {HTMLElement} legend
 * @param {State} state
 */
export function showLegend(legend, state) {
  const shown = shownStep(state);
  const { pair } = shown;
  const keys = pair ? Object.values(pair) : null;
  const step = stepsOf(state)[state.step];
  const hides = hiding(state);
  const codes = new Set();
  const seen = new Set(["value"]);
  for (const grid of state.picture.grids) {
    if (keys && !keys.includes(grid.key)) continue;
    if (grid.key.endsWith(".weight")) seen.add("weight");
    const is = known(grid, step);
    if (grid.won && is.won) seen.add("won");
    if (!is.gradient || hides?.(grid)) continue;
    seen.add("gradient");
    for (const zero of grid.zero) if (zero) codes.add(zero);
  }
  if (state.pinned || state.question) seen.add("explained");
  if (state.playing) seen.add("awaited");
  if (!state.playing && state.progress === undefined) seen.add("editable");
  for (const entry of /** @type {NodeListOf<HTMLElement>} */ (
    legend.querySelectorAll("[data-sign]")
  )) {
    const { sign = "" } = entry.dataset;
    const isSeen = seen.has(sign) || codes.has(sign);
    if (entry.hidden === isSeen) entry.hidden = !isSeen;
  }
}
