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
