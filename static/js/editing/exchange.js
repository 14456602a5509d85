// Replaces the tables, form and arrays of the page by those of a network of another structure.

import { byId } from "../shared/page.js";
import { focusCell } from "../stage/keyboard.js";
import { placeAt } from "../state/page.js";

/**
 * @import {State} from "../state/page.js"
 * @import {Picture} from "../state/picture.js"
 *
 * @typedef {{grids: string, form: string, too_large: boolean, arrays: string,
 *   learning: string, pinned: {key: string, index: string}}} Parts parts of the page as HTML, and the pinned cell
 */

/**
 * Puts the parts into the page.
 * @param {HTMLElement} root holds the grids
 * @param {Parts} parts
 */
export function exchange(root, { grids, form, too_large, arrays, learning }) {
  const tables = /** @type {Element} */ (root.querySelector(".grids"));
  const focused = document.activeElement;
  const { layer, index } = tables.contains(focused)
    ? /** @type {HTMLElement} */ (focused).dataset
    : {};
  tables.innerHTML = grids;
  byId("form").innerHTML = form;
  byId("too-large").hidden = !too_large;
  for (const id of ["check-of", "table-of"]) byId(id).innerHTML = arrays;
  byId("learning").innerHTML = learning;
  if (layer === undefined) return;
  // Restores the keyboard focus, if its element still exists.
  const again = tables.querySelector(`td[data-layer="${layer}"][data-index="${index}"]`);
  if (again) focusCell(/** @type {HTMLElement} */ (again));
  else root.focus({ preventScroll: true });
}

/**
 * The parts of the state that another network changes: the last step is shown, and the pinned cell
 * stays pinned if its array has the same shape.
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
