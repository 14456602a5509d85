// The pieces of the drawing of a large network, and where each of them lies. No DOM.

import { line } from "../../shapes.js";

/** @import {Pair, View} from "../../pair.js" */
/** @import {Box} from "../../shapes.js" */
/** @import {DRAWING} from "../sizes.js" */

/** Planes of a map that are drawn, the one in front with them. */
export const PLANES = 6;
const LABEL = 54;
/** Outputs that have a row each. */
const NAMED = 12;

/**
 * @typedef {{view: View, kind: "map"|"bar"|"outputs", w: number, h: number, depth: number}} Piece
 *   ``depth``: of the planes behind the one in front
 * @typedef {Piece & {front: Box, line: number}} Placed where its front plane, its bar or its rows lie
 * @typedef {typeof DRAWING.wide} Size
 */

/**
 * What is drawn: the input, and every output but those of activations, whose maps look like what they
 * read. Their own cells stay on the spine.
 * @param {Pair} pair
 * @param {Size} size
 * @param {Box} box
 * @returns {Piece[]}
 */
export function piecesOf({ all, subject }, size, box) {
  const views = all.filter(({ key }) => !key.includes(".") && key !== "head");
  const last = views[views.length - 1];
  const kept = views.filter((view, i) => {
    const read = views[i - 1];
    const isActivation = read && String(read.shape) === String(view.shape) && !view.windows;
    return !isActivation || view === last || view.key === subject?.key;
  });
  const high = (box.h - size.lines * LABEL) / size.lines;
  const longest = Math.max(
    ...kept.map(({ value, drawn }) => (drawn.length < 2 ? value.length : 1)),
  );
  const widest = Math.max(...kept.map(({ drawn, columns }) => (drawn.length < 2 ? 1 : columns)));
  return kept.map((view) => {
    const count = view.value.length;
    if (view === last && view.drawn.length < 2 && count <= NAMED) {
      const row = Math.min(size.row, high / count);
      return { view, kind: "outputs", w: size.outputs, h: row * count, depth: 0 };
    }
    if (view.drawn.length < 2) {
      const h = Math.max(50, high * (count / longest) ** 0.8);
      return { view, kind: "bar", w: size.bar, h, depth: 0 };
    }
    const rows = view.drawn[view.drawn.length - 2];
    const w = Math.min(size.map, high * 0.8) * (view.columns / widest) ** 0.5;
    const depth = size.behind * (Math.min(PLANES, view.planes) - 1);
    return { view, kind: "map", w, h: (w * rows) / view.columns, depth };
  });
}

/**
 * Side by side, in as many lines as the page has, over its full width.
 * @param {Piece[]} pieces
 * @param {Box} box
 * @param {Size} size
 * @returns {Placed[]}
 */
export function laidOut(pieces, box, size) {
  const room = box.w - 2 * size.side;
  const wide = (/** @type {Piece} */ { w, depth }) => w + depth;
  const all = pieces.reduce((sum, piece) => sum + wide(piece) + size.gap, -size.gap);
  /** @type {Piece[][]} */
  const lines = [[]];
  let used = 0;
  for (const piece of pieces) {
    const line = lines[lines.length - 1];
    const share = all / size.lines;
    if (line.length && lines.length < size.lines && used + wide(piece) / 2 > share) {
      lines.push([]);
      used = 0;
    }
    lines[lines.length - 1].push(piece);
    used += wide(piece) + size.gap;
  }
  const high = box.h / lines.length;
  return lines.flatMap((line, row) => {
    const sum = line.reduce((all, piece) => all + wide(piece), 0);
    // The strands between a map and the neurons that read it need a wider gap.
    /** @type {number[]} */
    const gaps = line.map(({ kind }, i) =>
      i === line.length - 1 ? 0 : kind === "map" && line[i + 1].kind === "bar" ? 4 : 1,
    );
    const units = gaps.reduce((all, each) => all + each, 0);
    const shrink = Math.min(1, (room - units * 14) / sum);
    const between = Math.min(60, (room - sum * shrink) / Math.max(1, units));
    let x = box.x + size.side;
    const top = box.y + row * high + 4;
    return line.map((piece, i) => {
      const [w, h] = [piece.w * shrink, piece.kind === "map" ? piece.h * shrink : piece.h];
      const depth = piece.depth * shrink;
      const y = top + Math.max(0, (high - LABEL - h - depth) / 2) + depth;
      const front = { x, y, w, h };
      x += w + depth + between * gaps[i];
      return { ...piece, w, h, depth, front, line: row };
    });
  });
}

/**
 * Where each cell of a piece lies.
 * @param {Placed} piece
 * @returns {(i: number) => Box}
 */
export function cellOf({ view, kind, front }) {
  const columns = kind === "map" ? view.columns : 1;
  const rows = Math.ceil(view.value.length / columns);
  const high = front.h / rows;
  const wide = kind === "outputs" ? 24 : front.w / columns;
  return (i) => ({
    x: front.x + (i % columns) * wide,
    y: front.y + Math.floor(i / columns) * high + (kind === "outputs" ? 1 : 0),
    w: wide,
    h: high - (kind === "outputs" ? 2 : 0),
  });
}
