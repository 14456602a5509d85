// Reads a number as people type it, by the same rules as app/document/typed.py on the server.

/** The most characters of one number. */
const MAX_LENGTH = 400;
/** The largest exponent of ten: with a larger one, every number is 0 or beyond float64. */
const FARTHEST = 2 * MAX_LENGTH;
const POWER =
  /^(?:(?<before>.*?) ?[·⋅×*x] ?|(?<sign>[+-]?))10(?:(?<raised>[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,6})|(?:\^|\*\*)\(?(?<written>[+-]?[0-9]{1,6})\)?)$/;
const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const DECIMAL = /^(?:[0-9]+[.,]?[0-9]*|[.,][0-9]+)$/;
const IN_GROUPS = [
  /^[0-9]{1,3}([ '])[0-9]{3}(?:\1[0-9]{3})*(?:[.,][0-9]+)?$/,
  /^[0-9]{1,3}(?:,[0-9]{3})+\.[0-9]+$|^[0-9]{1,3}(?:,[0-9]{3}){2,}$/,
  /^[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]+$|^[0-9]{1,3}(?:\.[0-9]{3}){2,}$/,
];
const TWO_WAYS = /^[1-9][0-9]{0,2},[0-9]{3}$/;

/** The text is no number: a code of the texts «typed», and the values of this text. */
export class NotANumber extends Error {
  /**
   * @param {string} code
   * @param {Record<string, string>} [named]
   */
  constructor(code, named = {}) {
    super(code);
    this.code = code;
    this.named = named;
  }
}

/**
 * The double nearest to the written number.
 * @param {string} text
 * @throws {NotANumber} the text is no number, is ambiguous, or is beyond float64
 */
export function readNumber(text) {
  let written = text
    .trim()
    .replace(/[−–—‐‑‒﹣－]/g, "-")
    .replace(/[\u00a0\u2009\u202f\t]/g, " ")
    .replace(/[⁄∕]/g, "/")
    .replaceAll("’", "'");
  if ([...written].length > MAX_LENGTH) throw new NotANumber("none");
  let power = 0;
  const raised = POWER.exec(written)?.groups;
  if (raised) {
    power = Number(raised.written ?? lowered(raised.raised));
    written = raised.before ?? `${raised.sign}1`;
  }
  const sign = written.startsWith("-") ? -1 : 1;
  written = written.replace(/^[+-]/, "").replace(/^ +/, "");
  if (/^[¼-¾⅐-⅞]$/.test(written)) written = written.normalize("NFKC").replace("⁄", "/");
  const [above, below, ...more] = written
    .split("/")
    .map((part) => plain(part.replace(/^ +| +$/g, "")));
  if (more.length) throw new NotANumber("none");
  const size = below
    ? ratio(above.digits, below.digits, above.power - below.power + power)
    : Number(`${above.digits}e${above.power + power}`);
  if (size === Number.POSITIVE_INFINITY) throw new NotANumber("large");
  return sign * size + 0; // no −0
}

/** @param {string} raised */
const lowered = (raised) =>
  raised
    .replace("⁻", "-")
    .replace("⁺", "+")
    .replace(/[^+-]/g, (digit) => String(RAISED.indexOf(digit)));

/**
 * The digits, with a decimal point if there is one, and the exponent after an e.
 * @param {string} part
 */
function plain(part) {
  const [mantissa, power = "0", ...more] = part.replaceAll("E", "e").split("e");
  if (more.length || !/^[+-]?[0-9]{1,6}$/.test(power)) throw new NotANumber("none");
  if (TWO_WAYS.test(mantissa))
    throw new NotANumber("two_ways", {
      first: mantissa.replace(",", "."),
      second: mantissa.replace(",", ""),
    });
  if (!IN_GROUPS.some((form) => form.test(mantissa))) {
    if (!DECIMAL.test(mantissa)) throw new NotANumber("none");
    return { digits: mantissa.replace(",", "."), power: Number(power) };
  }
  const last = mantissa.match(/[ ',.]/g)?.at(-1) ?? "";
  // A separator that occurs once, after the groups, is the decimal sign.
  const isDecimal = ",.".includes(last) && mantissa.split(last).length === 2;
  const [whole, rest = ""] = isDecimal ? mantissa.split(last) : [mantissa];
  return { digits: `${whole.replace(/[^0-9]/g, "")}.${rest}`, power: Number(power) };
}

/**
 * above / below · 10^power, rounded once.
 * @param {string} above
 * @param {string} below
 * @param {number} power
 */
function ratio(above, below, power) {
  const [numerator, denominator] = [above, below].map((digits) => {
    const [whole, part = ""] = digits.split(".");
    return { value: BigInt(whole + part), decimals: part.length };
  });
  if (denominator.value === 0n) throw new NotANumber("zero");
  if (numerator.value === 0n || power < -FARTHEST) return 0;
  if (power > FARTHEST) return Number.POSITIVE_INFINITY;
  // More digits than the longest double has, and one more that is not 0 if others follow.
  const more = 3 * FARTHEST;
  const shifted = numerator.value * 10n ** BigInt(more);
  const rest = shifted % denominator.value === 0n ? 0 : 1;
  const exponent = power - more - numerator.decimals + denominator.decimals - 1;
  return Number(`${shifted / denominator.value}${rest}e${exponent}`);
}
