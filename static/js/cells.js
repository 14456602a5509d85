// The grids of the page: finding their cells, and writing figures into them.

import { figure, short, written } from "./figures.js";
import { flat, known } from "./picture.js";

/** @import {Grid, Picture, Place, Step} from "./picture.js" */
/** @import {Spot} from "./measure.js" */

/** Characters of a value and of a gradient that fit in a cell; as in app/tables.py. */
const ROOMS = /** @type {Record<string, [number, number]>} */ ({
  both: [5, 6],
  one: [4, 4],
  none: [4, 4],
});
const LONG = 5;

export class Cells {
  /**
   * @param {HTMLElement} root
   * @param {Record<string, string>} words
   * @param {Record<string, [string, string]>} zeros
   * @param {Picture} picture
   */
  constructor(root, words, zeros, picture) {
    this.root = root;
    this.words = words;
    this.zeros = zeros;
    /** @type {Map<string, {grid: Grid, cells: HTMLElement[], thumbs: HTMLElement|null}>} */
    this.byKey = new Map();
    /** @type {WeakMap<Element, Place>} */
    this.places = new WeakMap();
    /** @type {Map<string, unknown[]>} what each grid shows, so that it is not written twice */
    this.shown = new Map();
    this.find(picture);
  }

  /**
   * Finds the cells of a picture in the page.
   * @param {Picture} picture
   */
  find({ grids }) {
    this.shown.clear();
    for (const grid of grids) {
      const { key, first } = grid;
      const holder = /** @type {HTMLElement} */ (
        this.root.querySelector(`.grid[data-key="${key}"]`)
      );
      // Flat C order is document order: channels, then rows, then columns.
      const cells = /** @type {HTMLElement[]} */ ([
        ...holder.querySelectorAll('[role="gridcell"]'),
      ]);
      this.byKey.set(key, { grid, cells, thumbs: holder.querySelector(".thumbs") });
      cells.forEach((cell, i) => {
        this.places.set(cell, { key, at: first + i });
      });
    }
  }

  /**
   * The cell at a place, if it is drawn.
   * @param {Place} place
   * @returns {HTMLElement|undefined}
   */
  at({ key, at }) {
    const found = this.byKey.get(key);
    return found?.cells[at - found.grid.first];
  }

  /**
   * Whether a grid's cells have room for figures.
   * @param {string} key
   */
  hasFigures(key) {
    return this.byKey.get(key)?.cells[0]?.closest(".grid")?.getAttribute("data-figures") !== "none";
  }

  /**
   * Where a cell is in the page: itself, or its place in the thumbnail of its channel.
   * @param {Place} place
   * @returns {Spot|undefined}
   */
  spot(place) {
    const cell = this.at(place);
    const { grid, thumbs } = this.byKey.get(place.key) ?? {};
    if (cell || !grid || !thumbs) return cell;
    const [, height, width] = grid.shape;
    const [channel, rest] = [Math.floor(place.at / (height * width)), place.at % (height * width)];
    return {
      within: thumbs.children[channel],
      part: {
        x: (rest % width) / width,
        y: Math.floor(rest / width) / height,
        width: 1 / width,
        height: 1 / height,
      },
    };
  }

  /**
   * The place that a row of the inspector names by its index.
   * @param {string} key
   * @param {string} index
   * @returns {Place|undefined}
   */
  place(key, index) {
    const found = this.byKey.get(key);
    return found && { key, at: flat(found.grid, index) };
  }

  /**
   * Writes a picture as it stands once a step is done.
   * @param {Picture} picture
   * @param {Step} step
   * @param {Picture|null} before the picture before the last edit
   */
  paint(picture, step, before) {
    picture.grids.forEach((grid, i) => {
      const is = known(grid, step);
      const showing = [grid, is.value, is.gradient, is.won, before];
      if (this.shown.get(grid.key)?.every((each, at) => each === showing[at])) return;
      this.shown.set(grid.key, showing);
      const note = document.querySelector(`.grid[data-key="${grid.key}"] .note`);
      if (note && note.textContent !== grid.note) note.textContent = grid.note;
      const old = before?.grids[i];
      this.byKey.get(grid.key)?.cells.forEach((cell, at) => {
        this.#write(cell, grid, at, is, old?.first === grid.first ? old : undefined);
      });
    });
  }

  /**
   * @param {HTMLElement} cell
   * @param {Grid} grid
   * @param {number} at in what is drawn of it
   * @param {{value: boolean, gradient: boolean, won: boolean}} is known
   * @param {Grid|undefined} old
   */
  #write(cell, grid, at, is, old) {
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
    put(
      cell,
      "title",
      [is.value && value, is.gradient && gradient].filter(isNumber).map(written).join(" · "),
    );
    cell.style.setProperty("--v", (value / grid.most[0]).toFixed(3));
    cell.style.setProperty("--g", (gradient / grid.most[1]).toFixed(3));
    const [valueSpan, gradientSpan, wasSpan] = cell.children;
    write(valueSpan, is.value ? short(value, room(cell)[0]) : "·");
    write(gradientSpan, is.gradient ? (zero ? "0" : short(gradient, room(cell)[1])) : "");
    write(wasSpan, was ? short(was.number, room(cell)[1]) : "");
    // A class and not :has(), which would look at every cell whenever one's text changes.
    cell.classList.toggle("changed", was !== null);
    cell.classList.toggle("old-value", was?.of === "value");
    cell.classList.toggle("old-gradient", was?.of === "gradient");
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
    this.shown.delete(this.places.get(cell)?.key ?? "");
    write(cell.children[0], value === undefined ? "·" : short(value, room(cell)[0]));
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
    this.shown.delete(place.key);
    cell.classList.add("summing");
    write(cell.children[1], sum === undefined ? "·" : short(sum, room(cell)[1]));
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

/** @param {HTMLElement} cell */
const room = (cell) => {
  const grid = /** @type {HTMLElement|null} */ (cell.closest(".grid"));
  return ROOMS[grid?.dataset.figures ?? "both"];
};

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
