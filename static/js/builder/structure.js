// The order of the layers: they are added, moved, duplicated and removed with buttons and keys.

import { byId } from "../shared/page.js";
import { fill } from "../shared/texts.js";
import { nameOf } from "./rows.js";
import { formOf } from "./schema.js";

/**
 * @import {Builder} from "./builder.js"
 * @import {Row} from "./rows.js"
 * @import {Schema, Status} from "./schema.js"
 */

export class Structure {
  /** @param {Builder} builder */
  constructor(builder) {
    this.builder = builder;
  }

  get #layers() {
    return /** @type {Status} */ (this.builder.status).network.layers;
  }

  get #schema() {
    return /** @type {Schema} */ (this.builder.schema);
  }

  /**
   * Moves a layer by one place, duplicates or removes it.
   * @param {string} does
   * @param {number} at
   */
  arrange(does, at) {
    if (does === "up") return this.move(at, at - 1);
    if (does === "down") return this.move(at, at + 1);
    if (does === "remove" && this.#layers.length === 1) return;
    this.#change({ do: does, at }, does === "duplicate" ? at + 1 : at);
  }

  /**
   * @param {number} at
   * @param {number} to its place afterwards
   */
  move(at, to) {
    if (to < 0 || to >= this.#layers.length || to === at) return;
    this.#change({ do: "move", at, to }, to);
  }

  /**
   * @param {{do: string, at: number, to?: number}} edit
   * @param {number} to the row that then has the focus
   */
  #change(edit, to) {
    const { builder } = this;
    const { words: texts } = this.#schema;
    const layer = nameOf(this.#schema, this.#layers[edit.at]);
    const then = () => {
      builder.view.open = openAfter(builder.view.open, edit);
      builder.draw();
      this.focusRow(Math.min(to, this.#layers.length - 1));
    };
    builder.edit(edit, { said: fill(texts.said[edit.do], { layer }), then });
  }

  /** Adds a layer of the chosen kind behind the open one, or at the end. */
  add() {
    const { builder } = this;
    const { open } = builder.view;
    const at = typeof open === "number" ? open + 1 : this.#layers.length;
    const kind = /** @type {HTMLSelectElement} */ (byId("build-add-kind")).value;
    const { layers, words: texts } = this.#schema;
    const then = () => {
      Object.assign(builder.view, { open: at, kind });
      builder.draw();
      this.focusRow(at);
    };
    const said = fill(texts.said.add, { layer: formOf(layers, kind).label });
    builder.edit({ do: "add", at, kind }, { said, then });
  }

  /** @param {Row} row */
  focusRow(row) {
    const button = this.builder.panel.querySelector(`[data-row='${JSON.stringify(row)}']`);
    /** @type {HTMLElement|null} */ (button)?.focus();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const { builder } = this;
    const target = /** @type {HTMLElement} */ (event.target);
    const rows = /** @type {HTMLElement[]} */ ([...builder.panel.querySelectorAll("[data-row]")]);
    const at = rows.indexOf(target);
    if (event.key === "Escape" && target.closest(".open")) {
      event.preventDefault();
      return this.focusRow(builder.view.open);
    }
    if (at < 0) return;
    const row = JSON.parse(target.dataset.row ?? "null");
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (step && !event.altKey) rows[at + step]?.focus();
    else if (step && typeof row === "number") this.move(row, row + step);
    else if (event.key === "Delete" && typeof row === "number") this.arrange("remove", row);
    else return;
    event.preventDefault();
  }
}

/**
 * The row that is open after an edit: the same layer's; of a duplicated layer, its copy's.
 * @param {Row} open
 * @param {{do: string, at: number, to?: number}} edit
 * @returns {Row}
 */
export function openAfter(open, { do: does, at, to = at }) {
  if (typeof open !== "number") return open;
  if (does === "duplicate") return open >= at ? open + 1 : open;
  if (does === "remove") return open === at ? null : open - (open > at ? 1 : 0);
  if (open === at) return to;
  const without = open - (open > at ? 1 : 0);
  return without + (without >= to ? 1 : 0);
}
