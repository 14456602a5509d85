// The fields of one layer or head: a control for each, as the schema describes them.

import { element } from "../shared/elements.js";
import { written } from "../shared/figures.js";
import { shapeOf, sizeInWords, textOf } from "../shared/numbers.js";
import { controlFor } from "./schema.js";

/**
 * @import {Control, Field, Words} from "./schema.js"
 *
 * @typedef {{path: (string|number)[], value: any, texts: string[]|null, wrong: string,
 *   cures: Node|null, note: Node|null}} Shown where a field stands, what it holds, what is typed in it
 *   instead, and what is said of it
 */

/**
 * @param {Field} field
 * @param {Shown} shown
 * @param {Words} texts
 * @returns {HTMLElement}
 */
export function fieldOf(field, shown, texts) {
  const { path, value, wrong } = shown;
  const at = JSON.stringify(path);
  const id = `build-${path.join("-")}`;
  const isThere = value !== null && value !== undefined;
  const control = controlFor(field.controls, isThere ? value : field.default);
  const about = {
    "aria-invalid": wrong ? "true" : null,
    "aria-describedby": wrong ? `${id}-wrong` : null,
  };
  /** @type {Node[]} */
  const inner = [];
  const isArray = control.kind === "numbers";
  const isPair = control.kind === "pair" && !hasWays(field);
  const switches = field.optional && isArray;
  if (switches)
    inner.push(
      element(
        "label",
        { class: "switch" },
        element("input", { type: "checkbox", checked: isThere, "data-has": at, "data-key": "has" }),
        ` ${field.label}`,
      ),
    );
  if (!switches || isThere) {
    const name = switches ? { "aria-label": field.label } : { id };
    inner.push(...controlsOf(field, control, value, { ...name, ...about, "data-at": at }, texts));
  }
  if (shown.texts) retype(inner, shown.texts);
  const label = switches ? null : element("label", { for: isPair ? `${id}-0` : id }, field.label);
  return element(
    "div",
    { class: isArray ? "build-field array" : "build-field", "data-key": field.name },
    label,
    element("span", { class: "controls" }, ...inner),
    element(
      "div",
      { class: "notes" },
      wrong && element("p", { class: "wrong", id: `${id}-wrong`, role: "alert" }, wrong),
      shown.cures,
      shown.note,
    ),
  );
}

/**
 * Puts what was typed into the fields in which it was typed.
 * @param {Node[]} nodes
 * @param {string[]} texts
 */
function retype(nodes, texts) {
  const fields = /** @type {Element[]} */ (
    nodes.filter(
      (node) => node instanceof Element && node.matches("textarea[data-at], input[data-at]"),
    )
  );
  fields.forEach((field, i) => {
    if (field instanceof HTMLTextAreaElement) field.textContent = texts[i];
    /** @type {Element} */ else field.setAttribute("value", texts[i] ?? "");
  });
}

/**
 * Whether it can be given in several ways: «same», or as numbers.
 * @param {Field} field
 */
const hasWays = ({ controls }) => controls.filter(({ kind }) => kind !== "numbers").length > 1;

/**
 * @param {Field} field
 * @param {Control} control
 * @param {any} value
 * @param {Record<string, any>} attributes
 * @param {Words} texts
 * @returns {Node[]}
 */
function controlsOf(field, control, value, attributes, texts) {
  const { id } = attributes;
  const choices = field.controls.flatMap((each) => each.choices ?? []);
  const some = { ...attributes, "data-kind": control.kind, "data-key": control.kind };
  const now = value ?? field.default;
  if (hasWays(field))
    return [
      waySelect(field, control, now, attributes, texts),
      ...(control.kind === "choice"
        ? []
        : inputsOf(control, now, { ...some, id: `${id}-own` }, field, texts)),
    ];
  switch (control.kind) {
    case "flag":
      return [element("input", { ...some, type: "checkbox", checked: Boolean(now) })];
    case "choice":
      return [
        element(
          "select",
          some,
          ...choices.map((choice) =>
            element(
              "option",
              { value: JSON.stringify(choice), selected: choice === now },
              texts.options[choice] ?? choice,
            ),
          ),
        ),
      ];
    default:
      return inputsOf(control, now, some, field, texts);
  }
}

/**
 * Of a field that can be given in several ways: which.
 * @param {Field} field
 * @param {Control} control
 * @param {any} value
 * @param {Record<string, any>} attributes
 * @param {Words} texts
 */
function waySelect(field, control, value, attributes, texts) {
  const names = /** @type {Record<string, string>} */ ({
    pair: texts.each_way,
    list: texts.each_side,
  });
  /** @type {{set: any, name: string, chosen: boolean}[]} */
  const options = field.controls.flatMap(({ choices, kind, length }) => {
    if (choices)
      return choices.map((name) => ({
        set: /** @type {any} */ (name),
        name,
        chosen: name === value,
      }));
    /** @type {any} */
    const set = Array(kind === "pair" ? 2 : (length ?? 1)).fill(0);
    return [{ set, name: names[kind] ?? kind, chosen: kind === control.kind }];
  });
  return element(
    "select",
    { ...attributes, "data-kind": "way", "data-key": "way" },
    ...options.map(({ set, name, chosen }) =>
      element("option", { value: JSON.stringify(set), selected: chosen }, name),
    ),
  );
}

/**
 * @param {Control} control
 * @param {any} value
 * @param {Record<string, any>} attributes
 * @param {Field} field
 * @param {Words} texts
 * @returns {Node[]}
 */
function inputsOf(control, value, attributes, field, texts) {
  const { id } = attributes;
  const number = { ...attributes, type: "text", inputmode: "decimal", autocomplete: "off" };
  switch (control.kind) {
    case "pair": {
      const pair = Array.isArray(value) ? value : [value, value];
      return pair.map((part, i) =>
        element("input", {
          ...number,
          id: id.endsWith("-own") ? null : `${id}-${i}`,
          "data-key": `pair${i}`,
          "data-part": i,
          "aria-label": `${field.label}: ${i ? texts.columns : texts.rows}`,
          value: part === null || part === undefined ? "" : written(part),
        }),
      );
    }
    case "numbers": {
      const rows = textOf(value);
      return [
        element(
          "textarea",
          {
            ...attributes,
            rows: Math.min(6, Math.max(1, rows.split("\n").length)),
            spellcheck: "false",
            autocomplete: "off",
          },
          rows,
        ),
        element("span", { class: "size" }, sizeInWords(shapeOf(value))),
      ];
    }
    case "list":
      return [element("input", { ...number, value: (value ?? []).map(written).join(" ") })];
    case "json":
      return [
        element("input", { ...number, value: value === undefined ? "" : JSON.stringify(value) }),
      ];
    default:
      return [
        element("input", {
          ...number,
          value: value === null || value === undefined ? "" : written(value),
        }),
      ];
  }
}
