// Below the field of an array: the block that was typed or pasted there, and buttons that fill it.

import { element } from "../shared/elements.js";
import { shapeOf, sizeInWords } from "../shared/numbers.js";
import { fill } from "../shared/texts.js";

/**
 * @import {Block} from "../editing/blocks.js"
 * @import {Words} from "./schema.js"
 *
 * @typedef {{at: string, said: string, array: any, read: string, fits: boolean, block?: Block,
 *   others: Block[]}} Note of a block for the array at a place: ``array``: what can be taken of it;
 *   ``read``: its numbers, written out; ``fits``: it waits to be taken; ``others``: other readings
 */

/**
 * Below an array: what was made of the block that was typed, and buttons that fill it.
 * @param {Words} texts
 * @param {Record<string, string>} words
 * @param {(string|number)[]} path
 * @param {Note|null} note
 * @param {string} label
 */
export function fillerOf(texts, words, path, note, label) {
  const at = JSON.stringify(path);
  return element(
    "div",
    { class: "filler" },
    element("p", { class: "found", role: "status", "data-key": "found" }, note?.said ?? ""),
    note && blockOf(texts, note, at, words),
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

/**
 * A block that waits: its numbers as they were read, and buttons that take or leave it.
 * @param {Words} texts
 * @param {Note} note
 * @param {string} at
 * @param {Record<string, string>} words
 */
function blockOf(texts, { array, fits, others, read }, at, words) {
  const take = fits ? words.block_take : fill(texts.take, { size: sizeInWords(shapeOf(array)) });
  const button = (
    /** @type {string} */ name,
    /** @type {any} */ value,
    /** @type {string} */ text,
  ) => element("button", { type: "button", [`data-${name}`]: value, "data-key": name }, text);
  return element(
    "div",
    { class: "block-read", "data-key": "read" },
    element("pre", { tabindex: 0, "aria-label": words.block_preview }, read),
    array && button("take", at, take),
    button("leave", at, words.block_leave),
    ...others.map(({ how, shape }, i) =>
      button("reading", i, fill(words.block_other, { how: how || sizeInWords(shape) })),
    ),
  );
}
