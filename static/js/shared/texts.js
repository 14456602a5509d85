// Fills in the texts, which come with the page in its language.

/** @typedef {string|Record<string, string>} Text a string, or its forms by plural category */

/**
 * A text with its fields filled in; of several plural forms, the form for the number ``n``.
 * @param {Text} text
 * @param {Record<string, string|number>} values
 * @param {string} [language] by default the page's
 * @returns {string}
 */
export function fill(text, values, language) {
  const form = typeof text === "string" ? text : formOf(text, Number(values.n), language);
  let pieces = split.get(form);
  if (!pieces) {
    pieces = form.split(/\{(\w+)\}/);
    split.set(form, pieces);
  }
  let filled = pieces[0];
  for (let i = 1; i < pieces.length; i += 2) filled += values[pieces[i]] + pieces[i + 1];
  return filled;
}

/**
 * A text whose lines never end beside a "×": a product stays in one piece.
 * @param {string} text
 */
export const unbroken = (text) => text.replaceAll(" × ", "\u00a0×\u00a0");

/** @type {Map<string, string[]>} texts, split at their fields: a large picture fills thousands */
const split = new Map();

/**
 * @param {Record<string, string>} forms
 * @param {number} n
 * @param {string} [language]
 */
function formOf(forms, n, language = document.documentElement.lang) {
  return forms[new Intl.PluralRules(language).select(n)];
}
