// What the server says of the kinds of layers, their fields, and a network that is being built.

/**
 * @typedef {{kind: string, choices?: string[], minimum?: number, maximum?: number, axes?: string[],
 *   length?: number}} Control one way to give a field
 * @typedef {{name: string, label: string, controls: Control[], required: boolean, optional: boolean, of_example: boolean,
 *   default: any}} Field
 * @typedef {{type: string, label: string, group: string, fields: Field[]}} Form
 * @typedef {Record<string, any>} Words
 * @typedef {{layers: Form[], heads: Form[], rules: string[], digits: Record<string, number[][]>,
 *   digits_source: string, words: Words}} Schema
 * @typedef {{label: string, edit: Edit}} Cure
 * @typedef {{do: string, at?: number|"head", to?: number, kind?: string, path?: (string|number)[],
 *   value?: any, shape?: number[], count?: number}} Edit an edit of the structure, as the server takes it
 * @typedef {{network: any, shapes: (number[]|null)[], examples: number|null, fits: boolean,
 *   problems: {loc: (string|number)[], msg: string}[], cures: Cure[],
 *   changed: (string|number)[][]}} Status
 */

/**
 * The form of a kind; one without fields where it is not known.
 * @param {Form[]} forms
 * @param {string} kind
 * @returns {Form}
 */
export const formOf = (forms, kind) =>
  forms.find(({ type }) => type === kind) ?? { type: kind, label: kind, group: "", fields: [] };

/**
 * How a value of a field is given: the first control that could have given it.
 * @param {Control[]} controls
 * @param {any} value
 * @returns {Control}
 */
export function controlFor(controls, value) {
  const found = controls.find(({ choices, kind, length }) => {
    if (Array.isArray(value)) {
      if (kind === "pair") return value.length === 2;
      if (kind === "list") return length === undefined || value.length === length;
      return kind === "numbers";
    }
    if (typeof value === "string") return kind === "text" || choices?.includes(value);
    if (typeof value === "boolean") return kind === "flag";
    return ["whole", "number", "pair"].includes(kind);
  });
  return found ?? controls[0];
}

/**
 * Where a problem stands: the layer's number, «head» or «input», and the field if one is named.
 * @param {(string|number)[]} loc
 * @returns {{row: number|string, field: string}}
 */
export function placeOf([part, at, field]) {
  if (part === "layers" && typeof at === "number") return { row: at, field: String(field ?? "") };
  if (part === "head") return { row: "head", field: String(at ?? "") };
  return { row: String(part ?? ""), field: "" };
}
