// The keyboard shortcuts, and the list that shows them.

import { button, byId } from "./page.js";
import { isOpen } from "./popover.js";

/** @param {Record<string, () => void>} keys */
export function listenForKeys(keys) {
  const help = /** @type {HTMLDialogElement} */ (byId("help"));
  button("help-button").addEventListener("click", () => help.showModal());
  /** @type {NodeListOf<HTMLInputElement>} */
  const readings = document.querySelectorAll('input[name="reading"]');
  /** @type {Record<string, () => void>} */
  const all = {
    ...keys,
    v: () => readings[0].click(),
    g: () => readings[1].click(),
    a: () => readings[2].click(),
    "?": () => help.showModal(),
  };
  document.addEventListener("keydown", (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
    // Escape first closes an open popover, which the browser does.
    if (event.key === "Escape" && isOpen(byId("options"))) return;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") {
      event.preventDefault();
      button(event.shiftKey ? "redo" : "undo").click();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    // In text fields and lists, keys type letters.
    const typing = "input:not([type=radio], [type=range], [type=checkbox]), select, textarea";
    if (target.closest(typing) && event.key !== "Escape") return;
    if (event.key === " " && target.closest("button, summary, a, [type=checkbox]")) return;
    if (["Home", "End"].includes(event.key) && target.matches("[type=range]:not(#scrubber)"))
      return;
    const action = all[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
}
