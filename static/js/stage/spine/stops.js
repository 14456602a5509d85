// The stops of the spine: where on the rail each step has its place. No DOM.

import { widthOf } from "../shapes.js";

/** @import {Step} from "../../state/picture.js" */
/** @import {Node} from "./nodes.js" */

/** From the edge to the first and the last stop: the playhead and the slider's ring, in pixels. */
const EDGE = 15;
/** From the middle of a skip connection's stop to that of the next one: both are seen. */
const APART = 14;

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
  const left = Math.max(EDGE, first.x - first.w / 2 - 26);
  const right = Math.min(width - EDGE, last.x + last.w / 2 + 24);
  const stops = steps.flatMap((each, step) => {
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
  return stops.map((stop) => {
    if (steps[stop.step].phase !== "skip") return stop;
    const other = stops.find(({ step, x, y }) => isClose(step, x, y, stop));
    if (!other) return stop;
    return { ...stop, x: other.x + (stop.x > other.x ? APART : -APART) };
  });
}

/**
 * @param {number} step
 * @param {number} x
 * @param {number} y
 * @param {Stop} stop
 */
const isClose = (step, x, y, stop) =>
  step !== stop.step && y === stop.y && Math.abs(x - stop.x) < APART;

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
