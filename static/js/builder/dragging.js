// Dragging a layer to another place in the list, with a mouse, a pen or a finger.

import { nameOf } from "./rows.js";

/**
 * @import {Builder} from "./builder.js"
 * @import {Schema, Status} from "./schema.js"
 */

/** How many pixels the pointer must move before a press becomes a drag. */
const SLACK = 6;
/** Within so many pixels of its upper or lower edge, the list scrolls. */
const EDGE = 36;
/** By so many pixels a frame. */
const PACE = 6;

export class Dragging {
  /** @param {Builder} builder */
  constructor(builder) {
    this.builder = builder;
    /** Ends the present drag, and leaves the layers as they are. */
    this.cancel = () => {};
    builder.panel.addEventListener("pointerdown", (event) => this.#press(event));
  }

  /** @param {PointerEvent} press */
  #press(press) {
    const target = /** @type {Element} */ (press.target);
    const grip = target.closest("[data-grip]");
    // A finger on the name scrolls the list: only the grip drags.
    const held = grip ?? (press.pointerType === "mouse" ? target.closest("[data-row]") : null);
    const item = /** @type {HTMLElement|null} */ (held?.closest("li") ?? null);
    const at = this.#items().indexOf(/** @type {HTMLElement} */ (item));
    if (!item || at < 0 || press.button !== 0 || !press.isPrimary) return;
    // Else a drag would select text.
    if (grip) press.preventDefault();
    this.cancel();
    const stop = new AbortController();
    const { signal } = stop;
    /** @type {HTMLElement|null} the layer's name beside the pointer, once it is dragged */
    let ghost = null;
    let pointer = press;

    const follow = () => {
      if (!ghost) return;
      ghost.style.left = `${pointer.clientX + 14}px`;
      ghost.style.top = `${pointer.clientY - 14}px`;
      const to = this.#landing(at, pointer.clientY);
      if (to === this.builder.view.drag?.to) return;
      this.builder.view.drag = { at, to };
      this.builder.draw();
    };
    const scroll = () => {
      if (signal.aborted) return;
      const { panel } = this.builder;
      const { bottom, top } = panel.getBoundingClientRect();
      if (pointer.clientY < top + EDGE) panel.scrollTop -= PACE;
      else if (pointer.clientY > bottom - EDGE) panel.scrollTop += PACE;
      follow();
      requestAnimationFrame(scroll);
    };
    const end = () => {
      stop.abort();
      ghost?.remove();
      if (ghost) ignoreClick(press.target);
      this.cancel = () => {};
      const { drag } = this.builder.view;
      this.builder.view.drag = null;
      if (drag) this.builder.draw();
      return drag;
    };
    this.cancel = end;

    /** @param {PointerEvent} move */
    const moved = (move) => {
      if (move.pointerId !== press.pointerId) return;
      pointer = move;
      const far = Math.hypot(move.clientX - press.clientX, move.clientY - press.clientY);
      if (!ghost && far >= SLACK) {
        ghost = this.#ghost(at);
        // So that the drag goes on outside of the window.
        item.setPointerCapture(press.pointerId);
        requestAnimationFrame(scroll);
      }
      follow();
    };
    window.addEventListener("pointermove", moved, { signal });
    window.addEventListener(
      "pointerup",
      ({ pointerId }) => {
        if (pointerId !== press.pointerId) return;
        const drag = end();
        if (drag) this.builder.structure.move(drag.at, drag.to);
      },
      { signal },
    );
    window.addEventListener("pointercancel", end, { signal });
    window.addEventListener("blur", end, { signal });
    // Before the page's own Escape, which would close the panel.
    window.addEventListener(
      "keydown",
      (event) => {
        if (event.key !== "Escape" || !ghost) return;
        event.preventDefault();
        event.stopImmediatePropagation();
        end();
      },
      { signal, capture: true },
    );
  }

  /** The rows of the layers, without those of the input and the head. */
  #items() {
    return /** @type {HTMLElement[]} */ ([
      ...this.builder.panel.querySelectorAll(".layer-rows > li.of-layer"),
    ]);
  }

  /**
   * The place of a layer that is dropped at a height.
   * @param {number} at its place now
   * @param {number} y in the window
   */
  #landing(at, y) {
    const middles = this.#items().map((item) => {
      const { bottom, top } = item.getBoundingClientRect();
      return (top + bottom) / 2;
    });
    return landing(middles, at, y);
  }

  /** @param {number} at */
  #ghost(at) {
    const { panel, schema, status } = this.builder;
    const ghost = document.createElement("span");
    ghost.className = "layer-ghost";
    const { layers } = /** @type {Status} */ (status).network;
    ghost.textContent = nameOf(/** @type {Schema} */ (schema), layers[at]);
    panel.append(ghost);
    return ghost;
  }
}

/**
 * The place of a dragged row: behind all others whose middle lies above the pointer.
 * @param {number[]} middles of the rows, from the top
 * @param {number} at the dragged row
 * @param {number} y of the pointer
 */
export const landing = (middles, at, y) =>
  middles.filter((middle, i) => i !== at && middle < y).length;

/**
 * The click at the end of a drag, which would open the row, is none.
 * @param {EventTarget|null} target
 */
function ignoreClick(target) {
  const stop = new AbortController();
  target?.addEventListener(
    "click",
    (event) => {
      event.preventDefault();
      event.stopPropagation();
    },
    { capture: true, signal: stop.signal },
  );
  // It comes at once, or not at all.
  setTimeout(() => stop.abort());
}
