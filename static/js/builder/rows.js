// The list of layers: a row for the input, for each layer and for the head; one of them is open.

import { element } from "../shared/elements.js";
import { shapeOf, sizeInWords } from "../shared/numbers.js";
import { fill } from "../shared/texts.js";
import { fieldOf } from "./fields.js";
import { formOf, placeOf } from "./schema.js";

/**
 * @import {Cure, Form, Schema, Status} from "./schema.js"
 *
 * @typedef {number|"input"|"head"|null} Row a layer by its number; null: none
 * @typedef {{schema: Schema, status: Status, open: Row, rule: string, seed: number, kind: string,
 *   note: {at: string, said: string, array: any}|null, wrong: {at: string, said: string}|null,
 *   typed: {at: string, texts: string[]}|null,
 *   pads: Node[], message: string}} View what the panel shows; ``note``: of the block that was
 *   typed at a place, and what it holds; ``wrong``: of a text that is no number;
 *   ``typed``: what was typed at a place and is no value yet
 */

/**
 * Everything in the panel.
 * @param {View} view
 * @returns {HTMLElement}
 */
export function panelOf(view) {
  const { schema, status } = view;
  const { words: texts } = schema;
  const { layers } = status.network;
  return element(
    "div",
    { id: "layers" },
    element("p", { class: "hint" }, status.fits ? texts.hint : texts.unfit),
    element("p", { class: "message", role: "alert" }, view.message),
    element(
      "ol",
      { class: "layer-rows" },
      inputRow(view),
      ...layers.map((/** @type {any} */ layer, /** @type {number} */ at) =>
        layerRow(view, layer, at),
      ),
      headRow(view),
    ),
    adder(view),
    rule(view),
  );
}

/**
 * What a layer is called here.
 * @param {Schema} schema
 * @param {any} layer
 */
export const nameOf = ({ layers }, layer) => formOf(layers, layer?.type ?? "").label;

/**
 * @param {View} view
 * @param {Row} row
 * @param {string} name
 * @param {number[]|null} shape
 * @param {Node[]} inner what is shown of it while it is open
 */
function rowOf({ open, schema, status }, row, name, shape, inner) {
  const { words: texts } = schema;
  const isOpen = open === row;
  const problems = status.problems.filter(({ loc }) => placeOf(loc).row === row);
  const fields = isOpen ? inner.flatMap(fieldsIn) : [];
  const loose = problems.filter(({ loc }) => !fields.includes(placeOf(loc).field));
  const isFirst = status.problems.length > 0 && problems.includes(status.problems[0]);
  return element(
    "li",
    { "data-key": `row-${row}`, class: problems.length ? "misfit" : null },
    element(
      "button",
      {
        type: "button",
        class: "plain layer-row",
        "aria-expanded": String(isOpen),
        "data-row": JSON.stringify(row),
      },
      element("span", { class: "name" }, name),
      element("span", { class: "shape" }, shape ? sizeInWords(shape) : texts.unknown_shape),
    ),
    element(
      "div",
      { class: "notes" },
      ...loose.map(({ msg }) => element("p", { class: "wrong", role: "alert" }, msg)),
      loose.length && isFirst ? curesOf(status.cures) : null,
    ),
    isOpen && element("div", { class: "open", "data-key": "open" }, ...inner),
  );
}

/** @param {Node} node */
const fieldsIn = (node) =>
  node instanceof HTMLElement && node.matches(".build-field") ? [node.dataset.key ?? ""] : [];

/**
 * The nearest edits with which it fits, as buttons.
 * @param {Cure[]} cures
 */
function curesOf(cures) {
  if (!cures.length) return null;
  return element(
    "div",
    { class: "cures" },
    ...cures.map(({ edit, label }) =>
      element("button", { type: "button", "data-edit": JSON.stringify(edit) }, label),
    ),
  );
}

/**
 * The fields of a layer or head.
 * @param {View} view
 * @param {Form} form
 * @param {any} fields
 * @param {(string|number)[]} path
 * @returns {Node[]}
 */
function fieldsOf({ note, schema, status, typed, wrong }, form, fields, path) {
  const { words: texts } = schema;
  const { row } = placeOf(path);
  return form.fields.map((field) => {
    const own = [...path, field.name];
    const at = JSON.stringify(own);
    const value = fields?.[field.name];
    const problem = status.problems.find(({ loc }) => {
      const place = placeOf(loc);
      return place.row === row && place.field === field.name;
    });
    const isFirst = problem !== undefined && problem === status.problems[0];
    const isArray = Array.isArray(value) && field.controls.some(({ kind }) => kind === "numbers");
    return fieldOf(
      field,
      {
        path: own,
        value,
        texts: typed?.at === at ? typed.texts : null,
        wrong: (wrong?.at === at ? wrong.said : "") || (problem?.msg ?? ""),
        cures: isFirst ? curesOf(status.cures) : null,
        note: isArray ? fillerOf(texts, own, note?.at === at ? note : null, field.label) : null,
      },
      texts,
    );
  });
}

/**
 * Below an array: what was made of the block that was typed, and buttons that fill it.
 * @param {import("./schema.js").Words} texts
 * @param {(string|number)[]} path
 * @param {View["note"]} note
 * @param {string} label
 */
function fillerOf(texts, path, note, label) {
  const at = JSON.stringify(path);
  return element(
    "div",
    { class: "filler" },
    element(
      "p",
      { class: "found", role: "status" },
      note?.said ?? "",
      note?.array &&
        element(
          "button",
          { type: "button", "data-take": at },
          fill(texts.take, { size: sizeInWords(shapeOf(note.array)) }),
        ),
    ),
    element(
      "button",
      { type: "button", "data-edit": JSON.stringify({ do: "fill", path }), "data-label": label },
      texts.fill,
    ),
    element("button", { type: "button", "data-fill": at }, texts.fill_with),
    element("input", {
      type: "text",
      inputmode: "decimal",
      value: "0",
      class: "with",
      "data-with": at,
      "aria-label": texts.fill_number,
      "data-key": "with",
    }),
  );
}

/** @param {View} view */
function inputRow(view) {
  const { note, pads, schema, status, typed, wrong } = view;
  const { words: texts } = schema;
  const { input } = status.network;
  const shape = shapeOf(input);
  const names = shape.length === 3 ? [texts.channels, texts.rows, texts.columns] : [texts.numbers];
  const at = JSON.stringify(["input"]);
  const field = {
    name: "input",
    label: texts.numbers,
    controls: [{ kind: "numbers" }],
    required: true,
    optional: false,
    default: null,
  };
  const shown = {
    path: ["input"],
    value: input,
    texts: typed?.at === at ? typed.texts : null,
    wrong: wrong?.at === at ? wrong.said : "",
    cures: null,
    note: fillerOf(texts, ["input"], note?.at === at ? note : null, texts.input),
  };
  const size = element(
    "div",
    { class: "build-field", "data-key": "size" },
    element("span", { class: "label" }, texts.size),
    element(
      "span",
      { class: "controls" },
      ...names.map((name, i) =>
        element("input", {
          type: "text",
          inputmode: "numeric",
          autocomplete: "off",
          value: shape[i],
          "aria-label": name,
          "data-size": i,
          "data-key": `size-${i}`,
        }),
      ),
    ),
  );
  return rowOf(view, "input", texts.input, shape, [fieldOf(field, shown, texts), size, ...pads]);
}

/**
 * @param {View} view
 * @param {any} layer
 * @param {number} at
 */
function layerRow(view, layer, at) {
  const { open, schema, status } = view;
  const { words: texts, layers } = schema;
  const name = nameOf(schema, layer);
  const count = status.network.layers.length;
  const tool = (
    /** @type {string} */ does,
    /** @type {string} */ sign,
    /** @type {boolean} */ can,
  ) =>
    element(
      "button",
      {
        type: "button",
        "data-layer-do": does,
        "aria-label": fill(texts[does], { layer: name }),
        "aria-disabled": can ? null : "true",
      },
      sign,
    );
  const inner =
    open === at
      ? [
          kindSelect(layers, layer?.type, at, texts.kind),
          ...fieldsOf(view, formOf(layers, layer?.type ?? ""), layer, ["layers", at]),
          element(
            "div",
            { class: "layer-tools", title: texts.keyboard },
            tool("up", "↑", at > 0),
            tool("down", "↓", at < count - 1),
            tool("duplicate", "×2", true),
            tool("remove", "✕", count > 1),
          ),
        ]
      : [];
  return rowOf(view, at, name, status.shapes[at + 1] ?? null, inner);
}

/** @param {View} view */
function headRow(view) {
  const { open, schema, status } = view;
  const { heads, words: texts } = schema;
  const { head } = status.network;
  const form = formOf(heads, head?.type ?? "");
  const inner =
    open === "head"
      ? [kindSelect(heads, head?.type, "head", texts.kind), ...fieldsOf(view, form, head, ["head"])]
      : [];
  return rowOf(view, "head", form.label, status.shapes.at(-1) ?? null, inner);
}

/**
 * @param {Form[]} forms
 * @param {string} chosen
 * @param {number|"head"} at
 * @param {string} label
 */
function kindSelect(forms, chosen, at, label) {
  return element(
    "div",
    { class: "build-field", "data-key": "type" },
    element("label", { for: `build-kind-${at}` }, label),
    element(
      "span",
      { class: "controls" },
      element("select", { id: `build-kind-${at}`, "data-become": at }, ...grouped(forms, chosen)),
    ),
  );
}

/**
 * @param {Form[]} forms
 * @param {string} chosen
 * @returns {Node[]}
 */
function grouped(forms, chosen) {
  const options = (/** @type {Form[]} */ some) =>
    some.map(({ label, type }) =>
      element("option", { value: type, selected: type === chosen }, label),
    );
  const groups = [...new Set(forms.map(({ group }) => group))];
  return groups.flatMap((group) => {
    const some = forms.filter((form) => form.group === group);
    return group ? [element("optgroup", { label: group }, ...options(some))] : options(some);
  });
}

/** @param {View} view */
function adder({ kind, open, schema, status }) {
  const { layers, words: texts } = schema;
  const label =
    typeof open === "number"
      ? fill(texts.add_after, { layer: nameOf(schema, status.network.layers[open]) })
      : texts.add_end;
  return element(
    "div",
    { class: "adder" },
    element("label", { for: "build-add-kind" }, label),
    element(
      "span",
      { class: "controls" },
      element("select", { id: "build-add-kind" }, ...grouped(layers, kind)),
      element("button", { type: "button", id: "build-add", class: "go" }, texts.add),
    ),
  );
}

/** @param {View} view */
function rule({ rule: chosen, schema, seed }) {
  const { rules, words: texts } = schema;
  return element(
    "div",
    { class: "new-numbers" },
    element("label", { for: "build-rule" }, texts.rule),
    element(
      "span",
      { class: "controls" },
      element(
        "select",
        { id: "build-rule" },
        ...rules.map((name) =>
          element("option", { value: name, selected: name === chosen }, texts.rules[name]),
        ),
      ),
      element("label", { for: "build-seed" }, texts.seed),
      element("input", { id: "build-seed", type: "text", inputmode: "numeric", value: seed }),
      element("button", { type: "button", id: "build-roll" }, texts.roll),
    ),
  );
}
