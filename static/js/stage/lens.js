// Draws a map of a scene: one plane of it; of a large plane, the part around some cells at full size
// (the lens), beside the whole map as a heatmap. Cells outside the lens have their places on the
// heatmap. It uses no DOM.

import { fill } from "../shared/texts.js";
import { inset } from "./cell.js";
import { levelsOf } from "./heat.js";
import { around as outline, rect, text, widthOf } from "./shapes.js";

/**
 * @import {View} from "./pair.js"
 * @import {Box, Shape} from "./shapes.js"
 *
 * @typedef {{rows: number, columns: number, size: number, first: number, count: number}} Planes
 *   the cells of a plane, the first drawn one, and how many are drawn
 * @typedef {object} Placed
 * @property {(row: number, column: number) => Box} at the place of a cell of the open plane
 * @property {number[]} rows at full size
 * @property {number[]} columns at full size
 * @property {number} cell pixels
 * @property {number} gap between cells
 * @property {Box} bounds of the cells at full size
 * @property {Box} outer of the cells and the padding around them
 * @property {boolean} isLens whether some cells are not at full size
 * @property {Box[]} boxes the places of the drawn cells, in flat order
 * @property {boolean[]} isLarge which of them are at full size
 * @property {Shape[]} shapes the heatmaps
 * @property {Box[]} thumbs the places of the heatmaps
 */

/** The side, in cells, from which a map gets a lens, and the side of the lens. */
export const LARGE = 8;
export const LENS = 5;

/** @type {WeakMap<number[], Map<number, number[]>>} a cache of planes, to make each image once */
const slices = new WeakMap();

/**
 * @param {View} view
 * @returns {Planes}
 */
export function planesOf({ shape, value, first }) {
  const columns = shape[shape.length - 1] ?? 1;
  const rows = shape.length > 1 ? shape[shape.length - 2] : 1;
  const size = rows * columns;
  return {
    ...{ rows, columns, size, first: Math.floor(first / size) },
    count: Math.max(1, Math.round(value.length / size)),
  };
}

/**
 * The rows or columns of a lens: all of a small map, else those around some cells.
 * @param {number} all
 * @param {number[]} around
 * @param {number} [most]
 */
export function seen(all, around, most = LENS) {
  const everything = Array.from({ length: all }, (_, i) => i);
  if (all <= LARGE) return everything;
  const from = around.length ? Math.min(...around) : 0;
  const to = around.length ? Math.max(...around) : 0;
  const many = Math.min(all, Math.max(most, to - from + 1));
  const begin = Math.min(all - many, Math.max(0, Math.round((from + to + 1 - many) / 2)));
  return everything.slice(begin, begin + many);
}

/**
 * @param {View} view
 * @param {object} how
 * @param {number} how.plane the open one
 * @param {number[]} how.rows seen at full size
 * @param {number[]} how.columns
 * @param {Box} how.room
 * @param {number} how.most pixels of a cell
 * @param {number} how.gap as a part of a cell
 * @param {number} how.thumb pixels of a heat's side, at most
 * @param {{row: number, by: number}} [how.open] the lane under a row
 * @param {string} how.reading
 * @param {"start"|"end"} [how.side] where it stands in its room
 * @param {Box} [how.aside] where the heatmaps lie; by default below the map
 * @param {Record<string, string>} how.words
 * @returns {Placed}
 */
export function placed(
  view,
  { plane, rows, columns, room, most, gap, thumb, open, reading, side = "start", aside, words },
) {
  const all = planesOf(view);
  const isLens = rows.length < all.rows || columns.length < all.columns;
  const others = Array.from({ length: all.count }, (_, i) => all.first + i).filter(
    (each) => isLens || each !== plane,
  );
  const pad = !isLens && all.count === 1 ? view.ring : null;
  const edge = pad ? (thumb < 50 ? 7 : 20) : 0;
  const [top, left, bottom, right] = pad
    ? [pad.top, pad.left, pad.bottom, pad.right].map((each) => each * edge)
    : [0, 0, 0, 0];
  const below = others.length && !aside ? thumb + 22 : 0;
  const by = open?.by ?? 0;
  const wide = columns.length + (columns.length - 1) * gap;
  const high = rows.length + (rows.length - 1) * gap;
  const cell = Math.min(
    most,
    (room.w - left - right) / wide,
    (room.h - by - below - top - bottom) / high,
  );
  const pitch = cell * (1 + gap);
  const x0 = side === "end" ? room.x + room.w - right - wide * cell : room.x + left;
  const y0 = room.y + top;
  const index = (/** @type {number[]} */ some, /** @type {number} */ i) => i - some[0];
  const at = (/** @type {number} */ row, /** @type {number} */ column) => ({
    x: x0 + index(columns, column) * pitch,
    y: y0 + index(rows, row) * pitch + (open && row > open.row ? by : 0),
    w: cell,
    h: cell,
  });
  const bounds = { x: x0, y: y0, w: wide * cell, h: high * cell + by };
  /** @type {Shape[]} */
  const shapes = [];
  const outer = {
    x: bounds.x - left,
    y: bounds.y - top,
    w: bounds.w + left + right,
    h: bounds.h + top + bottom,
  };
  if (pad) shapes.push(...padding(pad, outer, edge, words));

  // Planes that are not open or not completely visible are drawn as heatmaps.
  const isGradient = view.is.gradient && reading !== "values";
  const across = others.length > 6 ? 2 : 10;
  const broad = aside ? Math.ceil(Math.sqrt(others.length)) : others.length;
  const space = aside ?? { ...room, h: thumb };
  const deep = Math.ceil(others.length / Math.max(1, broad));
  const longest = Math.max(all.rows, all.columns);
  const one = Math.min(
    thumb,
    (space.w - across * (broad - 1)) / Math.max(1, broad),
    (space.h - across * (deep - 1)) / Math.max(1, deep),
  );
  const grain = one / longest;
  const begin =
    side === "end" ? room.x + room.w - broad * (one + across) + across : (aside?.x ?? outer.x);
  const thumbs = others.map((_, i) => ({
    x: begin + (i % broad) * (one + across),
    y: (aside?.y ?? outer.y + outer.h + 22) + Math.floor(i / broad) * (one + across),
    w: grain * all.columns,
    h: grain * all.rows,
  }));
  others.forEach((other, i) => {
    const { x, y, w, h } = thumbs[i];
    shapes.push({
      kind: "heat",
      ...{ x, y, wide: w, high: h, columns: all.columns },
      levels: slice(view, isGradient, other - all.first, all.size),
      of: isGradient ? "heat" : "grey",
      key: `heat:${view.key}:${other}`,
    });
    if (!isLens || other !== plane) return;
    shapes.push(
      rect(
        {
          x: x + columns[0] * grain - 1,
          y: y + rows[0] * grain - 1,
          w: columns.length * grain + 2,
          h: rows.length * grain + 2,
        },
        { stroke: "you", width: 1.8, radius: 2, part: "frame", key: `frame:${view.key}` },
      ),
    );
  });
  const [seenRows, seenColumns] = [new Set(rows), new Set(columns)];
  /** @type {Box[]} */
  const boxes = [];
  /** @type {boolean[]} */
  const isLarge = [];
  for (let i = 0; i < view.value.length; i += 1) {
    const own = all.first + Math.floor(i / all.size);
    const row = Math.floor((i % all.size) / all.columns);
    const column = i % all.columns;
    const large = own === plane && seenRows.has(row) && seenColumns.has(column);
    isLarge.push(large);
    const over = thumbs[others.indexOf(own)];
    boxes.push(
      large || !over
        ? at(row, column)
        : { x: over.x + column * grain, y: over.y + row * grain, w: grain, h: grain },
    );
  }
  return {
    at,
    rows,
    columns,
    cell,
    gap: cell * gap,
    bounds,
    outer,
    isLens,
    boxes,
    isLarge,
    shapes,
    thumbs,
  };
}

/**
 * The padding around a map, thinner than its cells, and what it holds.
 * @param {NonNullable<View["ring"]>} pad
 * @param {Box} outer
 * @param {number} edge
 * @param {Record<string, string>} words
 * @returns {Shape[]}
 */
function padding({ top, bottom, text: held }, outer, edge, words) {
  const frame = rect(inset(outer, 1), {
    ...{ stroke: "wire", width: 1.2, dash: [3, 3], radius: 6, part: "pad" },
  });
  const said = fill(words.padding_holds, { number: held });
  if (!held || !(top || bottom) || edge < 14 || widthOf(said, 11.5) > outer.w - 8) return [frame];
  const y = top ? outer.y + (top * edge) / 2 : outer.y + outer.h - (bottom * edge) / 2;
  return [frame, text(said, outer.x + outer.w / 2, y, 11.5, { fill: "ink2", part: "note" })];
}

/**
 * A map whose cells are too small for numbers: an image of each plane, over the plane's cells.
 * @param {View} view
 * @param {Box[]} boxes the places of its cells
 * @param {string} reading
 * @returns {Shape[]}
 */
export function heats(view, boxes, reading) {
  const isGradient = view.is.gradient && reading !== "values";
  const { size, count } = planesOf(view);
  return Array.from({ length: count }, (_, plane) => {
    const { x, y, w, h } = outline(boxes.slice(plane * size, (plane + 1) * size));
    return {
      kind: "heat",
      ...{ x, y, wide: w, high: h, columns: view.columns },
      levels: slice(view, isGradient, plane, size),
      of: isGradient ? "heat" : "grey",
      key: `heat:${view.key}:${plane}`,
    };
  });
}

/**
 * @param {View} view
 * @param {boolean} isGradient
 * @param {number} at
 * @param {number} size
 */
function slice(view, isGradient, at, size) {
  const levels = levelsOf(view, isGradient);
  if (levels.length === size) return levels;
  const planes = slices.get(levels) ?? new Map();
  slices.set(levels, planes);
  const plane = planes.get(at) ?? levels.slice(at * size, (at + 1) * size);
  planes.set(at, plane);
  return plane;
}
