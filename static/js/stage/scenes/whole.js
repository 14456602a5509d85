// The whole network at one look, once all is done: every map in the order of the layers, the parameters
// under them, and the way of the explained cell's gradient: its cells are framed, and a word under each
// layer says what happened there.
//
// The interface is told in ../scenes.js.

import { fill } from "../../shared/texts.js";
import { cell, laid } from "../cell.js";
import { levelsOf } from "../heat.js";
import { around, arrow, rect, ring, signOf, text, widthOf } from "../shapes.js";
import { compose as drawing, isDrawing } from "./drawing.js";

/** @import {Pair, View} from "../pair.js" */
/** @import {Composition, Options} from "../scenes.js" */
/** @import {Box, CellBox, Shape} from "../shapes.js" */
/** @import {Stage} from "../way.js" */

const SIDE = { wide: 26, middle: 20, tall: 24, phone: 14 };
const HEAD = 40;
/** What the words under a layer take. */
const FOOT = { wide: 58, middle: 58, tall: 54, phone: 20 };
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
  const stages = told(pair);
  const foot = stages.size ? FOOT[options.scale] : 0;
  /** @type {Map<string, {bounds: Box, line: number, cellAt: (at: number) => Box|undefined}>} */
  const places = new Map();
  /**
   * @param {View} view
   * @param {Box} room
   * @param {number} most
   * @param {number} line −1: of the parameters
   */
  const put = (view, room, most, line) => {
    const {
      boxes,
      bounds,
      cell: size,
    } = laid(
      view,
      { ...room, y: room.y + HEAD, h: room.h - HEAD - 8 - (line < 0 ? 0 : foot) },
      most,
    );
    places.set(view.key, { bounds, line, cellAt: (at) => boxes[at - view.first] });
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
    const stage = stages.get(view.key);
    if (stage) shapes.push(...account(stage, { ...bounds, w: room.w + 10 }, box, options));
  };
  lines.forEach((views, row) => {
    const widths = shares(views, box.w - 2 * side, high - HEAD - 12);
    let x = box.x + side;
    views.forEach((view, i) => {
      put(view, { x, y: box.y + row * high, w: widths[i] - 18, h: high }, 64, row);
      x += widths[i];
    });
  });
  if (low) {
    const widths = shares(parameters, box.w - 2 * side, low - HEAD - 8);
    let x = box.x + side;
    parameters.forEach((view, i) => {
      put(view, { x, y: box.y + box.h - low, w: widths[i] - 18, h: low }, 44, -1);
      x += widths[i];
    });
  }
  above.push(...lit(pair, stages, places));
  return {
    cells,
    shapes: [...shapes, ...above],
    terms: pair.terms.map((term) => ({ ...term, lands: 0 })),
    duration: 0,
  };
}

/**
 * What is said of each grid on the way; the steps that come after are counted.
 * @param {Pair} pair
 * @returns {Map<string, Stage & {count: number}>} ``count``: 0 before the explained cell
 */
function told({ way, all, isQuestion }) {
  const [first] = all;
  if (!way || isQuestion || !first.is.gradient) return new Map();
  const stages = [
    ...way.before.map((each) => ({ ...each, count: 0 })),
    ...[way.own, ...way.after].map((each, i) => ({ ...each, count: i + 1 })),
  ];
  return new Map(stages.map((each) => [each.key, each]));
}

/**
 * The words under a layer: what happened there, and to how many cells.
 * @param {Stage & {count: number}} stage
 * @param {Box} under the map, and how wide they may be
 * @param {Box} box
 * @param {Options} options
 * @returns {Shape[]}
 */
function account({ did, n, stopped, count }, { x, y, w, h }, box, { words, scale }) {
  const title = `${count ? `${count} · ` : ""}${words[`did_${did}`]}`;
  const room = Math.min(w, box.x + box.w - x);
  const size = [13, 12, 11].find((each) => widthOf(title, each, 700) <= room);
  const top = y + h + (scale === "phone" ? 12 : 18);
  if (!size) return [];
  const shapes = [text(title, x, top, size, { weight: 700, anchor: "start", part: "way" })];
  if (scale === "phone") return shapes;
  const note = count === 1 ? words[`own_${did}`] : words[`way_${did}`];
  const more = count !== 1 && stopped && did !== "spread" ? words.way_nothing : "";
  const notes = [note && fill(note, { n }), more && fill(more, { n: stopped })].filter(Boolean);
  notes.forEach((each, i) => {
    const said = [12, 11].find((font) => widthOf(each, font) <= room);
    if (said)
      shapes.push(
        text(each, x, top + 17 * (i + 1), said, { fill: "ink2", anchor: "start", part: "note" }),
      );
  });
  return shapes;
}

/**
 * The cells on the way in frames, and an arrow from layer to layer.
 * @param {Pair} pair
 * @param {Map<string, Stage & {count: number}>} stages
 * @param {Map<string, {bounds: Box, line: number, cellAt: (at: number) => Box|undefined}>} places
 * @returns {Shape[]}
 */
function lit({ all, subject }, stages, places) {
  /** @type {Shape[]} */
  const shapes = [];
  const outputs = all.filter(({ key }) => stages.has(key));
  outputs.forEach(({ key, first, gradient }, i) => {
    const place = places.get(key);
    const { cells } = /** @type {Stage} */ (stages.get(key));
    if (!place) return;
    const own = cells.map(place.cellAt).filter((each) => each !== undefined);
    const next = places.get(outputs[i + 1]?.key);
    const [largest] = cells
      .map((at) => gradient[at - first] ?? 0)
      .toSorted((a, b) => Math.abs(b) - Math.abs(a));
    if (next?.line === place.line && own.length) {
      const { x, w } = place.bounds;
      const [from, to] = [next.bounds.x - 5, x + w + 5];
      const middle = around(own).y + around(own).h / 2;
      if (from - to > 9)
        shapes.push(
          ...arrow([from, middle], [to, middle], { stroke: signOf(largest), width: 2.4 }),
        );
    }
    if (key === subject?.key) return;
    const outer = around(own);
    const isWhole = own.reduce((sum, { w, h }) => sum + w * h, 0) > outer.w * outer.h * 0.7;
    for (const each of isWhole ? [outer] : own)
      shapes.push(
        rect(
          { x: each.x - 2, y: each.y - 2, w: each.w + 4, h: each.h + 4 },
          { stroke: "you", width: 2, radius: Math.max(3, own[0].w / 6), part: "lit" },
        ),
      );
  });
  return shapes;
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
