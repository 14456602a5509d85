// The pad: a channel of the input to draw on, with mouse, finger or keys; and real digits.

import { element } from "../shared/elements.js";
import { figure, parse } from "../shared/figures.js";
import { shapeOf } from "../shared/numbers.js";
import { fill } from "../shared/texts.js";

/** Cells of a channel that are still wide enough to be drawn on. */
const MOST = 1024;

/**
 * @typedef {{channel: number, row: number, column: number}} Dot a cell of the input
 * @typedef {{dot: Dot, pen: string}} Pen where the keys are, and what is drawn, as it was typed
 */

/**
 * @param {any} input
 * @param {Pen} pen
 * @param {import("./schema.js").Schema} schema
 * @returns {HTMLElement|null} null: such an input is not drawn
 */
export function padOf(input, { dot, pen }, { digits, digits_source, words: texts }) {
  const [channels, rows, columns] = shapeOf(input);
  if (columns === undefined) return null;
  const at = within(dot, input);
  const most = Math.max(...input[at.channel].flat().map(Math.abs)) || 1;
  const cell = (
    /** @type {number} */ value,
    /** @type {number} */ row,
    /** @type {number} */ column,
  ) =>
    element("button", {
      type: "button",
      class: "dot",
      "data-dot": `${row},${column}`,
      tabindex: row === at.row && column === at.column ? 0 : -1,
      style: `--share: ${Math.round((100 * Math.abs(value)) / most)}%`,
      "aria-label": fill(texts.dot, { row, column, value: figure(value) }),
    });
  const number = (/** @type {string} */ name, /** @type {string|number} */ value) =>
    element(
      "label",
      {},
      `${texts[name]} `,
      element("input", { type: "text", inputmode: "decimal", value, "data-pad": name }),
    );
  return element(
    "div",
    { class: "drawing", "data-key": "drawing" },
    rows * columns <= MOST &&
      element(
        "div",
        {},
        element(
          "div",
          { class: "controls" },
          element("span", { class: "label" }, texts.draw),
          number("pen", pen),
          channels > 1 && number("channel", at.channel),
        ),
        element(
          "div",
          { class: "pad", role: "group", "aria-label": texts.pad, style: `--columns: ${columns}` },
          ...input[at.channel].flatMap((/** @type {number[]} */ line, /** @type {number} */ row) =>
            line.map((value, column) => cell(value, row, column)),
          ),
        ),
        element("p", { class: "hint" }, texts.pad_keys),
      ),
    element(
      "div",
      { class: "digits", title: digits_source },
      element("span", { class: "label" }, texts.digits),
      ...Object.keys(digits).map((digit) =>
        element(
          "button",
          { type: "button", "data-digit": digit, "aria-label": fill(texts.digit, { digit }) },
          digit,
        ),
      ),
    ),
  );
}

/**
 * The cell nearest to one that the input may no longer have.
 * @param {Dot} dot
 * @param {any} input
 * @returns {Dot}
 */
export function within({ channel, row, column }, input) {
  const sizes = shapeOf(input);
  const [c, r, k] = [channel, row, column].map((at, axis) =>
    Math.min(Math.max(at, 0), sizes[axis] - 1),
  );
  return { channel: c, row: r, column: k };
}

/**
 * Where an arrow key leads; null: it is none.
 * @param {Dot} dot
 * @param {string} key
 * @param {any} input
 * @returns {Dot|null}
 */
export function moved(dot, key, input) {
  const way = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[key];
  if (!way) return null;
  return within({ ...dot, row: dot.row + way[0], column: dot.column + way[1] }, input);
}

/**
 * What a stroke draws that begins at a cell: the pen’s number, or 0 where that is there already.
 * @param {number} there
 * @param {string} pen
 * @returns {number} NaN: the pen holds no number
 */
export function inkFor(there, pen) {
  const number = parse(pen);
  if (!Number.isFinite(number)) return Number.NaN;
  return there === number ? 0 : number;
}
