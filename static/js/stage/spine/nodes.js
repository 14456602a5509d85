// The miniatures of the spine in a row, and which layers are folded. No DOM.

import { laid } from "../cell.js";
import { widthOf } from "../shapes.js";

/** @import {View} from "../pair.js" */
/** @import {SPINE} from "./sizes.js" */

const HIGHEST = 62;
/** The fewest pixels between two miniatures, which leave room for a stop. */
const APART = 32;
/** The widest miniatures of a layer, of its weights, of its biases and of folded layers, in pixels; and
 * the same where they would lie on each other. */
const WIDEST = { layer: 120, parameter: 74, bias: 40, fold: 84 };
const NARROW = { layer: 46, parameter: 36, bias: 12, fold: 62 };

/**
 * @typedef {{keys: string[], x: number, w: number, name: string, fold: number, widest: Widest}} Node a
 *   miniature, or ``fold`` layers in one
 * @typedef {typeof WIDEST} Widest
 */

/**
 * A grid as a miniature.
 * @param {View} view
 * @param {number} cell
 * @param {Widest} widest
 */
export function small(view, cell, widest) {
  const isVector = view.drawn.length === 1 && !view.key.includes(".");
  const kind = /\.bias$/.test(view.key) ? "bias" : view.key.includes(".") ? "parameter" : "layer";
  const side = isVector && view.value.length <= 8 ? cell * 1.4 : cell;
  return laid(view, { x: 0, y: 0, w: widest[kind], h: HIGHEST }, side + 1, 0.06);
}

/**
 * The miniatures in a row; without enough room, first names are dropped, then layers far from the
 * scene are folded, and at last all are drawn smaller.
 * @param {View[]} views
 * @param {number} width
 * @param {typeof SPINE.wide} size
 * @param {{scale: keyof typeof SPINE}} options
 * @param {Set<string>} open
 * @returns {Node[]}
 */
export function nodesOf(views, width, size, options, open) {
  const nodes = rowOf(views, width, size, options, open, WIDEST);
  const ends = nodes.map(({ x, w }) => [x - w / 2, x + w / 2]);
  const isApart = ends.every(([a], i) => i === 0 || a >= ends[i - 1][1] + 4);
  return isApart ? nodes : rowOf(views, width, size, options, open, NARROW);
}

/**
 * @param {View[]} views
 * @param {number} width
 * @param {typeof SPINE.wide} size
 * @param {{scale: keyof typeof SPINE}} options
 * @param {Set<string>} open
 * @param {Widest} widest
 * @returns {Node[]}
 */
function rowOf(views, width, size, { scale }, open, widest) {
  /** @type {{keys: string[], w: number, name: string, fold: number}[]} */
  let nodes = [];
  for (const view of views) {
    const { bounds } = small(view, size.cell, widest);
    const isBias = view.key.endsWith(".bias");
    const before = nodes.at(-1);
    if (isBias && before?.keys[0].endsWith(".weight")) {
      before.keys.push(view.key);
      before.w += bounds.w + 6;
      continue;
    }
    const isParameter = view.key.includes(".");
    const isNamed = scale !== "phone" && (!isParameter || scale === "wide" || scale === "middle");
    const name = isParameter ? view.title.toLowerCase() : view.title;
    nodes.push({ keys: [view.key], w: bounds.w, name: isNamed ? name : "", fold: 0 });
  }
  const inner = width - 2 * size.side;
  const apart = scale === "phone" ? 12 : APART;
  const wideOf = (/** @type {typeof nodes[0]} */ node) =>
    Math.max(node.w, node.name ? widthOf(node.name, 12, 700) - APART + 8 : 0);
  const needed = () =>
    nodes.reduce((sum, node) => sum + wideOf(node), 0) + (nodes.length + 1) * apart;
  if (needed() > inner)
    for (const node of nodes) if (!node.keys.some((key) => open.has(key))) node.name = "";
  // Fold the layers farthest from the scene, but not the ends.
  const middle = () => {
    const at = nodes.flatMap((node, i) => (node.keys.some((key) => open.has(key)) ? [i] : []));
    return at.length ? (at[0] + at[at.length - 1]) / 2 : nodes.length;
  };
  while (needed() > inner && nodes.length > 5) {
    const center = middle();
    const candidates = nodes
      .map((node, i) => ({ node, i, away: Math.abs(i - center) }))
      .filter(
        ({ node, i }) => i > 0 && i < nodes.length - 1 && !node.keys.some((key) => open.has(key)),
      );
    const whole = candidates.filter(({ node }) => !node.fold);
    if (!whole.length) break;
    const { i } = whole.reduce((a, b) => (b.away > a.away ? b : a));
    const count = nodes[i].keys[0].includes(".") ? 0 : 1;
    nodes[i] = { keys: nodes[i].keys, w: widest.fold, name: "", fold: nodes[i].fold + count || 1 };
    // Folded neighbours are joined.
    nodes = nodes.reduce((/** @type {typeof nodes} */ all, node) => {
      const before = all.at(-1);
      if (before?.fold && node.fold) {
        before.keys.push(...node.keys);
        before.fold += node.fold;
      } else all.push({ ...node, keys: [...node.keys] });
      return all;
    }, []);
  }
  const sum = nodes.reduce((all, node) => all + wideOf(node), 0);
  const gap = Math.min(150, (inner - sum) / (nodes.length + 1));
  const used = sum + gap * (nodes.length + 1);
  let x = size.side + Math.max(0, (inner - used) / 2) + gap;
  return nodes.map((node) => {
    const wide = wideOf(node);
    const placed = { ...node, x: x + wide / 2, widest };
    x += wide + gap;
    return placed;
  });
}
