// “Make it mine”: from here on the page shows a network of one's own, and its layers can be changed.

import { button, byId } from "../shared/page.js";

/**
 * @import {Editing} from "../editing/editing.js"
 * @import {State} from "../state/page.js"
 * @import {Store} from "../state/store.js"
 * @import {Builder} from "./builder.js"
 */

/**
 * @param {Builder} builder
 * @param {Editing} editing
 * @param {Store<State>} store
 * @param {{lesson: string, own: string|null, builds: boolean}} page ``own``: the address of one's
 *   own network that begins as this lesson; null: this is one already; ``builds``: the builder is
 *   open from the start
 * @param {() => void} owned called once the page shows a network of one's own
 */
export function listenToBuilding(builder, editing, store, { lesson, own, builds }, owned) {
  const opener = button("mine");
  let address = own;
  const show = () => opener.setAttribute("aria-expanded", String(builder.isOpen));

  async function open() {
    if (address) makeMine(address);
    address = null;
    const opening = builder.open();
    show();
    await opening;
    builder.focus();
  }

  function close() {
    builder.close();
    show();
    opener.focus();
  }

  /** @param {string} there */
  function makeMine(there) {
    opener.textContent = opener.dataset.again ?? "";
    store.set({ question: null });
    editing.own(`new-${lesson}`);
    window.history.pushState(null, "", there);
    owned();
  }

  opener.addEventListener("click", () => (builder.isOpen ? close() : open()));
  byId("builder-close").addEventListener("click", close);
  if (builds)
    builder.open().then(() => {
      show();
      if (document.activeElement === document.body) builder.focus();
    });
  return {
    close,
    hasFocus: () => builder.isOpen && builder.panel.contains(document.activeElement),
  };
}
