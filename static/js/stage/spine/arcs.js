// The skip connections of the spine: an arc under the rail, from the addition back to the layer whose
// output it adds. No DOM.

import { line, n } from "../shapes.js";

/** @import {Step} from "../../state/picture.js" */
/** @import {Shape} from "../shapes.js" */
/** @import {Node} from "./nodes.js" */

/** From arc to arc where one is inside of another, and from the panel to the lowest, in pixels. */
const NESTED = 8;
const LOW = 3.5;
/** From the middle of a miniature to the end of its arc, and from its lower edge. */
const ASIDE = 4;
const UNDER = 4;
const RADIUS = 7;

/**
 * @typedef {{step: number, from: Node, to: Node, level: number}} Arc back ``from`` the addition ``to`` the
 *   layer; ``step``: the one that sends its gradient; ``level``: 0 contains no other arc
 */

/**
 * @param {Step[]} steps
 * @param {Map<string, Node>} byKey
 * @returns {Arc[]}
 */
export function arcsOf(steps, byKey) {
  const found = steps.flatMap(({ phase, pair }, step) => {
    const [from, to] = [pair?.source, pair?.target].map((key) => byKey.get(key ?? ""));
    // Both ends in the same folded layers: nothing to draw.
    return phase === "skip" && from && to && from !== to ? [{ step, from, to }] : [];
  });
  const wide = (/** @type {{from: Node, to: Node}} */ { from, to }) => from.x - to.x;
  /** @type {Arc[]} */
  const arcs = [];
  for (const each of found.toSorted((a, b) => wide(a) - wide(b))) {
    const inner = arcs.filter(({ from, to }) => to.x < each.from.x && each.to.x < from.x);
    arcs.push({ ...each, level: Math.max(-1, ...inner.map(({ level }) => level)) + 1 });
  }
  return arcs;
}

/**
 * @param {Arc[]} arcs
 * @param {(node: Node) => number} bottomOf where a miniature ends
 * @param {number} high the spine's height
 * @param {(arc: Arc) => boolean} isLit whether the gradient went there
 * @returns {Shape[]} the innermost last, all above the panel and below the miniatures
 */
export function drawnArcs(arcs, bottomOf, high, isLit) {
  const levels = Math.max(0, ...arcs.map(({ level }) => level));
  const lowest = high - LOW;
  const free =
    lowest - Math.max(...arcs.flatMap(({ from, to }) => [bottomOf(from), bottomOf(to)])) - UNDER;
  const apart = Math.min(NESTED, Math.max(0, free) / Math.max(1, levels)); // biome-ignore format: a sum
  return arcs.toReversed().flatMap((arc) => {
    const lit = isLit(arc);
    const y = lowest - (levels - arc.level) * apart;
    const [right, left] = [arc.from.x - ASIDE, arc.to.x + ASIDE];
    const [start, end] = [bottomOf(arc.from) + UNDER - 1, bottomOf(arc.to) + UNDER];
    const ink = lit ? { stroke: "you", width: 3 } : { stroke: "hair", width: 2.2 };
    const head = Math.min(6, Math.max(3, y - end));
    /** @type {Shape[]} */
    const shapes = [
      line([[right, Math.min(start, y)], [right, y], [left, y], [left, Math.min(y, end + head * 0.6)]], RADIUS, { ...ink, part: "skip" }),
    ]; // biome-ignore format: points
    if (lit)
      shapes.push({
        kind: "path",
        d: `M${n(left)} ${n(end)}l${n(head * 0.8)} ${n(head)}h${n(-1.6 * head)}Z`,
        fill: "you",
        part: "skiphead",
      });
    return shapes;
  });
}
