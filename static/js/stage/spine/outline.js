// The outline of the panel, which is connected with the pair on the spine. No DOM.

import { n } from "../shapes.js";

/** @import {Box} from "../shapes.js" */

/**
 * The outline of the panel, with the tab that connects it with the pair.
 * @param {[number, number]|null} tab
 * @param {Box} panel
 * @param {number} top of the tab
 * @param {number} radius
 */
export function outline(tab, panel, top, radius) {
  const { x, y, w, h } = panel;
  const r = radius;
  const [right, bottom] = [x + w, y + h];
  let d = `M${n(x + r)} ${n(y)}`;
  if (tab) {
    const a = Math.max(x, tab[0]);
    const b = Math.min(right, tab[1]);
    d =
      a - x < 2 * r
        ? `M${n(a)} ${n(y + r)}V${n(top + r)}`
        : `M${n(x + r)} ${n(y)}H${n(a - r)}Q${n(a)} ${n(y)} ${n(a)} ${n(y - r)}V${n(top + r)}`;
    d += `Q${n(a)} ${n(top)} ${n(a + r)} ${n(top)}H${n(b - r)}Q${n(b)} ${n(top)} ${n(b)} ${n(top + r)}`;
    d +=
      right - b < 2 * r
        ? `V${n(y + r)}L${n(right)} ${n(y + 2 * r)}`
        : `V${n(y - r)}Q${n(b)} ${n(y)} ${n(b + r)} ${n(y)}H${n(right - r)}Q${n(right)} ${n(y)} ${n(right)} ${n(y + r)}`;
    d += `V${n(bottom - r)}Q${n(right)} ${n(bottom)} ${n(right - r)} ${n(bottom)}H${n(x + r)}Q${n(x)} ${n(bottom)} ${n(x)} ${n(bottom - r)}V${n(y + (a - x < 2 * r ? 2 * r : r))}`;
    d += a - x < 2 * r ? `L${n(a)} ${n(y + r)}Z` : `Q${n(x)} ${n(y)} ${n(x + r)} ${n(y)}Z`;
    return d;
  }
  d += `H${n(right - r)}Q${n(right)} ${n(y)} ${n(right)} ${n(y + r)}V${n(bottom - r)}Q${n(right)} ${n(bottom)} ${n(right - r)} ${n(bottom)}`;
  return `${d}H${n(x + r)}Q${n(x)} ${n(bottom)} ${n(x)} ${n(bottom - r)}V${n(y + r)}Q${n(x)} ${n(y)} ${n(x + r)} ${n(y)}Z`;
}
