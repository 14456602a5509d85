// The data of a scene: two layers, the parameters between them, and the terms of one cell. The server
// has computed all of it; this module only selects. It uses no DOM.

import { figure } from "../shared/figures.js";
import { known } from "../state/picture.js";
import { linksOf, wayOf } from "./way.js";

/**
 * @import {ChannelSum, Grid, Moves, Picture, Place, Step} from "../state/picture.js"
 *
 * @typedef {Grid & {is: {value: boolean, gradient: boolean, won: boolean}, was: Grid|null}} View a
 *   grid, which of its arrays are known, and its numbers before the last edit
 * @typedef {{key: string, at: number, upstream: number, factor: number, product: number,
 *   running: number, met: number, weight?: number|null}} Term one term of the subject's gradient, in
 *   the order of adding: cell ``at`` of the grid ``key`` sends it; ``met``: of a weight, the input it
 *   met there, or −1; ``weight``: where padding copies cells, the weight it comes through
 * @typedef {object} Pair
 * @property {string} phase of the step: start, arrive, multiply, add, route, share, pass,
 *   parameters, forward
 * @property {string} kind how the source reads the target: loss, fully_connected, convolution,
 *   max_pool, avg_pool, activation; of the whole network «whole»
 * @property {View} source the grid at the right, which gradients come from
 * @property {View} target the grid at the left, which they go to
 * @property {View|null} weight
 * @property {View|null} bias
 * @property {View[]} all every grid of the picture
 * @property {Place|null} subject the explained cell, in the target or among the parameters
 * @property {Place|null} pinned the reader's cell; it may lie elsewhere, or in the source
 * @property {Term[]} terms of the subject, as far as they are known
 * @property {{single: number[], sum: number}|null} bundle of many terms, which are drawn one by one,
 *   and what the others add up to
 * @property {ChannelSum[]} channels what each channel of a convolution sends to the subject; empty where
 *   all products are drawn one by one
 * @property {Moves|null} moves all moves of this step
 * @property {import("./way.js").Way|null} way of the subject's gradient, where the whole network is shown
 * @property {import("./way.js").Link[]} links between which layers gradients travel
 * @property {boolean} isQuestion whether the subject's gradient is the open question and hidden
 * @property {string} guess the reader's guess, in words; empty without one
 * @property {number|null} loss
 */

/**
 * @param {{picture: Picture, before: Picture|null, step: Step, shown: Step, pinned: Place|null,
 *   subject: Place|null, hides: ((grid: Grid) => boolean)|null, guess: string}} of ``step``: how far
 *   the pass is; ``shown``: the step whose scene it is
 * @returns {Pair}
 */
export function pairOf({ picture, before, step, shown, pinned, subject, hides, guess }) {
  const all = picture.grids.map((grid, i) => {
    const is = known(grid, step);
    const then = before?.grids[i];
    const was = then?.first === grid.first && then !== grid ? then : null;
    return { ...grid, is: hides?.(grid) ? { ...is, gradient: false } : is, was };
  });
  const view = (/** @type {string|null|undefined} */ key) =>
    all.find((each) => each.key === key) ?? null;
  const { pair } = shown;
  const moves = movesOf(picture, shown, subject);
  return {
    phase: shown.phase,
    kind: pair?.kind ?? "whole",
    source: view(pair?.source) ?? all[all.length - 1],
    target: view(pair?.target) ?? all[0],
    weight: view(pair?.weight),
    bias: view(pair?.bias),
    all,
    subject,
    pinned,
    terms: subject && moves ? termsOf(moves, subject) : [],
    bundle: (subject && moves?.target === subject.key && moves.bundles?.[subject.at]) || null,
    channels: (subject && moves?.target === subject.key && moves.channels?.[subject.at]) || [],
    moves,
    way: pair ? null : wayOf(picture, subject),
    links: linksOf(picture.steps ?? []),
    isQuestion: hides !== null,
    guess,
    loss: picture.loss,
  };
}

/**
 * @param {Picture} picture
 * @param {Step} step
 * @param {Place|null} subject
 * @returns {Moves|null}
 */
function movesOf(picture, { pair, moves }, subject) {
  // Of the whole network, what comes to the cell explained.
  if (!pair)
    return Object.values(picture.moves).find((each) => each?.target === subject?.key) ?? null;
  if (subject && (subject.key === pair.weight || subject.key === pair.bias))
    return picture.moves[subject.key] ?? null;
  return pair.kind === "loss" ? arrivals(picture) : (picture.moves[moves ?? pair.source] ?? null);
}

/**
 * What comes from the head, as moves: a given gradient × 1, or 1 × what the loss asks for.
 * @param {Picture} picture
 * @returns {Moves|null}
 */
export function arrivals({ grids, loss }) {
  const [outputs, head] = grids.slice(-2);
  if (!head || !outputs) return null;
  const at = head.gradient.map((_, i) => i);
  const ones = at.map(() => 1);
  const [upstream, factors] = loss === null ? [head.gradient, ones] : [ones, head.gradient];
  return {
    source: "head",
    target: outputs.key,
    sources: at,
    targets: at,
    upstream,
    factors,
    products: head.gradient,
    running: head.gradient,
  };
}

/**
 * @param {Moves} moves
 * @param {Place} subject
 * @returns {Term[]}
 */
function termsOf(moves, { key, at }) {
  if (moves.target !== key) return [];
  return moves.targets.flatMap((target, i) =>
    target === at
      ? [
          {
            key: moves.source,
            at: moves.sources[i],
            upstream: moves.upstream[i],
            factor: moves.factors[i],
            product: moves.products[i],
            running: moves.running[i],
            met: moves.met?.[i] ?? -1,
            weight: moves.weights?.[i] ?? null,
          },
        ]
      : [],
  );
}

/**
 * The terms of a sum that have arrived: «1 − 3 + 1.5».
 * @param {number[]} products
 */
export function sumOf(products) {
  return products
    .map((product, i) => {
      if (i === 0) return figure(product);
      return `${product < 0 ? "−" : "+"} ${figure(Math.abs(product))}`;
    })
    .join(" ");
}

/**
 * The largest product of the step: the end of the chips' colours.
 * @param {Pair} pair
 */
export const largestProduct = ({ moves }) =>
  Math.max(...(moves?.products ?? [1]).map(Math.abs), 1e-300);

/**
 * The terms that are drawn one by one, and the others, which are one bundle. All of them are single
 * where there are few; else the largest.
 * @param {Pair} pair
 * @param {number} all so many at most are all drawn
 * @returns {{single: Term[], others: Term[]}}
 */
export function bundled({ terms, bundle }, all) {
  if (terms.length <= all || !bundle) return { single: terms, others: [] };
  return {
    single: bundle.single.map((k) => terms[k]),
    others: terms.filter((_, k) => !bundle.single.includes(k)),
  };
}
