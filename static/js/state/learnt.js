// The steps of learning that led to the network that is shown. It uses no DOM.

/**
 * The steps in a row that end at a document, the earliest first: an edit between them ends the row.
 * @template T
 * @param {{document: unknown}[]} entries of the history
 * @param {unknown} shown the document that is shown
 * @param {{get: (document: any) => T|undefined}} made the step that made a document
 * @returns {T[]}
 */
export function stepsTo(entries, shown, made) {
  const steps = [];
  let at = entries.findIndex(({ document }) => document === shown);
  for (; at >= 0; at--) {
    const step = made.get(entries[at].document);
    if (!step) break;
    steps.unshift(step);
  }
  return steps;
}

/**
 * Ten times a rate, or a tenth, without the dust of binary fractions: 0.1 · 0.1 is 0.01.
 * @param {number} rate
 * @param {number} times
 */
export const scaled = (rate, times) => Number((rate * times).toPrecision(12));
