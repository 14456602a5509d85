// Places in a document: what stands there, and what it is called.

import { formOf } from "./schema.js";

/**
 * @import {Form, Schema} from "./schema.js"
 *
 * @typedef {(string|number)[]} Path
 */

/**
 * @param {any} network
 * @param {Path} path
 */
export const valueAt = (network, path) => path.reduce((branch, step) => branch?.[step], network);

/**
 * The name of the layer or head that a path leads into, or of the input.
 * @param {Schema} schema
 * @param {any} network
 * @param {Path} path
 * @returns {string}
 */
export function nameAt(schema, network, path) {
  const { words: texts } = schema;
  return path[0] === "input" ? texts.input : formAt(schema, network, path).label;
}

/**
 * The name of a field.
 * @param {Schema} schema
 * @param {any} network
 * @param {Path} path
 * @returns {string}
 */
export function labelAt(schema, network, path) {
  const { words: texts } = schema;
  const { fields } = formAt(schema, network, path);
  const name = path[path[0] === "head" ? 1 : 2];
  return fields.find((field) => field.name === name)?.label ?? texts.numbers;
}

/**
 * @param {Schema} schema
 * @param {any} network
 * @param {Path} path
 * @returns {Form}
 */
function formAt(schema, { head, layers }, [part, at]) {
  return part === "head"
    ? formOf(schema.heads, head?.type ?? "")
    : formOf(schema.layers, layers[Number(at)]?.type ?? "");
}
