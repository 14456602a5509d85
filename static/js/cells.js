// The grids of the page: finding their cells, and writing figures into them.

import { figure, short } from "./figures.js";
import { known, limit } from "./picture.js";

/** @import {Grid, Picture, Place, Step} from "./picture.js" */

// Characters that fit in a cell; as in app/tables.py.
const VALUE_ROOM = 5;
const GRADIENT_ROOM = 6;
const LONG = 6;

export class Cells {
  /**
   * @param {HTMLElement} root
   * @param {Record<string, string>} words
   * @param {Record<string, [string, string]>} zeros
   */
  constructor(root, words, zeros) {
    this.words = words;
    this.zeros = zeros;
    /** @type {Map<string, HTMLElement[]>} */
    this.byKey = new Map();
    /** @type {WeakMap<Element, Place>} */
    this.places = new WeakMap();
    for (const grid of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll(".grid"))) {
      const key = grid.dataset.key ?? "";
      // Flat C order is document order: channels, then rows, then columns.
      const cells = /** @type {HTMLElement[]} */ ([...grid.querySelectorAll('[role="gridcell"]')]);
      this.byKey.set(key, cells);
      cells.forEach((cell, at) => {
        this.places.set(cell, { key, at });
      });
    }
  }

  /**
   * @param {Place} place
   * @returns {HTMLElement|undefined}
   */
  at({ key, at }) {
    return this.byKey.get(key)?.[at];
  }

  /**
   * The cell a row of the inspector names by its index.
   * @param {string} key
   * @param {string} index
   */
  named(key, index) {
    return this.byKey.get(key)?.find((cell) => cell.dataset.index === index);
  }

  /**
   * Writes a picture as it stands once a step is done.
   * @param {Picture} picture
   * @param {Step} step
   * @param {Picture|null} before the picture before the last edit
   */
  paint(picture, step, before) {
    picture.grids.forEach((grid, i) => {
      const note = document.querySelector(`.grid[data-key="${grid.key}"] .note`);
      if (note && note.textContent !== grid.note) note.textContent = grid.note;
      const is = known(grid, step);
      const old = before?.grids[i];
      const scales = { value: limit(grid.value), gradient: limit(grid.gradient) };
      this.byKey.get(grid.key)?.forEach((cell, at) => {
        this.#write(cell, grid, at, is, old, scales);
      });
    });
  }

  /**
   * @param {HTMLElement} cell
   * @param {Grid} grid
   * @param {number} at
   * @param {{value: boolean, gradient: boolean, won: boolean}} is known
   * @param {Grid|undefined} old
   * @param {{value: number, gradient: number}} scales
   */
  #write(cell, grid, at, is, old, scales) {
    const value = grid.value[at];
    const gradient = grid.gradient[at];
    const zero = is.gradient ? grid.zero[at] : null;
    const won = is.won && (grid.won?.[at] ?? false);
    const { unknown } = this.words;
    const was = old ? formerly(grid, old, at, is) : null;
    let label = fill(this.words.cell, {
      name: cell.dataset.name ?? "",
      value: is.value ? figure(value) : unknown,
      gradient: zero ? this.#reason(zero) : is.gradient ? figure(gradient) : unknown,
    });
    if (won) label = fill(this.words.won, { label });
    if (was) label += `; ${fill(this.words[`${was.of}_was`], { figure: figure(was.number) })}`;
    put(cell, "data-value", is.value ? String(value) : "");
    put(cell, "data-gradient", is.gradient ? String(gradient) : "");
    put(cell, "data-zero", zero);
    put(cell, "data-won", won ? "" : null);
    put(cell, "aria-label", label);
    put(cell, "title", [is.value && value, is.gradient && gradient].filter(isNumber).join(" · "));
    cell.style.setProperty("--v", (value / scales.value).toFixed(3));
    cell.style.setProperty("--g", (gradient / scales.gradient).toFixed(3));
    const [valueSpan, gradientSpan, wasSpan] = cell.children;
    write(valueSpan, is.value ? short(value, VALUE_ROOM) : "·");
    write(gradientSpan, is.gradient ? (zero ? "0" : short(gradient, GRADIENT_ROOM)) : "");
    write(wasSpan, was ? short(was.number, GRADIENT_ROOM) : "");
    wasSpan.classList.toggle("of-value", was?.of === "value");
    wasSpan.classList.toggle("of-gradient", was?.of === "gradient");
    cell.classList.remove("summing");
  }

  /**
   * Shows a value, or that it is not computed yet, while windows slide over the layer before it.
   * @param {HTMLElement} cell
   * @param {number|undefined} value
   */
  reveal(cell, value) {
    write(cell.children[0], value === undefined ? "·" : short(value, VALUE_ROOM));
  }

  /** @param {string} code */
  #reason(code) {
    const [reason, meaning] = this.zeros[code];
    return fill(this.words.zero, { reason, meaning });
  }

  /**
   * Shows a sum that is still being added up; nothing yet where it is undefined.
   * @param {Place} place
   * @param {number|undefined} sum
   */
  count(place, sum) {
    const cell = this.at(place);
    if (!cell) return;
    cell.classList.add("summing");
    write(cell.children[1], sum === undefined ? "·" : short(sum, GRADIENT_ROOM));
  }

  /**
   * Marks cells with a class, and no others.
   * @param {string} name
   * @param {Iterable<Element|undefined>} cells
   */
  mark(name, cells) {
    const wanted = new Set(cells);
    for (const cell of document.querySelectorAll(`[role="gridcell"].${name}`))
      if (!wanted.has(cell)) cell.classList.remove(name);
    for (const cell of wanted) cell?.classList.add(name);
  }
}

/** @param {unknown} x */
const isNumber = (x) => typeof x === "number";

/**
 * @param {Grid} grid
 * @param {Grid} old
 * @param {number} at
 * @param {{value: boolean, gradient: boolean}} is known
 * @returns {{of: "value"|"gradient", number: number}|null}
 */
function formerly(grid, old, at, is) {
  if (is.gradient && old.gradient[at] !== grid.gradient[at])
    return { of: "gradient", number: old.gradient[at] };
  if (is.value && old.value[at] !== grid.value[at]) return { of: "value", number: old.value[at] };
  return null;
}

/**
 * @param {string} template
 * @param {Record<string, string>} values
 */
export function fill(template, values) {
  return template.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/**
 * @param {Element} element
 * @param {string} name
 * @param {string|null} text
 */
function put(element, name, text) {
  if (element.getAttribute(name) === text) return;
  if (text === null) element.removeAttribute(name);
  else element.setAttribute(name, text);
}

/**
 * @param {Element} span
 * @param {string} text
 */
function write(span, text) {
  if (span.textContent === text) return;
  span.textContent = text;
  span.classList.toggle("long", text.length >= LONG);
}
