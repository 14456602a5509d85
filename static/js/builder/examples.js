// The examples of a batch in the builder: how many there are, and which one its fields show.

import { element } from "../shared/elements.js";
import { parse } from "../shared/figures.js";
import { shapeOf } from "../shared/numbers.js";
import { fill } from "../shared/texts.js";
import { valueAt } from "./places.js";
import { formOf } from "./schema.js";

/**
 * @import {Builder} from "./builder.js"
 * @import {View} from "./rows.js"
 * @import {Edit, Field, Schema, Status, Words} from "./schema.js"
 */

/** Where the number of examples stands, as a place that is typed at. */
export const COUNT = "examples";

export class Examples {
  /** @param {Builder} builder */
  constructor(builder) {
    this.builder = builder;
  }

  get #count() {
    return this.builder.status?.examples ?? null;
  }

  /** The example that is shown; null: it is no batch. */
  get shown() {
    return this.#count === null ? null : Math.min(this.builder.editing.example, this.#count - 1);
  }

  /** Where the input of the shown example stands. */
  get inputPath() {
    return this.shown === null ? ["input"] : ["input", this.shown];
  }

  /** The input of the shown example. */
  get input() {
    const { network } = /** @type {Status} */ (this.builder.status);
    return inputOf(network, this.shown);
  }

  /** @param {HTMLElement} target a button */
  press({ dataset: { exampleAt, exampleDo, exampleStep } }) {
    const { editing } = this.builder;
    const at = this.shown ?? 0;
    if (exampleAt) editing.showExample(Number(exampleAt));
    else if (exampleStep) editing.showExample(at + Number(exampleStep));
    else if (exampleDo === "duplicate")
      this.#edit({ do: "duplicate_example", at }, "added", at + 1, at + 2);
    else this.#edit({ do: "remove_example", at }, "removed", Math.max(0, at - 1), at + 1);
  }

  /**
   * Each example gets its own value of a field, or all get that of the shown one.
   * @param {(string|number)[]} path
   * @param {boolean} isOwn
   */
  share(path, isOwn) {
    const { network } = /** @type {Status} */ (this.builder.status);
    const value = valueAt(network, path);
    const shared = isOwn ? Array(this.#count ?? 1).fill(value) : value[this.shown ?? 0];
    this.builder.values.set(path, shared);
  }

  /** @param {HTMLInputElement} target the field with the number of examples */
  counted({ value }) {
    const { view, schema } = this.builder;
    const { words: texts } = /** @type {Schema} */ (schema);
    const count = parse(value);
    const isWhole = Number.isInteger(count) && count > 0;
    if (!isWhole) {
      this.builder.type(COUNT, [value], texts.whole_number);
      return this.builder.draw();
    }
    view.typed.delete(COUNT);
    this.#edit({ do: "examples", count }, "counted", this.shown ?? 0, count);
  }

  /**
   * @param {Edit} edit
   * @param {string} what it does, the name of its text
   * @param {number} shown the example that is shown then
   * @param {number} n how many examples its text tells of, or the number of the one
   */
  #edit(edit, what, shown, n) {
    const { builder } = this;
    const { words: texts } = /** @type {Schema} */ (builder.schema);
    const said = fill(texts.said_of_examples[what], { n });
    const then = () => this.#focus();
    builder.edit(edit, { said, example: shown, then });
  }

  /** The button that had the focus may be gone. */
  #focus() {
    const { panel } = this.builder;
    if (document.activeElement === document.body)
      /** @type {HTMLElement|null} */ (panel.querySelector("[data-examples]"))?.focus();
  }
}

/**
 * The input of one example.
 * @param {any} network
 * @param {number|null} example
 */
export const inputOf = ({ input }, example) => (example === null ? input : input[example]);

/**
 * Whether each example of a batch has its own value of a field: an entry of an array.
 * @param {Field} field
 * @param {(string|number)[]} path of its layer or the head
 * @param {any} value
 * @param {Status} status
 */
export function hasOwn({ of_example }, [part, at], value, { examples, shapes }) {
  const one = part === "layers" ? shapes[Number(at)] : [];
  return of_example && examples !== null && !!one && shapeOf(value).length > one.length;
}

/**
 * The path of a field: of what each example has its own, that of the shown example.
 * @param {(string|number)[]} path
 * @param {Field} field
 * @param {any} value
 * @param {number|null} example
 * @param {Status} status
 */
export function pathOf(path, field, value, example, status) {
  const isOwn = example !== null && hasOwn(field, path, value, status);
  return isOwn ? [...path, field.name, example] : [...path, field.name];
}

/**
 * The example that a problem is about; null: all, or it is no batch.
 * @param {(string|number)[]} loc
 * @param {Schema} schema
 * @param {Status} status
 * @returns {number|null}
 */
export function exampleOf(loc, schema, status) {
  const { network } = status;
  if (status.examples === null) return null;
  if (loc[0] === "input") return typeof loc[1] === "number" ? loc[1] : null;
  const path = loc.slice(0, loc[0] === "layers" ? 2 : 1);
  const [name, entry] = loc.slice(path.length);
  const fields = valueAt(network, path);
  const forms = loc[0] === "layers" ? schema.layers : schema.heads;
  const field = formOf(forms, fields?.type ?? "").fields.find((each) => each.name === name);
  const isOwn = field && hasOwn(field, path, fields[field.name], status);
  return isOwn && typeof entry === "number" ? entry : null;
}

/**
 * Whether all examples share the value of a layer's field, or each has its own; null where only
 * one way is possible.
 * @param {View} view
 * @param {Field} field
 * @param {(string|number)[]} path of its layer
 * @param {any} value
 */
export function sharingOf({ schema, status }, field, path, value) {
  if (!field.of_example || status.examples === null || path[0] !== "layers") return null;
  return element(
    "label",
    { class: "switch", "data-key": "own" },
    element("input", {
      type: "checkbox",
      checked: hasOwn(field, path, value, status),
      "data-own": JSON.stringify([...path, field.name]),
    }),
    ` ${schema.words.own}`,
  );
}

/**
 * How many examples the input has, and buttons for the shown one.
 * @param {View} view
 */
export function countOf({ example, schema, status, typed }) {
  const { words: texts } = schema;
  const count = status.examples ?? 1;
  const { texts: counted, wrong } = typed.get(COUNT) ?? { texts: null, wrong: "" };
  const hint = example === null ? null : "build-examples-hint";
  const describing = wrong ? "build-examples-wrong" : hint;
  return element(
    "div",
    { class: "build-field", "data-key": "examples" },
    element("label", { for: "build-examples" }, texts.examples),
    element(
      "span",
      { class: "controls" },
      element("input", {
        id: "build-examples",
        type: "text",
        inputmode: "numeric",
        autocomplete: "off",
        value: counted?.[0] ?? count,
        "aria-invalid": wrong ? "true" : null,
        "aria-describedby": describing,
        "data-examples": "",
        "data-key": "count",
      }),
      doer(texts, "duplicate", "×2"),
      count > 1 && doer(texts, "remove", "✕"),
    ),
    element(
      "div",
      { class: "notes" },
      wrong && element("p", { class: "wrong", id: "build-examples-wrong", role: "alert" }, wrong),
      example !== null &&
        element("p", { class: "hint", id: "build-examples-hint" }, texts.several_examples),
    ),
  );
}

/**
 * @param {Words} texts
 * @param {string} does
 * @param {string} sign
 */
const doer = (texts, does, sign) =>
  element(
    "button",
    {
      type: "button",
      "aria-label": texts[`${does}_example`],
      title: texts[`${does}_example`],
      "data-example-do": does,
      "data-key": does,
    },
    sign,
  );

/**
 * The way to the other examples; null where there is one.
 * @param {View} view
 */
export function stepperOf({ example, schema, status }) {
  if (example === null || status.examples === null) return null;
  const { words: texts } = schema;
  const step = (
    /** @type {number} */ by,
    /** @type {string} */ label,
    /** @type {string} */ sign,
    /** @type {boolean} */ can,
  ) =>
    element(
      "button",
      {
        type: "button",
        "aria-label": label,
        "aria-disabled": can ? null : "true",
        "data-example-step": by,
        "data-key": `step${by}`,
      },
      sign,
    );
  return element(
    "div",
    { class: "example-steps", "data-key": "example" },
    step(-1, texts.previous_example, "‹", example > 0),
    element("b", {}, fill(texts.example, { at: example + 1, of: status.examples })),
    step(1, texts.next_example, "›", example < status.examples - 1),
  );
}
