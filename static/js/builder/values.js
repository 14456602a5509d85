// The values in the open row: chosen or typed, and set in the document.

import { parse } from "../shared/figures.js";
import { sizeInWords } from "../shared/numbers.js";
import { fill } from "../shared/texts.js";
import { labelAt, nameAt } from "./places.js";
import { formOf } from "./schema.js";

/**
 * @import {Builder} from "./builder.js"
 * @import {Schema, Status} from "./schema.js"
 */

export class Values {
  /** @param {Builder} builder */
  constructor(builder) {
    this.builder = builder;
  }

  /**
   * A field that is chosen rather than typed.
   * @param {HTMLInputElement|HTMLSelectElement} target
   */
  chosen(target) {
    const { at, become: becomes, has, kind } = target.dataset;
    if ("examples" in target.dataset)
      this.builder.examples.counted(/** @type {HTMLInputElement} */ (target));
    else if (target.dataset.own)
      this.builder.examples.share(
        JSON.parse(target.dataset.own),
        /** @type {HTMLInputElement} */ (target).checked,
      );
    else if (target.id === "build-add-kind") this.builder.view.kind = target.value;
    else if (target.id === "build-rule") this.builder.view.rule = target.value;
    else if (target.id === "build-seed") this.#seeded(target);
    else if (becomes) this.#becomes(becomes, target.value);
    else if (has) {
      const path = JSON.parse(has);
      const isThere = /** @type {HTMLInputElement} */ (target).checked;
      this.set(path, isThere ? [0] : null);
    } else if (at && target instanceof HTMLSelectElement) {
      this.set(JSON.parse(at), JSON.parse(target.value));
    } else if (at && kind === "flag") {
      this.set(JSON.parse(at), /** @type {HTMLInputElement} */ (target).checked);
    }
  }

  /** @param {HTMLInputElement|HTMLSelectElement} target */
  #seeded(target) {
    const seed = parse(target.value);
    if (Number.isInteger(seed) && seed >= 0 && seed < 2 ** 31) this.builder.view.seed = seed;
  }

  /**
   * @param {string} at
   * @param {string} kind
   */
  #becomes(at, kind) {
    const schema = /** @type {Schema} */ (this.builder.schema);
    const { words: texts } = schema;
    const { head, layers } = /** @type {Status} */ (this.builder.status).network;
    const [forms, old] = at === "head" ? [schema.heads, head] : [schema.layers, layers[Number(at)]];
    const [before, layer] = [old?.type ?? "", kind].map((name) => formOf(forms, name).label);
    this.builder.edit(
      { do: "become", at: at === "head" ? "head" : Number(at), kind },
      { said: fill(texts.said.become, { before, layer }) },
    );
  }

  /**
   * A field with another value; undefined: with its default.
   * @param {(string|number)[]} path
   * @param {any} value
   * @param {string} [typing]
   */
  set(path, value, typing) {
    const schema = /** @type {Schema} */ (this.builder.schema);
    const { network } = /** @type {Status} */ (this.builder.status);
    const { said: texts } = schema.words;
    const edit = value === undefined ? { do: "set", path } : { do: "set", path, value };
    const { shown } = this.builder.examples;
    const isOfOne = shown !== null && path[{ head: 2, layers: 3 }[path[0]] ?? 1] === shown;
    const what =
      path[0] === "input"
        ? fill(texts.input, {})
        : fill(texts.set, {
            layer: nameAt(schema, network, path),
            field: labelAt(schema, network, path),
          });
    const said = isOfOne ? fill(schema.words.at_example, { n: shown + 1, said: what }) : what;
    const { typed } = this.builder.view;
    const at = JSON.stringify(path);
    const taken = typed.get(at);
    const then = () => {
      if (typed.get(at) !== taken) return;
      typed.delete(at);
      this.builder.draw();
    };
    this.builder.edit(edit, { said, typing, then });
  }

  /**
   * A number, a pair or a list that is being typed.
   * @param {HTMLInputElement} target
   */
  typed(target) {
    const { at = "", kind } = target.dataset;
    const path = JSON.parse(at);
    const holder = /** @type {HTMLElement} */ (target.closest(".controls"));
    const fields = kind === "pair" ? [...holder.querySelectorAll("input")] : [target];
    const texts = fields.flatMap(({ value }) =>
      kind === "list" ? value.trim().split(/\s+/) : value.trim(),
    );
    const written = fields.map(({ value }) => value);
    this.builder.type(at, written);
    if (kind === "text") return this.set(path, target.value, at);
    if (texts.every((text) => text === "")) return this.set(path, undefined, at);
    const numbers = texts.map(parse);
    if (numbers.some((number) => !Number.isFinite(number))) {
      const { too_large, not_a_number } = this.builder.words;
      const isLarge = numbers.includes(Number.POSITIVE_INFINITY);
      this.builder.type(at, written, isLarge ? too_large : not_a_number);
      return this.builder.draw();
    }
    this.set(path, kind === "pair" || kind === "list" ? numbers : numbers[0], at);
  }

  /** @param {HTMLInputElement} target */
  resized(target) {
    const { words: texts } = /** @type {Schema} */ (this.builder.schema);
    const holder = /** @type {HTMLElement} */ (target.closest(".controls"));
    const shape = [...holder.querySelectorAll("input")].map(({ value }) => parse(value));
    const isWhole = shape.every((size) => Number.isInteger(size) && size > 0);
    this.builder.view.message = isWhole ? "" : texts.whole_number;
    if (!isWhole) return this.builder.draw();
    const said = fill(texts.said.resize, { layer: texts.input, size: sizeInWords(shape) });
    this.builder.edit(
      { do: "resize", path: this.builder.examples.inputPath, shape },
      { said, typing: "size" },
    );
  }
}
