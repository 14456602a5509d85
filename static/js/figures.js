// Numbers as people write them. Python formats alike (app/figures.py); tests/figures.json holds
// both to the same cases.

export const MINUS = "\u2212";
const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/**
 * Integers below 10⁶ in full, otherwise four significant digits; never −0.
 * @param {number} x
 * @returns {string}
 */
export function figure(x) {
  if (x === 0) return "0";
  const sign = x < 0 ? MINUS : "";
  const size = Math.abs(x);
  if (size < 1e6 && Number.isInteger(size)) return sign + size;
  const [digits, exponent] = size.toExponential(3).split("e");
  const power = Number(exponent);
  if (power >= -4 && power < 4) return sign + Number(`${digits}e${exponent}`);
  const raised = [...String(power)]
    .map((digit) => (digit === "-" ? "⁻" : SUPERSCRIPTS[Number(digit)]))
    .join("");
  return `${sign}${Number(digits)}×10${raised}`;
}

/**
 * What a person typed, as a number; NaN if it is none. A true minus is a minus.
 * @param {string} text
 */
export function parse(text) {
  const plain = text.trim().replaceAll(MINUS, "-");
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain) ? Number(plain) : Number.NaN;
}
