// JSON in its shortest form; the server writes the same text (app/share/plain.py).

/**
 * JSON without spaces, with sorted fields, and with numbers written by `number`.
 * @param {any} value
 * @returns {string}
 */
export function text(value) {
  if (Array.isArray(value)) return `[${value.map(text).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const names = Object.keys(value).sort();
    return `{${names.map((name) => `${JSON.stringify(name)}:${text(value[name])}`).join(",")}}`;
  }
  return typeof value === "number" ? number(value) : JSON.stringify(value);
}

/**
 * The shortest text that JSON reads back as the same double.
 * @param {number} x
 */
export function number(x) {
  if (!Number.isFinite(x)) throw new RangeError("JSON holds no infinity and no NaN.");
  if (x === 0) return "0";
  // Without an argument, toExponential uses as many digits as needed.
  const [mantissa, power] = Math.abs(x).toExponential().split("e");
  const digits = mantissa.replace(".", "");
  const exponent = Number(power) - digits.length + 1;
  const short = `${digits}e${exponent}`;
  let plain = digits;
  if (exponent >= 0) plain += "0".repeat(exponent);
  else if (digits.length + exponent > 0)
    plain = `${digits.slice(0, exponent)}.${digits.slice(exponent)}`;
  else plain = `0.${"0".repeat(-exponent - digits.length)}${digits}`;
  return (x < 0 ? "-" : "") + (short.length < plain.length ? short : plain);
}
