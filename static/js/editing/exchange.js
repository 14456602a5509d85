// A network of another structure: its tables, form and arrays take the place of the last one's.

import { byId } from "../shared/page.js";
import { focusCell } from "../stage/keyboard.js";
import { placeAt } from "../state/page.js";

/**
 * @import {State} from "../state/page.js"
 * @import {Picture} from "../state/picture.js"
 *
 * @typedef {{grids: string, form: string, too_large: boolean, arrays: string,
 *   pinned: {key: string, index: string}}} Parts parts of the page as HTML, and where it opens
 */

/**
 * Puts the parts into the page.
 * @param {HTMLElement} root holds the grids
 * @param {Parts} parts
 */
export function exchange(root, { grids, form, too_large, arrays }) {
  const tables = /** @type {Element} */ (root.querySelector(".grids"));
  const focused = document.activeElement;
  const { layer, index } = tables.contains(focused)
    ? /** @type {HTMLElement} */ (focused).dataset
    : {};
  tables.innerHTML = grids;
  byId("form").innerHTML = form;
  byId("too-large").hidden = !too_large;
  byId("check-of").innerHTML = arrays;
  if (layer === undefined) return;
  // Where the keys were, as far as that is still there.
  const again = tables.querySelector(`td[data-layer="${layer}"][data-index="${index}"]`);
  if (again) focusCell(/** @type {HTMLElement} */ (again));
  else root.focus({ preventScroll: true });
}

/**
 * The parts of the state that another network changes: it stands at its end, and the pinned cell
 * stays where its array has the same shape.
 * @param {State} state
 * @param {Picture} picture
 * @param {Parts} parts
 * @returns {Partial<State>}
 */
export function opened(state, picture, parts) {
  const { pinned, wholePass } = state;
  const [then, now] = [state.picture, picture].map(({ grids }) =>
    grids.find(({ key }) => key === pinned?.key),
  );
  const stays = then && now && then.shape.join() === now.shape.join() && then.title === now.title;
  const steps = picture.steps.length + (wholePass ? picture.forward.length : 0);
  return {
    picture,
    before: null,
    pinned: stays ? pinned : placeAt(picture, parts.pinned.key, parts.pinned.index),
    hovered: null,
    step: steps - 1,
    view: null,
    part: null,
    progress: undefined,
    question: null,
    guess: null,
  };
}
