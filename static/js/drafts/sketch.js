// The small drawing of a draft, as the gallery of starts has it.

/** @import {Sketch} from "./stored.js" */

const SVG = "http://www.w3.org/2000/svg";
/** Around the drawing, so that lines at its edge are whole. */
const MARGIN = 2;

/** @param {Sketch|null} sketch */
export function drawn(sketch) {
  const svg = document.createElementNS(SVG, "svg");
  const { width, height, boxes } = sketch ?? { width: 1, height: 1, boxes: [] };
  const box = [-MARGIN, -MARGIN, width + 2 * MARGIN, height + 2 * MARGIN];
  svg.setAttribute("viewBox", box.join(" "));
  svg.setAttribute("aria-hidden", "true");
  for (const { layer, ...place } of boxes) {
    const rect = document.createElementNS(SVG, "rect");
    for (const [name, value] of Object.entries({ ...place, rx: 2 }))
      rect.setAttribute(name, String(value));
    if (layer === 0) rect.classList.add("input");
    svg.append(rect);
  }
  return svg;
}

/**
 * A date as the reader's language writes it.
 * @param {string} saved
 */
export const dateOf = (saved) =>
  new Intl.DateTimeFormat(document.documentElement.lang, {
    dateStyle: "medium",
    timeStyle: "short",
  }).format(new Date(saved));
