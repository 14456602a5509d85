// The bands above the lines of maps, in which trunks pass layers: skip connections, and ways to another
// line. They depend on the layers alone, so that no map moves with the explained cell. No DOM.

/** @import {Link} from "../../way.js" */

/** The first band's distance from the words over a map, and from band to band, in pixels. */
const FIRST = 11;
const APART = 8;

/**
 * @typedef {{line: number, from: number, to: number, at: number}} Band ``at``: counted upwards;
 *   ``from``, ``to``: the places of its ends among the maps
 * @typedef {{bands: Map<string, Band>, high: number[]}} Bands ``high``: what those of each line take
 */

/**
 * @param {Link[]} links
 * @param {string[]} order the keys of the maps
 * @param {(key: string) => number} lineOf
 * @returns {Bands}
 */
export function bandsOf(links, order, lineOf) {
  const long = links
    .map(({ source, target }) => ({ source, target, from: order.indexOf(target), to: order.indexOf(source) }))
    .filter(({ source, target, from, to }) =>
      from >= 0 && (to > from + 1 || (to > from && lineOf(source) !== lineOf(target))))
    .toSorted((a, b) => a.to - a.from - b.to + b.from); // biome-ignore format: lists
  /** @type {Map<string, Band>} */
  const bands = new Map();
  for (const { source, target, from, to } of long) {
    const [high, low] = [lineOf(target), lineOf(source)];
    // One more where it passes a whole line.
    for (const line of new Set([low, Math.min(low, high + 1)])) {
      const isWide = low !== high;
      const others = [...bands.values()].filter(
        (each) => each.line === line && (isWide || (each.from < to && from < each.to)),
      );
      const at = others.length ? Math.max(...others.map((each) => each.at)) + 1 : 0;
      const reach = isWide ? { from: -1, to: order.length } : { from, to };
      bands.set(keyOf({ source, target }, line), { line, at, ...reach });
    }
  }
  /** @type {number[]} */
  const high = [];
  for (const { line, at } of bands.values())
    high[line] = Math.max(high[line] ?? 0, FIRST + 3 + APART * at);
  return { bands, high };
}

/**
 * How far over a line's words a link's band is, in pixels.
 * @param {Bands} of
 * @param {Link} link
 * @param {number} line
 */
export const over = ({ bands }, link, line) =>
  FIRST + APART * (bands.get(keyOf(link, line))?.at ?? 0);

/**
 * @param {Link} link
 * @param {number} line
 */
const keyOf = ({ source, target }, line) => `${line} ${source} ${target}`;
