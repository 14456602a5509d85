// Numbers as people write them. Python formats alike (app/text/numbers.py): tests/figures.json
// and tests/formats.json hold both to the same cases.

import { NotANumber, readNumber } from "./typed.js";

export const MINUS = "\u2212";
const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/**
 * Integers below 10⁶ in full, otherwise so many significant digits; never −0. Powers of ten are
 * for sizes from 10⁶ on, and below 10⁻⁴.
 * @param {number} x
 * @param {number} [digits]
 * @returns {string}
 */
export function figure(x, digits = 4) {
  if (x === 0) return "0";
  const sign = x < 0 ? MINUS : "";
  const size = Math.abs(x);
  if (size < 1e6 && Number.isInteger(size)) return sign + size;
  const [mantissa, exponent] = size.toExponential(digits - 1).split("e");
  const power = Number(exponent);
  if (power >= -4 && power < 6) return sign + Number(`${mantissa}e${exponent}`);
  const raised = [...String(power)]
    .map((digit) => (digit === "-" ? "⁻" : SUPERSCRIPTS[Number(digit)]))
    .join("");
  return `${sign}${Number(mantissa)}×10${raised}`;
}

/**
 * A figure for a cell with room for so many characters: what does not fit loses its leading zero
 * first, and then digits; where nothing fits, there is an ellipsis.
 * @param {number} x
 * @param {number} room
 * @returns {string}
 */
export function short(x, room) {
  for (const digits of [4, 3, 2, 1]) {
    const text = figure(x, digits);
    if (text.length <= room) return text;
    const bare = Math.abs(x) < 1 ? text.replace("0.", ".") : text;
    if (bare.length <= room) return bare;
  }
  return "…";
}

/**
 * A product: a negative second factor stands in brackets.
 * @param {number} upstream
 * @param {number} factor
 */
export function times(upstream, factor) {
  const second = factor < 0 ? `(${figure(factor)})` : figure(factor);
  return `${figure(upstream)} × ${second}`;
}

/**
 * All digits, with a true minus: for fields, and to be exact on hover.
 * @param {number} x
 */
export const written = (x) => String(x).replace(/-/g, MINUS);

/**
 * What a person typed, as a number; NaN if it is none, ∞ if it is too large.
 * @param {string} text
 */
export function parse(text) {
  try {
    return readNumber(text);
  } catch (error) {
    const isLarge = error instanceof NotANumber && error.code === "large";
    return isLarge ? Number.POSITIVE_INFINITY : Number.NaN;
  }
}
