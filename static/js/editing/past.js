// The list of edits, in which the reader can go back and forth.

import { figure } from "../shared/figures.js";
import { fill } from "../shared/texts.js";

/** @import {Change, History} from "./history.js" */

/**
 * @param {HTMLDetailsElement} details holds a list
 * @param {History<unknown>} history
 * @param {Record<string, string>} words
 * @param {(at: number) => void} go
 */
export function showPast(details, history, words, go) {
  const list = /** @type {HTMLOListElement} */ (details.querySelector("ol"));
  details.hidden = history.entries.length < 2;
  list.replaceChildren(
    ...history.entries.map(({ change }, at) => {
      const item = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      button.className = "plain";
      button.textContent =
        at === 0 ? words.first_entry : change ? inWords(change, words) : words.entry;
      if (at === history.at) button.setAttribute("aria-current", "step");
      button.addEventListener("click", () => {
        go(at);
        /** @type {HTMLElement} */ (list.children[at].firstElementChild).focus();
      });
      item.append(button);
      return item;
    }),
  );
}

/**
 * @param {Change} change
 * @param {Record<string, string>} words
 */
export function inWords(change, words) {
  if ("said" in change) return change.said;
  const { name, from, to } = change;
  const [before, after] = [from, to].map((x) => (typeof x === "number" ? figure(x) : String(x)));
  // A setting that the lesson omits has no old number.
  return fill(from === undefined ? words.chosen : words.changed, { name, before, after });
}
