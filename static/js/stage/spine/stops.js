// The stops of the spine: where on the rail each step has its place. No DOM.

import { widthOf } from "../shapes.js";

/** @import {Step} from "../../state/picture.js" */
/** @import {Node} from "./nodes.js" */

/** @typedef {{step: number, x: number, y: number}} Stop */

/**
 * @param {Step[]} steps
 * @param {Node[]} nodes
 * @param {Map<string, Node>} byKey
 * @param {number} width
 * @param {{rail: number, high: number}} size
 * @returns {Stop[]}
 */
export function stopsOf(steps, nodes, byKey, width, { rail, high }) {
  const low = high - 14;
  const between = (/** @type {Node} */ a, /** @type {Node} */ b) =>
    (a.x + a.w / 2 + b.x - b.w / 2) / 2;
  const [first, last] = [nodes[0], nodes[nodes.length - 1]];
  const left = Math.max(11, first.x - first.w / 2 - 26);
  const right = Math.min(width - 11, last.x + last.w / 2 + 24);
  return steps.flatMap((each, step) => {
    const { phase, pair } = each;
    if (phase === "done") return [{ step, x: left, y: rail }];
    if (phase === "start") return [{ step, x: right, y: rail }];
    if (phase === "input") return [{ step, x: first.x, y: low }];
    if (!pair) return [];
    const [source, target] = [byKey.get(pair.source), byKey.get(pair.target)];
    const weight = pair.weight ? byKey.get(pair.weight) : undefined;
    if (!source || !target) return [];
    // Steps inside a fold share a place.
    if (source === target) return [{ step, x: source.x, y: rail }];
    if (phase === "forward") return [{ step, x: source.x, y: low }];
    if (phase === "multiply" && weight) return [{ step, x: between(weight, source), y: rail }];
    if (phase === "add" && weight) return [{ step, x: between(target, weight), y: rail }];
    if (phase === "parameters" && weight) return [{ step, x: weight.x, y: low }];
    return [{ step, x: between(target, source), y: rail }];
  });
}

/**
 * @param {Step} shown
 * @param {Map<string, Node>} byKey
 * @param {number} width
 * @param {boolean} isPhone
 * @returns {[number, number]|null}
 */
export function tabOf({ pair }, byKey, width, isPhone) {
  if (!pair) return null;
  const ends = [pair.target, pair.source].map((key) => byKey.get(key));
  if (!ends[0] || !ends[1]) return null;
  const reach = (/** @type {Node} */ node) =>
    Math.max(node.w / 2, widthOf(node.name, 12, 700) / 2) + (isPhone ? 8 : 18);
  const [a, b] = /** @type {Node[]} */ (ends);
  return [
    Math.max(2, Math.min(a.x - reach(a), b.x - reach(b))),
    Math.min(width - 2, Math.max(a.x + reach(a), b.x + reach(b))),
  ];
}
