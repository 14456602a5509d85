// The gridcells of the page: their data, labels and places. They are transparent, above the drawn
// picture, for pointers and screen readers. Steps neither replace them nor move them in the document.

import { figure, written } from "../shared/figures.js";
import { put } from "../shared/page.js";
import { fill } from "../shared/texts.js";
import { known } from "../state/picture.js";

/**
 * @import {Grid, Picture, Place, Step} from "../state/picture.js"
 * @import {CellBox} from "./shapes.js"
 */

const ATTRIBUTES = ["data-value", "data-gradient", "data-zero", "data-won", "aria-label"];

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
    /** @type {Map<string, {grid: Grid, holder: HTMLElement, cells: HTMLElement[]}>} */
    this.byKey = new Map();
    /** @type {WeakMap<Element, Place>} */
    this.places = new WeakMap();
    /** @type {Map<string, unknown[]>} what each grid shows, so that equal labels are not rewritten */
    this.said = new Map();
    /** @type {WeakMap<Element, string>} the place of each cell */
    this.boxes = new WeakMap();
    /** @type {WeakMap<Element, (string|null)[]>} what ATTRIBUTES of each cell are: asking the page
     * takes as long as writing */
    this.attributes = new WeakMap();
    /** @type {Element|undefined} */
    this.selected = undefined;
    /** @type {Grid[]} those whose cells have been found */
    this.grids = [];
    this.find(picture);
  }

  /**
   * Finds the cells of a picture in the page.
   * @param {Picture} picture
   */
  find({ grids }) {
    if (grids === this.grids) return;
    this.grids = grids;
    this.said.clear();
    for (const key of this.byKey.keys())
      if (!grids.some((grid) => grid.key === key)) this.byKey.delete(key);
    for (const grid of grids) {
      const { key, first } = grid;
      const entry = this.byKey.get(key);
      if (entry?.grid.first === first && entry.cells[0]?.isConnected) {
        entry.grid = grid;
        continue;
      }
      const holder = /** @type {HTMLElement} */ (
        this.root.querySelector(`.grid[data-key="${key}"]`)
      );
      // Flat C order is document order: channels, then rows, then columns.
      const cells = /** @type {HTMLElement[]} */ ([
        ...holder.querySelectorAll('[role="gridcell"]'),
      ]);
      this.byKey.set(key, { grid, holder, cells });
      cells.forEach((cell, i) => {
        this.places.set(cell, { key, at: first + i });
        // The cell's own text is for pages without scripts; now the picture shows the numbers.
        if (cell.firstChild) cell.textContent = "";
      });
    }
  }

  /**
   * The cell at a place, if it is drawn.
   * @param {Place|null} place
   * @returns {HTMLElement|undefined}
   */
  at(place) {
    const entry = place ? this.byKey.get(place.key) : undefined;
    return entry?.cells[(place?.at ?? 0) - entry.grid.first];
  }

  /**
   * Sets the tooltip of a cell: its exact figures, and the reason of a 0.
   * @param {HTMLElement} cell
   */
  tell(cell) {
    const { value = "", gradient = "", zero } = cell.dataset;
    if (cell.getAttribute("aria-label")?.endsWith(this.words.hidden)) {
      cell.title = written(Number(value));
      return;
    }
    const figures = [value, gradient].filter(Boolean).map((x) => written(Number(x)));
    if (zero && gradient) figures.push(this.reason(zero));
    cell.title = figures.join(" · ");
  }

  /**
   * Writes the data and the label of each cell as they are after a step.
   * @param {Picture} picture
   * @param {Step} step
   * @param {Picture|null} before the picture before the last edit
   * @param {((grid: Grid) => boolean)|null} hides tests for grids whose gradients stay hidden
   */
  describe(picture, step, before, hides) {
    picture.grids.forEach((grid, i) => {
      const is = known(grid, step);
      const isHidden = hides?.(grid) ?? false;
      const saying = [grid, is.value, is.gradient, is.won, before, isHidden];
      if (this.said.get(grid.key)?.every((each, at) => each === saying[at])) return;
      this.said.set(grid.key, saying);
      const then = before?.grids[i];
      const old = then?.first === grid.first ? then : undefined;
      this.byKey.get(grid.key)?.cells.forEach((cell, at) => {
        this.#describe(cell, grid, at, is, old, isHidden);
      });
    });
  }

  /**
   * @param {HTMLElement} cell
   * @param {Grid} grid
   * @param {number} at index in the drawn plane
   * @param {{value: boolean, gradient: boolean, won: boolean}} is
   * @param {Grid|undefined} old
   * @param {boolean} isHidden
   */
  #describe(cell, grid, at, is, old, isHidden) {
    const value = grid.value[at];
    const gradient = grid.gradient[at];
    const zero = is.gradient ? grid.zero[at] : null;
    const { unknown } = this.words;
    let label = fill(this.words.cell, {
      name: cell.dataset.name ?? "",
      value: is.value ? figure(value) : unknown,
      gradient: isHidden
        ? this.words.hidden
        : zero
          ? this.reason(zero)
          : is.gradient
            ? figure(gradient)
            : unknown,
    });
    if (!isHidden) {
      if (is.won && grid.won?.[at]) label = fill(this.words.won, { label });
      const was = old ? formerly(grid, old, at, is) : null;
      if (was) label += `; ${fill(this.words[`${was.of}_was`], { figure: figure(was.number) })}`;
    }
    const texts = [
      is.value ? String(value) : "",
      is.gradient ? String(gradient) : "",
      isHidden ? null : zero,
      is.won && grid.won?.[at] ? "" : null,
      label,
    ];
    const were = this.attributes.get(cell);
    ATTRIBUTES.forEach((name, i) => {
      if (texts[i] !== were?.[i]) put(cell, name, texts[i]);
    });
    this.attributes.set(cell, texts);
  }

  /**
   * The reason why a gradient is 0, in words.
   * @param {string} code
   */
  reason(code) {
    const [reason, meaning] = this.zeros[code];
    return fill(this.words.zero, { reason, meaning });
  }

  /**
   * Puts every cell where it is drawn: in the scene, or on its miniature.
   * @param {CellBox[]} spine
   * @param {CellBox[]} scene
   * @param {number} scale of the scene
   * @param {{x: number, y: number}} origin
   */
  lay(spine, scene, scale, origin) {
    /** @type {Map<string, string[]>} */
    const wanted = new Map();
    const set = (/** @type {CellBox} */ { key, at, x, y, w, h }) => {
      const all = wanted.get(key) ?? [];
      all[at] = `left:${px(x)};top:${px(y)};width:${px(w)};height:${px(h)}`;
      wanted.set(key, all);
    };
    spine.forEach(set);
    for (const { x, y, w, h, ...cell } of scene)
      set({
        ...cell,
        x: origin.x + x * scale,
        y: origin.y + y * scale,
        w: w * scale,
        h: h * scale,
      });
    const focused = new Set(scene.map(({ key }) => key));
    for (const [key, { holder, cells }] of this.byKey) {
      holder.toggleAttribute("data-focus", focused.has(key));
      const all = wanted.get(key) ?? [];
      cells.forEach((cell, i) => {
        const style = all[i] ?? "";
        if (this.boxes.get(cell) === style) return;
        this.boxes.set(cell, style);
        cell.style.cssText = style;
      });
    }
  }

  /** @param {Place|null} place the pinned cell */
  select(place) {
    const cell = this.at(place);
    if (cell === this.selected) return;
    this.selected?.setAttribute("aria-selected", "false");
    cell?.setAttribute("aria-selected", "true");
    this.selected = cell;
  }
}

/** @param {number} x */
const px = (x) => `${Math.round(x * 100) / 100}px`;

/**
 * @param {Grid} grid
 * @param {Grid} old
 * @param {number} at
 * @param {{value: boolean, gradient: boolean}} is
 * @returns {{of: "value"|"gradient", number: number}|null}
 */
function formerly(grid, old, at, is) {
  if (is.gradient && old.gradient[at] !== grid.gradient[at])
    return { of: "gradient", number: old.gradient[at] };
  if (is.value && old.value[at] !== grid.value[at]) return { of: "value", number: old.value[at] };
  return null;
}
