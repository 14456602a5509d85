// The words of the page, filled in: they come with the page, in its language.

/** @typedef {string|Record<string, string>} Text several forms are named by plural categories */

/**
 * A text with its fields filled in, in the form of the number ``n`` where it has several.
 * @param {Text} text
 * @param {Record<string, string|number>} values
 * @param {string} [language] the page's, if none is named
 * @returns {string}
 */
export function fill(text, values, language) {
  const form = typeof text === "string" ? text : formOf(text, Number(values.n), language);
  return form.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}

/**
 * @param {Record<string, string>} forms
 * @param {number} n
 * @param {string} [language]
 */
function formOf(forms, n, language = document.documentElement.lang) {
  return forms[new Intl.PluralRules(language).select(n)];
}
