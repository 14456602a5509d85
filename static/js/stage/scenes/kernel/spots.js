// Where the terms of a convolution stand on the maps, and which of them are drawn one by one. No DOM.

import { planesOf } from "../../lens.js";

/** @import {Pair, Term} from "../../pair.js" */

/**
 * Where the terms stand, in the order they are added.
 * @typedef {{term: Term, k: number, plane: number, row: number, column: number, tap: number}} Spot
 */

/** Products of one channel that are all shown; of more, the largest. */
export const ALL = 25;
/** Channels that are told one by one. */
export const CHANNELS = 3;

/**
 * @param {Pair} pair
 * @param {Term} term
 * @param {number} k
 * @returns {Spot}
 */
export function spotOf({ source, target, weight, subject }, term, k) {
  const { columns, size } = planesOf(source);
  const plane = Math.floor(term.at / size);
  const row = Math.floor((term.at % size) / columns);
  const column = term.at % columns;
  return { term, k, plane, row, column, tap: term.weight ?? tapOf() };

  /** The flat index of the weight between, −1 where none is; a group has its own channels. */
  function tapOf() {
    const { windows } = source;
    if (!windows || !weight || !subject || subject.key !== target.key) return -1;
    const { columns: wide, size: of } = planesOf(target);
    const channel = Math.floor(subject.at / of);
    const [y, x] = [Math.floor((subject.at % of) / wide), subject.at % wide];
    const [high, across] = weight.shape.slice(-2);
    const channels = weight.shape.length > 2 ? weight.shape[weight.shape.length - 3] : 1;
    const down = windows.taps[0].indexOf(y - windows.starts[0][row]);
    const over = windows.taps[1].indexOf(x - windows.starts[1][column]);
    return ((plane * channels + (channel % channels)) * high + down) * across + over;
  }
}

/**
 * Whether an output reads the cell at several places, where padding copies it.
 * @param {Spot[]} spots
 */
export function areCopied(spots) {
  return new Set(spots.map(({ term }) => term.at)).size < spots.length;
}

/**
 * The spots of each plane, and what they come to.
 * @typedef {{plane: number, sum: number, single: Spot[], rest: number, others: number[],
 *   spots: Spot[]}} Group ``single``: the largest, ``rest``: the sum of its others; ``others``: as in
 *   ChannelSum
 *
 * @param {Pair} pair
 * @param {Spot[]} spots
 * @returns {Group[]}
 */
export function grouped({ channels }, spots) {
  const sums = new Map(channels.map((each) => [each.channel, each]));
  return [...new Set(spots.map(({ plane }) => plane))].map((plane) => {
    const own = spots.filter((spot) => spot.plane === plane);
    const { sum = 0, single, rest = 0, others = [] } = sums.get(plane) ?? {};
    const largest = single ? own.filter(({ k }) => single.includes(k)) : own;
    return { plane, sum, single: largest, rest, others, spots: own };
  });
}

/**
 * A row for each channel, or for the largest and one for all others.
 * @param {Group} own the channel whose products are shown
 * @param {Group[]} others
 * @param {number} most rows beside the one for the rest
 * @returns {{plane: number|null, sum: number, count: number, spots: Spot[]}[]}
 */
export function channelRows(own, others, most) {
  const single = (/** @type {Group[]} */ some) => some.map((each) => ({ ...each, count: 1 }));
  if (others.length < most) return single([own, ...others]);
  const few = others.toSorted((a, b) => Math.abs(b.sum) - Math.abs(a.sum)).slice(0, most - 1);
  const rest = others.filter((each) => !few.includes(each));
  return [
    ...single([own, ...others.filter((each) => few.includes(each))]),
    {
      plane: null,
      sum: own.others[few.length - 1] ?? 0,
      count: rest.length,
      spots: rest.flatMap(({ spots }) => spots),
    },
  ];
}
