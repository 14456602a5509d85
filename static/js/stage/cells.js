// The grids of the page: finding their cells, and writing figures into them.

import { figure, short, written } from "../shared/figures.js";
import { afterPaint } from "../shared/page.js";
import { fill } from "../shared/texts.js";
import { flat, known } from "../state/picture.js";

/** @import {Grid, Picture, Place, Step} from "../state/picture.js" */
/** @import {Spot} from "./measure.js" */
/** @typedef {{value: boolean, gradient: boolean, won: boolean}} Known */

/** Characters of a value and of a gradient that fit in a cell; as in app/tables.py. */
const ROOMS = /** @type {Record<string, [number, number]|undefined>} */ ({
  both: [5, 6],
  one: [4, 4],
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
    /** @type {Map<string, {grid: Grid, holder: HTMLElement, note: Element|null,
     *   cells: HTMLElement[], thumbs: HTMLElement|null}>} */
    this.byKey = new Map();
    /** @type {WeakMap<Element, Place>} */
    this.places = new WeakMap();
    /** @type {Map<string, unknown[]>} what each grid shows, so that it is not written twice */
    this.shown = new Map();
    /** @type {Map<string, () => void>} what each grid's cells have still to say */
    this.waiting = new Map();
    /** @type {Map<string, Set<Element|undefined>>} the cells that have each class */
    this.marked = new Map();
    /** What the page came with, and with it the cells their colours, if only about. */
    this.first = picture;
    /** @type {Picture|null} whose exact colours the cells have */
    this.coloured = null;
    this.find(picture);
    // The page comes with the backward pass done.
    for (const grid of picture.grids) {
      const is = known(grid, picture.steps[picture.steps.length - 1]);
      const rooms = roomsOf(this.byKey.get(grid.key)?.holder);
      this.shown.set(grid.key, [grid, is.value, is.gradient, is.won, null, rooms]);
    }
  }

  /**
   * Finds the cells of a picture in the page.
   * @param {Picture} picture
   */
  find({ grids }) {
    this.shown.clear();
    this.waiting.clear();
    for (const grid of grids) {
      const { key, first } = grid;
      const found = this.byKey.get(key);
      if (found?.grid.first === first && found.cells[0]?.isConnected) {
        found.grid = grid;
        continue;
      }
      const holder = /** @type {HTMLElement} */ (
        this.root.querySelector(`.grid[data-key="${key}"]`)
      );
      // Flat C order is document order: channels, then rows, then columns.
      const cells = /** @type {HTMLElement[]} */ ([
        ...holder.querySelectorAll('[role="gridcell"]'),
      ]);
      const note = holder.querySelector(".note");
      const thumbs = /** @type {HTMLElement|null} */ (holder.querySelector(".thumbs"));
      this.byKey.set(key, { grid, holder, note, cells, thumbs });
      cells.forEach((cell, i) => {
        this.places.set(cell, { key, at: first + i });
      });
    }
  }

  /**
   * Its exact figures, to be seen while it is pointed at.
   * @param {HTMLElement} cell
   */
  tell(cell) {
    const { value = "", gradient = "" } = cell.dataset;
    const figures = [value, gradient].filter(Boolean);
    cell.title = figures.map((x) => written(Number(x))).join(" · ");
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
    return roomsOf(this.byKey.get(key)?.holder) !== undefined;
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
      const { note, cells = [], holder } = this.byKey.get(grid.key) ?? {};
      const rooms = roomsOf(holder);
      const showing = [grid, is.value, is.gradient, is.won, before, rooms];
      if (this.shown.get(grid.key)?.every((each, at) => each === showing[at])) return;
      this.shown.set(grid.key, showing);
      if (note && note.textContent !== grid.note) note.textContent = grid.note;
      const then = before?.grids[i];
      const old = then?.first === grid.first ? then : undefined;
      cells.forEach((cell, at) => {
        this.#mark(cell, grid, at, is);
        if (rooms) this.#write(cell, grid, at, is, old, rooms);
      });
      const describe = () => {
        cells.forEach((cell, at) => {
          this.#describe(cell, grid, at, is, old);
        });
      };
      // What is not to be seen waits until the picture is: thousands of cells take a while.
      if (rooms) describe();
      else this.waiting.set(grid.key, describe);
    });
    if (picture !== this.first && !this.root.classList.contains("plotted")) this.colour(picture);
    if (this.waiting.size) afterPaint(() => this.finish());
  }

  /** Does at once what waits for the picture to be seen. */
  finish() {
    for (const describe of this.waiting.values()) describe();
    this.waiting.clear();
  }

  /**
   * The cells' own colours: before Plotly's heatmaps are there, on paper and in drawings.
   * @param {Picture} picture
   */
  colour(picture) {
    if (this.coloured === picture) return;
    this.coloured = picture;
    for (const { key, value, gradient, most } of picture.grids)
      this.byKey.get(key)?.cells.forEach(({ style }, at) => {
        style.setProperty("--v", (value[at] / most[0]).toFixed(3));
        style.setProperty("--g", (gradient[at] / most[1]).toFixed(3));
      });
  }

  /**
   * What is seen of a cell even where there is no room for figures.
   * @param {HTMLElement} cell
   * @param {Grid} grid
   * @param {number} at in what is drawn of it
   * @param {Known} is
   */
  #mark(cell, grid, at, is) {
    put(cell, "data-zero", is.gradient ? grid.zero[at] : null);
    put(cell, "data-won", is.won && grid.won?.[at] ? "" : null);
    cell.classList.toggle("no-gradient", !is.gradient);
    cell.classList.remove("summing");
  }

  /**
   * Its figures, and beside them the old one of what an edit changed.
   * @param {HTMLElement} cell
   * @param {Grid} grid
   * @param {number} at
   * @param {Known} is
   * @param {Grid|undefined} old
   * @param {[number, number]} rooms
   */
  #write(cell, grid, at, is, old, [valueRoom, gradientRoom]) {
    const [valueSpan, gradientSpan, wasSpan] = spansOf(cell);
    const gradient = is.gradient && grid.zero[at] ? 0 : grid.gradient[at];
    const was = old ? formerly(grid, old, at, is) : null;
    write(valueSpan, is.value ? short(grid.value[at], valueRoom) : "·");
    write(gradientSpan, is.gradient ? short(gradient, gradientRoom) : "");
    write(wasSpan, was ? short(was.number, gradientRoom) : "");
    // A class and not :has(), which would look at every cell whenever one's text changes.
    cell.classList.toggle("changed", was !== null);
    for (const of of /** @type {const} */ (["value", "gradient"])) {
      cell.classList.toggle(`old-${of}`, was?.of === of);
      wasSpan.classList.toggle(`of-${of}`, was?.of === of);
    }
  }

  /**
   * What it says to programs and to who does not see it. Of no style, so that it costs none.
   * @param {HTMLElement} cell
   * @param {Grid} grid
   * @param {number} at
   * @param {Known} is
   * @param {Grid|undefined} old
   */
  #describe(cell, grid, at, is, old) {
    const value = grid.value[at];
    const gradient = grid.gradient[at];
    const zero = is.gradient ? grid.zero[at] : null;
    const was = old ? formerly(grid, old, at, is) : null;
    const { unknown } = this.words;
    let label = fill(this.words.cell, {
      name: cell.dataset.name ?? "",
      value: is.value ? figure(value) : unknown,
      gradient: zero ? this.reason(zero) : is.gradient ? figure(gradient) : unknown,
    });
    if (is.won && grid.won?.[at]) label = fill(this.words.won, { label });
    if (was) label += `; ${fill(this.words[`${was.of}_was`], { figure: figure(was.number) })}`;
    put(cell, "data-value", is.value ? String(value) : "");
    put(cell, "data-gradient", is.gradient ? String(gradient) : "");
    put(cell, "aria-label", label);
  }

  /**
   * Shows a value, or that it is not computed yet, while windows slide over the layer before it.
   * @param {HTMLElement} cell
   * @param {number|undefined} value
   */
  reveal(cell, value) {
    this.shown.delete(this.places.get(cell)?.key ?? "");
    const rooms = roomsOf(cell.closest(".grid"));
    if (rooms) write(spansOf(cell)[0], value === undefined ? "·" : short(value, rooms[0]));
  }

  /**
   * Why a gradient is 0, in words.
   * @param {string} code
   */
  reason(code) {
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
    const rooms = roomsOf(this.byKey.get(place.key)?.holder);
    if (!cell || !rooms) return;
    this.shown.delete(place.key);
    cell.classList.add("summing");
    write(spansOf(cell)[1], sum === undefined ? "·" : short(sum, rooms[1]));
  }

  /**
   * Marks cells with a class, and no others.
   * @param {string} name
   * @param {Iterable<Element|undefined>} cells
   */
  mark(name, cells) {
    const wanted = new Set(cells);
    for (const cell of this.marked.get(name) ?? [])
      if (!wanted.has(cell)) cell?.classList.remove(name);
    for (const cell of wanted) cell?.classList.add(name);
    this.marked.set(name, wanted);
  }
}

/**
 * How many characters of a value and of a gradient a grid's cells have room for.
 * @param {Element|null|undefined} grid
 */
const roomsOf = (grid) => ROOMS[grid?.getAttribute("data-figures") ?? "none"];

/**
 * Where a cell's value, its gradient and its old number are written. Cells without room for
 * figures come without.
 * @param {HTMLElement} cell
 */
function spansOf(cell) {
  if (!cell.querySelector(".value"))
    cell.prepend(
      ...["value", "gradient", "was"].map((name) =>
        Object.assign(document.createElement("span"), { className: name }),
      ),
    );
  return /** @type {HTMLElement[]} */ ([...cell.children]);
}

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
  // A new text: one that grew in its place would count as moved.
  span.textContent = text;
  span.classList.toggle("long", text.length >= LONG);
}
