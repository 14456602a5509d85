// The receipt as one line, which a phone shows beside the picture.

import { unbroken } from "../shared/texts.js";

/**
 * Writes a line. Where it is too long, its last terms are cut, and never its result.
 * @param {HTMLElement} place
 * @param {string} line
 */
export function showLine(place, line) {
  place.hidden = !line;
  const text = Object.assign(document.createElement("span"), { textContent: unbroken(line) });
  place.replaceChildren(text);
  if (text.scrollHeight <= text.clientHeight) return;
  const { terms, result } = parted(line);
  text.textContent = unbroken(terms);
  if (result)
    place.append(" ", Object.assign(document.createElement("b"), { textContent: result }));
}

/**
 * The terms of an equation, with what stands before them, and its result; all of a line without one.
 * @param {string} line
 */
export function parted(line) {
  const [, terms = line, result = ""] = line.match(/^(.*) ([=≈] [^=≈]+)$/) ?? [];
  return { terms, result };
}
