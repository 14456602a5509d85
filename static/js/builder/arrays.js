// Arrays in the builder: a block of numbers that is typed or pasted, and one number everywhere.

import { BlockReader, described, isBlock } from "../editing/blocks.js";
import { parse } from "../shared/figures.js";
import { raised, shapeOf, textOf } from "../shared/numbers.js";
import { fill } from "../shared/texts.js";
import { labelAt, nameAt, valueAt } from "./places.js";

/**
 * @import {Block, Reading} from "../editing/blocks.js"
 * @import {Builder} from "./builder.js"
 * @import {Path} from "./places.js"
 * @import {Schema, Status} from "./schema.js"
 */

export class Arrays {
  /** @param {Builder} builder */
  constructor(builder) {
    this.builder = builder;
    this.reader = new BlockReader(builder.words);
  }

  get #network() {
    return /** @type {Status} */ (this.builder.status).network;
  }

  /**
   * A whole block that is pasted into a field replaces all that it holds.
   * @param {ClipboardEvent} event
   */
  pasting({ clipboardData, target }) {
    const field = /** @type {HTMLTextAreaElement} */ (target);
    if (!field.matches("textarea[data-at]")) return;
    const text = clipboardData?.getData("text/plain").trim() ?? "";
    const isWhole = isBlock(text) && /[\n[;]/.test(text);
    if (isWhole && field.selectionStart === field.selectionEnd) field.select();
  }

  /**
   * @param {HTMLInputElement} target a textarea
   * @param {boolean} isPasted what is pasted is shown before it is taken
   */
  typed({ dataset, value }, isPasted) {
    const { at = "" } = dataset;
    const path = JSON.parse(at);
    this.builder.type(at, [value]);
    this.reader.soon(
      value,
      () => shapeOf(valueAt(this.#network, path)),
      (reading) => this.#show(path, reading, isPasted),
    );
  }

  /**
   * Typed numbers are taken where they fit; else it is said why not.
   * @param {Path} path
   * @param {Reading} reading
   * @param {boolean} isPasted
   */
  #show(path, { text, wrong, block, others }, isPasted) {
    const { view, words } = this.builder;
    const at = JSON.stringify(path);
    // Something else was typed there since, or it was taken back.
    if (view.typed.get(at)?.texts?.[0] !== text) return;
    view.note = null;
    this.builder.type(at, [text], wrong);
    if (block?.fits && !isPasted) return this.builder.values.set(path, block.array, at);
    if (block?.fits) this.#offer(at, block, others);
    else if (block) {
      const { length } = shapeOf(valueAt(this.#network, path));
      const canTake = path[0] !== "head" && block.shape.length <= length && length > 1;
      const array = canTake ? raised(block.array, length) : null;
      const said = described(block, words);
      view.note = { at, said, array, read: textOf(block.array), fits: false, others: [] };
    }
    this.builder.draw();
    // On a phone, the sheet is hardly higher than the field.
    this.builder.panel.querySelector(".block-read")?.scrollIntoView({ block: "nearest" });
  }

  /**
   * @param {string} at
   * @param {Block} block
   * @param {Block[]} others
   */
  #offer(at, block, others) {
    const { view, words } = this.builder;
    const { array } = block;
    const said = described(block, words);
    view.note = { at, said, array, read: textOf(array), fits: true, block, others };
  }

  /**
   * Shows another reading of the pasted text.
   * @param {number} which
   */
  swap(which) {
    const { note } = this.builder.view;
    if (!note?.block) return;
    const { at, block, others } = note;
    this.#offer(
      at,
      others[which],
      others.map((other, i) => (i === which ? block : other)),
    );
    this.builder.draw();
  }

  /** Forgets the block that was typed or pasted; the field holds its numbers again. */
  leave() {
    const { view } = this.builder;
    const { note } = view;
    if (!note) return;
    this.reader.forget();
    view.note = null;
    view.typed.delete(note.at);
    /** @type {HTMLElement|null} */ (document.activeElement)?.blur();
    this.builder.draw();
    this.#focus(note.at);
  }

  /** @param {string} at */
  #focus(at) {
    const field = this.builder.panel.querySelector(`textarea[data-at='${at}']`);
    /** @type {HTMLElement|null} */ (field)?.focus();
  }

  /**
   * Takes the block that was typed with its own shape.
   * @param {Path} path
   */
  take(path) {
    const { view } = this.builder;
    const { note } = view;
    view.note = null;
    if (!note?.array) return;
    this.#focus(note.at);
    this.builder.values.set(path, note.array);
  }

  /**
   * @param {HTMLElement} target a button beside the field with the number
   * @param {Path} path
   */
  fillWith(target, path) {
    const { builder } = this;
    const { view, words } = builder;
    const field = /** @type {HTMLInputElement} */ (
      target.parentElement?.querySelector("[data-with]")
    );
    const value = parse(field.value);
    const at = JSON.stringify(path);
    if (!Number.isFinite(value)) {
      builder.type(at, view.typed.get(at)?.texts ?? null, words.not_a_number);
      return builder.draw();
    }
    view.typed.delete(at);
    const schema = /** @type {Schema} */ (builder.schema);
    const { words: texts } = schema;
    const said = fill(texts.said.fill, {
      layer: nameAt(schema, this.#network, path),
      field: labelAt(schema, this.#network, path),
    });
    builder.edit({ do: "fill", path, value }, { said });
  }
}
