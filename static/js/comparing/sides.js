// What can be compared: the states of the page's history, drafts, and variants of the left side.
// It uses no DOM.

import { inWords } from "../editing/past.js";

/**
 * @import {History} from "../editing/history.js"
 *
 * @typedef {{value: string, text: string}} Choice
 * @typedef {{label: string, choices: Choice[]}} Group
 * @typedef {{id: string, name: string, network: unknown}} Draft
 * @typedef {{code: string, title: string}} Variant
 */

/** The most states of the history that are offered: the newest. */
const MOST = 40;

/**
 * @param {History<unknown>} history
 * @param {Draft[]} drafts
 * @param {Variant[]} variants none on the left
 * @param {Record<string, any>} words
 * @returns {Group[]} without empty ones
 */
export function groupsOf(history, drafts, variants, words) {
  const edits = history.entries
    .map(({ change, fits }, at) => ({ at, change, fits }))
    .filter(({ at, fits }) => fits && at !== history.at)
    .slice(-MOST)
    .map(({ at, change }) => ({ value: `at:${at}`, text: nameOf(change, at, words) }));
  const now = { value: "now", text: words.compare_now };
  const groups = [
    { label: "", choices: [now] },
    {
      label: words.compare_variants,
      choices: variants.map(({ code, title }) => ({ value: `variant:${code}`, text: title })),
    },
    { label: words.compare_edits, choices: edits },
    {
      label: words.compare_drafts,
      choices: drafts.map(({ id, name }) => ({ value: `draft:${id}`, text: name })),
    },
  ];
  return groups.filter(({ choices }) => choices.length);
}

/**
 * @param {import("../editing/history.js").Change|null} change
 * @param {number} at
 * @param {Record<string, any>} words
 */
function nameOf(change, at, words) {
  if (at === 0) return words.first_entry;
  return change ? inWords(change, words) : words.entry;
}

/**
 * The sides at first: before and after the last edit; without one, as it is and its first variant.
 * @param {History<unknown>} history
 * @returns {{left: string, right: string}} ``right`` is empty where a variant is to stand there
 */
export function firstSides(history) {
  for (let at = history.at - 1; at >= 0; at--)
    if (history.entries[at].fits) return { left: `at:${at}`, right: "now" };
  return { left: "now", right: "" };
}

/**
 * The network of a side; undefined where it is a variant, or is there no longer.
 * @param {string} value of its choice
 * @param {History<unknown>} history
 * @param {Draft[]} drafts
 * @param {unknown} shown the network that the page shows
 */
export function networkOf(value, history, drafts, shown) {
  const [kind, name] = value.split(/:(.*)/s);
  if (kind === "now") return shown;
  if (kind === "at") return history.entries[Number(name)]?.document;
  if (kind === "draft") return drafts.find(({ id }) => id === name)?.network;
  return undefined;
}
