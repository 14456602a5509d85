// Formats numbers as people write them. app/text/numbers.py does the same in Python; both are
// tested with the cases of tests/figures.json and tests/formats.json.

import { NotANumber, readNumber } from "./typed.js";

export const MINUS = "\u2212";
const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/**
 * Integers below 10⁶ in full, other numbers with ``digits`` significant digits; never −0. Numbers
 * from 10⁶ on and below 10⁻⁴ are written with a power of ten.
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
 * A figure of at most ``room`` characters: a long one loses its leading zero first and then digits;
 * thousands are then counted («2k»); if nothing fits, it is an ellipsis.
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
  const size = Math.abs(x);
  for (const digits of size >= 1000 && size < 999_500 ? [3, 2, 1] : []) {
    const text = `${figure(x / 1000, digits)}k`;
    if (text.length <= room) return text;
  }
  return "…";
}

/**
 * A product; a negative second factor gets brackets.
 * @param {number} upstream
 * @param {number} factor
 */
export function times(upstream, factor) {
  const second = factor < 0 ? `(${figure(factor)})` : figure(factor);
  return `${figure(upstream)} × ${second}`;
}

/**
 * All digits with a minus sign, for fields and for the exact number on hover.
 * @param {number} x
 */
export const written = (x) => String(x).replace(/-/g, MINUS);

/**
 * The number that a person typed; NaN if it is no number, ∞ if it is too large.
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
