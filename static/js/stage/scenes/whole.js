// The whole network at one look, once all is done: every map in the order of the layers, what it has
// between it and the next below, and the pinned cell's way in words of the caption.
//
// The interface is told in ../scenes.js.

import { cell, laid } from "../cell.js";
import { levelsOf } from "../heat.js";
import { ring, text, widthOf } from "../shapes.js";
import { compose as drawing, isDrawing } from "./drawing.js";

/** @import {Pair, View} from "../pair.js" */
/** @import {Composition, Options} from "../scenes.js" */
/** @import {Box, CellBox, Shape} from "../shapes.js" */

const SIDE = { wide: 26, middle: 20, tall: 24, phone: 14 };
const HEAD = 40;
const LARGE = 15;

/**
 * @param {Pair} pair
 * @param {Box} box
 * @param {Options} options
 * @returns {Composition}
 */
export function compose(pair, box, options) {
  if (isDrawing(pair)) return drawing(pair, box, options);
  const side = SIDE[options.scale];
  const outputs = pair.all.filter(({ key }) => !key.includes("."));
  const parameters = pair.all.filter(({ key }) => key.includes("."));
  const isPhone = options.scale === "phone";
  const across = isPhone
    ? 3
    : options.scale === "tall"
      ? Math.min(4, outputs.length)
      : outputs.length;
  const lines = [];
  for (let i = 0; i < outputs.length; i += across) lines.push(outputs.slice(i, i + across));
  const low = parameters.length ? Math.min(150, box.h * 0.28) : 0;
  const high = (box.h - low) / lines.length;
  /** @type {CellBox[]} */
  const cells = [];
  /** @type {Shape[]} */
  const shapes = [];
  /** @type {Shape[]} */
  const above = [];
  /**
   * @param {View} view
   * @param {Box} room
   * @param {number} most
   */
  const put = (view, room, most) => {
    const {
      boxes,
      bounds,
      cell: size,
    } = laid(view, { ...room, y: room.y + HEAD, h: room.h - HEAD - 8 }, most);
    const title = view.title;
    const fit = Math.min(14, (14 * (room.w + 8)) / Math.max(1, widthOf(title, 14, 700)));
    // In small letters, a word a line, where it would reach the next map.
    const lines = fit < 11 ? title.split(" ").slice(0, 2) : [title];
    if (lines.every((each) => widthOf(each, 11, 700) <= room.w + 8))
      lines.forEach((each, i) => {
        const y = room.y + 12 - 13 * (lines.length - 1 - i);
        shapes.push(
          text(each, room.x, y, Math.max(11, fit), {
            weight: 700,
            anchor: "start",
            part: "heading",
          }),
        );
      });
    const note = view.note.split(" · ")[0];
    if (widthOf(note, 12) < room.w + 4)
      shapes.push(
        text(note, room.x, room.y + 28, 12, { fill: "ink2", anchor: "start", part: "note" }),
      );
    if (size < LARGE) {
      const isGradient = view.is.gradient && options.reading !== "values";
      shapes.push({
        kind: "heat",
        ...{ x: bounds.x, y: bounds.y, wide: bounds.w, high: bounds.h, columns: view.columns },
        levels: levelsOf(view, isGradient),
        of: isGradient ? "heat" : "grey",
        key: `heat:${view.key}`,
      });
    }
    boxes.forEach((each, i) => {
      cells.push({ key: view.key, at: i, ...each });
      const isSubject = pair.subject?.key === view.key && pair.subject.at === view.first + i;
      if (size >= LARGE) shapes.push(...cell(view, i, each, options));
      if (isSubject) above.push(ring(each, { key: "ring", radius: Math.max(3, each.w / 7) }));
    });
  };
  lines.forEach((views, row) => {
    const widths = shares(views, box.w - 2 * side, high - HEAD - 12);
    let x = box.x + side;
    views.forEach((view, i) => {
      put(view, { x, y: box.y + row * high, w: widths[i] - 18, h: high }, 64);
      x += widths[i];
    });
  });
  if (low) {
    const widths = shares(parameters, box.w - 2 * side, low - HEAD - 8);
    let x = box.x + side;
    parameters.forEach((view, i) => {
      put(view, { x, y: box.y + box.h - low, w: widths[i] - 18, h: low }, 44);
      x += widths[i];
    });
  }
  return {
    cells,
    shapes: [...shapes, ...above],
    terms: pair.terms.map((term) => ({ ...term, lands: 0 })),
    duration: 0,
  };
}

/**
 * How wide each map's place is: by its own cells, none narrower than its name.
 * @param {View[]} views
 * @param {number} wide
 * @param {number} high
 */
function shares(views, wide, high) {
  const names = views.map(({ title }) => Math.min(120, widthOf(title, 12, 700) + 24));
  const wishes = views.map((view, i) => {
    const { bounds } = laid(view, { x: 0, y: 0, w: 4000, h: Math.max(20, high) }, 60);
    return Math.max(names[i], bounds.w + 26);
  });
  const sum = wishes.reduce((a, b) => a + b, 0);
  if (sum <= wide) {
    const more = Math.min(70, (wide - sum) / views.length);
    return wishes.map((wish) => wish + more);
  }
  return wishes.map((wish) => (wish / sum) * wide);
}
