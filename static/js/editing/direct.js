// Edits a number in its cell: by typing, or by dragging sideways.

import { figure, parse, written } from "../shared/figures.js";

/** How many pixels of a drag change the number by one step. */
const PIXELS = 9;
/** How many pixels the pointer must move before a press becomes a drag. */
const SLACK = 5;

/** @typedef {(string|number)[]} Path */

export class Direct {
  /**
   * @param {HTMLElement} scene
   * @param {(path: Path, number: number, merge: boolean) => void} edit
   * @param {(cell: HTMLElement) => void} pin
   * @param {(cell: HTMLElement) => void} focus
   * @param {Record<string, string>} words
   */
  constructor(scene, edit, pin, focus, words) {
    this.words = words;
    this.edit = edit;
    this.pin = pin;
    this.focus = focus;
    /** @type {AbortController|null} */
    this.open = null;
    // The first of two clicks may bring its layer into the scene, so that another cell lies under the
    // second: it is the first that is meant.
    /** @type {HTMLElement|null} */
    let first = null;
    scene.addEventListener(
      "click",
      (event) => {
        if (event.detail !== 2) first = editable(event.target);
        else if (first && isFocused(first)) {
          event.stopPropagation();
          this.type(first);
        }
      },
      { capture: true },
    );
    // This listener runs before the grid's keys: Enter opens an editable cell.
    scene.addEventListener("keydown", (event) => {
      const cell = editable(event.target);
      if (!cell || event.target !== cell || event.key !== "Enter") return;
      event.preventDefault();
      event.stopImmediatePropagation();
      this.type(cell);
    });
    scene.addEventListener("pointerdown", (event) => this.#press(event));
  }

  /**
   * Opens a field over a cell. Enter accepts the typed number, Escape discards it; a text that is
   * no number keeps the field open.
   * @param {HTMLElement} cell
   */
  type(cell) {
    this.open?.abort();
    this.pin(cell);
    const field = document.createElement("input");
    field.className = "in-place";
    field.inputMode = "decimal";
    field.autocomplete = "off";
    field.setAttribute("aria-label", cell.dataset.name ?? "");
    field.value = written(number(cell));
    const open = new AbortController();
    this.open = open;
    const wrong = document.createElement("span");
    wrong.className = "in-place-wrong";
    wrong.id = "in-place-wrong";
    wrong.setAttribute("role", "alert");
    const close = () => {
      open.abort();
      cell.classList.remove("editing");
    };
    open.signal.addEventListener("abort", () => {
      field.remove();
      wrong.remove();
    });
    /** @returns {boolean} whether it is a number */
    const keep = () => {
      const typed = parse(field.value);
      const fits = Number.isFinite(typed);
      if (fits && typed !== number(cell)) this.edit(path(cell), typed, false);
      if (!fits) {
        field.setAttribute("aria-invalid", "true");
        field.setAttribute("aria-describedby", wrong.id);
        wrong.textContent = Number.isNaN(typed) ? this.words.not_a_number : this.words.too_large;
        cell.append(wrong);
      }
      return fits;
    };
    field.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key !== "Enter" && event.key !== "Escape") return;
      event.preventDefault();
      if (event.key === "Enter" && !keep()) return;
      close();
      this.focus(cell);
    });
    field.addEventListener("blur", () => {
      // Text that is no number stays, beside a message, until it is corrected or Escape is pressed.
      if (!open.signal.aborted && keep()) close();
    });
    for (const name of ["click", "dblclick", "pointerdown"])
      field.addEventListener(name, (event) => event.stopPropagation());
    cell.classList.add("editing");
    cell.append(field);
    field.focus();
    field.select();
  }

  /** @param {PointerEvent} press */
  #press(press) {
    const cell = editable(press.target);
    if (!cell || !isFocused(cell) || press.button !== 0 || cell.classList.contains("editing"))
      return;
    const start = number(cell);
    const step = stepOf(start);
    let current = start;
    let dragging = false;
    const stop = new AbortController();
    const { signal } = stop;
    /** @param {PointerEvent} move */
    const drag = (move) => {
      const across = move.clientX - press.clientX;
      if (!dragging && Math.abs(across) < SLACK) return;
      if (!dragging) {
        cell.setPointerCapture(press.pointerId);
        cell.classList.add("dragging");
      }
      // Add in decimal steps, so that 0.1 + 0.2 gives 0.3.
      const next = Number((start + Math.round(across / PIXELS) * step).toFixed(6));
      if (next !== current) this.edit(path(cell), next, dragging && current !== start);
      dragging = true;
      current = next;
    };
    const end = () => {
      stop.abort();
      cell.classList.remove("dragging");
      // Ignore the click event at the end of a drag.
      if (dragging)
        cell.addEventListener("click", (event) => event.stopPropagation(), {
          capture: true,
          once: true,
        });
    };
    window.addEventListener("pointermove", drag, { signal });
    window.addEventListener("pointerup", end, { signal });
    window.addEventListener("pointercancel", end, { signal });
  }
}

/**
 * The cell of an event, if it can be edited.
 * @param {EventTarget|null} target
 * @returns {HTMLElement|null}
 */
function editable(target) {
  const cell = /** @type {Element} */ (target).closest('[role="gridcell"]');
  return /** @type {HTMLElement|null} */ (cell?.closest("[data-path]") ? cell : null);
}

/**
 * Whether a cell is in the scene and therefore large enough to be dragged; a click on a miniature
 * opens its layer.
 * @param {HTMLElement} cell
 */
const isFocused = (cell) => cell.closest("[data-focus]") !== null;

/**
 * The place of a cell's number in the document.
 * @param {HTMLElement} cell
 * @returns {Path}
 */
function path(cell) {
  const grid = /** @type {HTMLElement} */ (cell.closest("[data-path]"));
  const index = (cell.dataset.index ?? "").split(",").map(Number);
  return [...JSON.parse(grid.dataset.path ?? "[]"), ...index];
}

/** @param {HTMLElement} cell */
const number = (cell) => Number(cell.dataset.value);

/**
 * The step of a drag: 1 for large integers, 0.1 or 0.01 for smaller numbers.
 * @param {number} x
 */
export function stepOf(x) {
  const size = Math.abs(x);
  if (size >= 1000) return 10 ** Math.floor(Math.log10(size) - 1);
  if (Number.isInteger(x)) return size >= 20 ? 1 : 0.5;
  return figure(x).split(".")[1]?.length > 2 ? 0.01 : 0.05;
}
