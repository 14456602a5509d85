// Arrays in the builder: a block of numbers that is typed or pasted, and one number everywhere.

import { BlockReader, described } from "../editing/blocks.js";
import { parse } from "../shared/figures.js";
import { raised, shapeOf } from "../shared/numbers.js";
import { fill } from "../shared/texts.js";

/**
 * @import {Reading} from "../editing/blocks.js"
 * @import {Builder} from "./builder.js"
 * @import {Schema} from "./schema.js"
 *
 * @typedef {(string|number)[]} Path
 */

export class Arrays {
  /** @param {Builder} builder */
  constructor(builder) {
    this.builder = builder;
    this.reader = new BlockReader(builder.words);
  }

  /** @param {HTMLInputElement} target a textarea */
  typed({ dataset, value }) {
    const { at = "" } = dataset;
    const path = JSON.parse(at);
    this.builder.view.typed = { at, texts: [value] };
    this.reader.soon(
      value,
      () => shapeOf(this.builder.valueAt(path)),
      (reading) => this.#show(path, reading),
    );
  }

  /**
   * Numbers are taken where they fit; else it is said why not.
   * @param {Path} path
   * @param {Reading} reading
   */
  #show(path, { text, wrong, block }) {
    const { view, words } = this.builder;
    const at = JSON.stringify(path);
    // Something else was typed since.
    if (view.typed?.at === at && view.typed.texts[0] !== text) return;
    Object.assign(view, { note: null, wrong: wrong ? { at, said: wrong } : null });
    if (block?.fits) return this.builder.set(path, block.array, at);
    if (block) {
      const { length } = shapeOf(this.builder.valueAt(path));
      const canTake = path[0] !== "head" && block.shape.length <= length && length > 1;
      const array = canTake ? raised(block.array, length) : null;
      view.note = { at, said: described(block, words), array };
    }
    this.builder.draw();
  }

  /**
   * Takes the block that was typed with its own shape.
   * @param {Path} path
   */
  take(path) {
    const { view } = this.builder;
    const { note } = view;
    view.note = null;
    if (note?.array) this.builder.set(path, note.array);
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
    if (!Number.isFinite(value)) {
      view.wrong = { at: JSON.stringify(path), said: words.not_a_number };
      return builder.draw();
    }
    view.wrong = null;
    const { words: texts } = /** @type {Schema} */ (builder.schema);
    const said = fill(texts.said.fill, {
      layer: builder.nameAt(path),
      field: builder.labelAt(path),
    });
    builder.edit({ do: "fill", path, value }, { said });
  }
}
