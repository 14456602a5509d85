// The list of layers: a row for the input, for each layer and for the head; one of them is open.

import { element } from "../shared/elements.js";
import { shapeOf, sizeInWords } from "../shared/numbers.js";
import { fill } from "../shared/texts.js";
import { countOf, hasOwn, inputOf, pathOf, sharingOf, stepperOf } from "./examples.js";
import { fieldOf } from "./fields.js";
import { fillerOf } from "./filler.js";
import { valueAt } from "./places.js";
import { curesOf, elsewhere, looseOf } from "./problems.js";
import { formOf, placeOf } from "./schema.js";

/**
 * @import {Note} from "./filler.js"
 * @import {Form, Schema, Status} from "./schema.js"
 *
 * @typedef {number|"input"|"head"|null} Row a layer by its number; null: none
 * @typedef {{schema: Schema, status: Status, open: Row, rule: string, seed: number, kind: string, example: number|null,
 *   note: Note|null, words: Record<string, string>,
 *   typed: Map<string, {texts: string[]|null, wrong: string}>, drag: {at: number, to: number}|null,
 *   pads: Node[], message: string}} View what the panel shows; ``example``: the one of a
 *   batch whose numbers are shown, null: it is no batch; ``note``: of the block that was typed at a
 *   place, and what it holds; ``typed``: what was typed at a place and is no value yet, and why it
 *   cannot be taken; ``drag``: the layer that is dragged, and its place if it lands now
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
function rowOf({ drag, example, open, schema, status }, row, name, shape, inner) {
  const { words: texts } = schema;
  const isOpen = open === row;
  const isLayer = typeof row === "number";
  const problems = status.problems.filter(({ loc }) => placeOf(loc).row === row);
  const fields = isOpen ? inner.flatMap(fieldsIn) : [];
  const loose = problems
    .map(({ loc, msg }) => ({ loc, msg, other: elsewhere(loc, schema, status, example) }))
    .filter(({ loc, other }) => other !== null || !fields.includes(placeOf(loc).field));
  const isFirst = status.problems.length > 0 && problems.includes(status.problems[0]);
  return element(
    "li",
    {
      "data-key": `row-${row}`,
      class: classesOf(problems.length > 0, drag, row),
    },
    isLayer &&
      element(
        "span",
        {
          class: "grip",
          "data-grip": row,
          "data-key": "grip",
          title: texts.drag,
          "aria-hidden": "true",
        },
        "⠿",
      ),
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
      ...loose.flatMap(({ msg, other }) => looseOf(texts, msg, other)),
      loose.length && isFirst ? curesOf(status.cures) : null,
    ),
    isOpen && element("div", { class: "open", "data-key": "open" }, ...inner),
  );
}

/**
 * How a row looks: with what does not fit; lifted, or with a line where a dragged layer would land.
 * @param {boolean} isMisfit
 * @param {View["drag"]} drag
 * @param {Row} row
 */
function classesOf(isMisfit, drag, row) {
  const classes = isMisfit ? ["misfit"] : [];
  if (typeof row === "number") classes.push("of-layer");
  if (drag?.at === row) classes.push("lifted");
  else if (drag?.to === row) classes.push(drag.to < drag.at ? "lands-above" : "lands-below");
  return classes.join(" ") || null;
}

/** @param {Node} node */
const fieldsIn = (node) =>
  node instanceof HTMLElement && node.matches(".build-field") ? [node.dataset.key ?? ""] : [];

/**
 * The fields of a layer or head.
 * @param {View} view
 * @param {Form} form
 * @param {any} fields
 * @param {(string|number)[]} path
 * @returns {Node[]}
 */
function fieldsOf(view, form, fields, path) {
  const { example, note, schema, status, typed, words } = view;
  const { words: texts } = schema;
  const { row } = placeOf(path);
  return form.fields.map((field) => {
    const own = pathOf(path, field, fields?.[field.name], example, status);
    const at = JSON.stringify(own);
    const value = valueAt(status.network, own);
    const problem = status.problems.find(({ loc }) => {
      const place = placeOf(loc);
      const isHere = elsewhere(loc, schema, status, example) === null;
      return isHere && place.row === row && place.field === field.name;
    });
    const isFirst = problem !== undefined && problem === status.problems[0];
    const isArray = Array.isArray(value) && field.controls.some(({ kind }) => kind === "numbers");
    const sharing = sharingOf(view, field, path, fields?.[field.name]);
    const shown = fieldOf(
      field,
      {
        path: own,
        value,
        texts: typed.get(at)?.texts ?? null,
        wrong: typed.get(at)?.wrong || (problem?.msg ?? ""),
        cures: isFirst ? curesOf(status.cures) : null,
        note: isArray
          ? fillerOf(texts, words, own, note?.at === at ? note : null, field.label)
          : null,
      },
      texts,
    );
    if (sharing) shown.append(sharing);
    return shown;
  });
}

/** @param {View} view */
function inputRow(view) {
  const { example, note, pads, schema, status, typed, words } = view;
  const { words: texts } = schema;
  const input = inputOf(status.network, example);
  const shape = shapeOf(input);
  const path = example === null ? ["input"] : ["input", example];
  const names = {
    2: [texts.channels, texts.positions],
    3: [texts.channels, texts.rows, texts.columns],
  }[shape.length] ?? [texts.numbers];
  const at = JSON.stringify(path);
  const field = {
    name: "input",
    label: texts.numbers,
    controls: [{ kind: "numbers" }],
    required: true,
    optional: false,
    of_example: false,
    default: null,
  };
  const shown = {
    path,
    value: input,
    texts: typed.get(at)?.texts ?? null,
    wrong: typed.get(at)?.wrong ?? "",
    cures: null,
    note: fillerOf(texts, words, path, note?.at === at ? note : null, texts.input),
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
  const name = status.examples === null ? texts.input : fill(texts.inputs, { n: status.examples });
  const steps = stepperOf(view);
  return rowOf(view, "input", name, shape, [
    ...(steps ? [steps] : []),
    fieldOf(field, shown, texts),
    size,
    countOf(view),
    ...pads,
  ]);
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
  const form = formOf(layers, layer?.type ?? "");
  const isOwn = form.fields.some((field) =>
    hasOwn(field, ["layers", at], layer?.[field.name], status),
  );
  const steps = isOwn ? stepperOf(view) : null;
  const inner =
    open === at
      ? [
          kindSelect(layers, layer?.type, at, texts.kind),
          ...(steps ? [steps] : []),
          ...fieldsOf(view, form, layer, ["layers", at]),
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
  const steps = stepperOf(view);
  const inner =
    open === "head"
      ? [
          kindSelect(heads, head?.type, "head", texts.kind),
          ...(steps ? [steps] : []),
          ...fieldsOf(view, form, head, ["head"]),
        ]
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
