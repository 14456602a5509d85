// Lays out units of equal size (an input beside its output, a window beside its pooled cell) in the
// rows and columns of a map, as large as fits, with headings over their columns. It uses no DOM.

import { text, widthOf } from "./shapes.js";

/** @import {View} from "./pair.js" */
/** @import {Composition} from "./scenes.js" */
/** @import {Box, Shape} from "./shapes.js" */

/**
 * @typedef {{cell: number, units: Box[], columns: number[]}} Units ``cell``: pixels of a cell in each
 *   unit; ``columns``: where each column of units begins
 */

/**
 * @param {View} view the map whose rows and columns the units follow, its planes beside or under
 *   each other
 * @param {number} count how many units
 * @param {{room: Box, unit: (cell: number) => {w: number, h: number}, between: [number, number],
 *   most: number}} how ``between``: columns and rows of units, in pixels
 * @returns {Units}
 */
export function apart(view, count, { room, unit, between: [gapX, gapY], most }) {
  const columns = Math.min(view.columns, count);
  const high =
    view.drawn.length > 1 ? view.drawn[view.drawn.length - 2] : Math.ceil(count / columns);
  const planes = Math.max(1, Math.round(count / (columns * high)));
  let best = { cell: 0, across: 1 };
  for (let across = 1; across <= planes; across += 1) {
    const cell = largest(most, (c) => {
      const { w, h } = unit(c);
      const down = Math.ceil(planes / across);
      return (
        across * columns * w + (across * columns - 1) * gapX <= room.w &&
        down * high * h + (down * high - 1) * gapY <= room.h
      );
    });
    if (cell > best.cell) best = { cell, across };
  }
  const { w, h } = unit(best.cell);
  // Centre the units in the room.
  const across = best.across * columns;
  const left = room.x + Math.max(0, (room.w - across * w - (across - 1) * gapX) / 2);
  const units = Array.from({ length: count }, (_, i) => {
    const plane = Math.floor(i / (columns * high));
    const inPlane = i % (columns * high);
    const column = (inPlane % columns) + (plane % best.across) * columns;
    const row = Math.floor(inPlane / columns) + Math.floor(plane / best.across) * high;
    return { x: left + column * (w + gapX), y: room.y + row * (h + gapY), w, h };
  });
  const starts = [...new Set(units.map(({ x }) => x))].toSorted((a, b) => a - b);
  return { cell: best.cell, units, columns: starts };
}

/**
 * The largest whole number of pixels that fits; 0 if none does.
 * @param {number} most
 * @param {(cell: number) => boolean} fits
 */
function largest(most, fits) {
  let cell = most;
  while (cell > 0 && !fits(cell)) cell -= 1;
  return cell;
}

/**
 * The names of both maps, over the first column of units alone: written again over the next, they would
 * name two layers more. Without enough room, they stand side by side.
 * @param {[View, View]} views the target's and the source's
 * @param {number[]} columns where each column of units begins
 * @param {number} y
 * @param {(view: 0|1) => {x: number, room: number}} where the middle of its cells, from the column's
 *   beginning, and how wide its name may be
 * @returns {Shape[]}
 */
export function headings(views, [first], y, where) {
  const size = [14, 12.5, 11].find((each) =>
    views.every((view, i) => widthOf(view.title, each, 700) <= where(/** @type {0|1} */ (i)).room),
  );
  const more = { weight: 700, part: "heading" };
  if (!size) {
    const names = views.map(({ title }) => title).join(" ← ");
    return [text(names, first, y, 13, { ...more, anchor: "start" })];
  }
  return views.map(({ title }, i) =>
    text(title, first + where(/** @type {0|1} */ (i)).x, y, size, more),
  );
}

/**
 * The numbers of a map's columns or rows along its edge, as the words name its cells.
 * @param {[number, number, number][]} places the number, and the middle of where it stands
 * @returns {Shape[]}
 */
export const numbered = (places) =>
  places.map(([number, x, y]) => text(String(number), x, y, 11.5, { fill: "ink3", part: "index" }));

/**
 * Where the field for a guess stands: under the unit of the cell that is asked for.
 * @param {Box} box
 * @param {Box|undefined} unit
 * @param {string} scale
 * @returns {NonNullable<Composition["ask"]>}
 */
export function askUnder(box, unit, scale) {
  const w = scale === "phone" ? 170 : 200;
  const lowest = box.y + box.h - 84;
  return {
    x: Math.min(box.x + box.w - w - 8, Math.max(box.x + 8, unit?.x ?? box.x)),
    y: unit ? Math.min(lowest, unit.y + unit.h + 10) : lowest,
    w,
    side: "below",
  };
}
