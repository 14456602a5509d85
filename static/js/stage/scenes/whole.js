// The whole network at one look, once all is done: every map in the order of the layers, the parameters
// under them, and the way of the explained cell's gradient: one trunk from layer to layer (whole/trunk.js),
// and a word under each layer that says what happened there.
//
// The interface is told in ../scenes.js.

import { fill } from "../../shared/texts.js";
import { cell, laid } from "../cell.js";
import { heats } from "../lens.js";
import { ring, text, widthOf } from "../shapes.js";
import { compose as drawing, isDrawing } from "./drawing.js";
import { bandsOf } from "./whole/bands.js";
import { ringOf, trunk } from "./whole/trunk.js";

/** @import {Pair, View} from "../pair.js" */
/** @import {Composition, Options} from "../scenes.js" */
/** @import {Box, CellBox, Shape} from "../shapes.js" */
/** @import {Place} from "./whole/ends.js" */
/** @import {Stage} from "../way.js" */

const SIDE = { wide: 26, middle: 20, tall: 24, phone: 14 };
const HEAD = 35;
/** What the words under a layer take. */
const FOOT = { wide: 52, middle: 52, tall: 50, phone: 20 };
/** Between two maps at least: a trunk turns there, beside the words. */
const GUTTER = { wide: 26, middle: 22, tall: 24, phone: 18 };
/** Between two cells, as a part of a cell; between two rows, in pixels, with room for the trunk, and at
 * most as a part of a cell. */
const GAP = 0.1;
const LANE = { wide: 15, middle: 12, tall: 11, phone: 7 };
const LANE_MOST = 0.32;
const LARGE = 15;
/** Pixels of a cell from which a map has lanes. */
const OPEN = 12;
/** What the word for what happened in a layer needs at least. */
const SAID = 66;
/** Pixels of a cell: down to which names have one line, and at most of a short network. */
const CELL = 52;
const MOST = { wide: 92, middle: 76, tall: 84, phone: 56 };
/** Between two maps at most, in pixels, beside what they have anyway. */
const APART = 70;

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
  /** @type {View[][]} */
  const lines = [];
  for (let i = 0; i < outputs.length; i += across) lines.push(outputs.slice(i, i + across));
  const low = parameters.length ? Math.min(144, box.h * (isPhone ? 0.24 : 0.27)) : 0;
  const high = (box.h - low) / lines.length;
  /** @type {CellBox[]} */
  const cells = [];
  /** @type {Shape[]} */
  const shapes = [];
  /** @type {Shape[]} */
  const above = [];
  const stages = told(pair);
  // Kept free where nothing is said too: a map must not move under the pointer.
  const foot = FOOT[options.scale];
  const lineOf = (/** @type {string} */ key) =>
    lines.findIndex((line) => line.some((view) => view.key === key));
  const bands = bandsOf(
    pair.links,
    outputs.map(({ key }) => key),
    lineOf,
  );
  const gutter = GUTTER[options.scale];
  /** @type {Map<string, Place>} */
  const places = new Map();
  /**
   * @param {View} view
   * @param {Box} room
   * @param {number} most
   * @param {number} line −1: of the parameters
   * @returns {number} where its cells end
   */
  const put = (view, room, most, line) => {
    const inner = { ...room, y: room.y + HEAD, h: room.h - HEAD - 4 - (line < 0 ? 0 : foot) };
    const open = opened(view, inner, most, LANE[options.scale]);
    // Cells too small for numbers are one image, which has no lanes.
    const isOpen = line >= 0 && open.cell >= OPEN;
    const { boxes, bounds, cell: size } = isOpen ? open : laid(view, inner, most);
    const lane = isOpen ? open.lane : 0;
    const place = { view, boxes, bounds, room, line, lane };
    if (line >= 0) places.set(view.key, place);
    const title = view.title;
    const wide = room.w + Math.min(8, gutter - 18);
    const fit = Math.min(14, (14 * wide) / Math.max(1, widthOf(title, 14, 700)));
    // In small letters, a word a line, where it would reach the next map.
    const lines = fit < 11 ? title.split(" ").slice(0, 2) : [title];
    if (lines.every((each) => widthOf(each, 11, 700) <= wide))
      lines.forEach((each, i) => {
        const y = room.y + 9 - 13 * (lines.length - 1 - i);
        shapes.push(
          text(each, room.x, y, Math.max(11, fit), {
            weight: 700,
            anchor: "start",
            part: "heading",
          }),
        );
      });
    const shape = view.note.split(" · ")[0];
    // The large numbers in a weight's place might be taken for new weights.
    const isTold = line < 0 && view.is.gradient && options.reading !== "values";
    const notes = isTold ? [fill(options.words.of_gradients, { size: shape }), shape] : [shape];
    const note = notes.find((each) => widthOf(each, 12) < room.w + 4);
    if (note)
      shapes.push(
        text(note, room.x, room.y + 24, 12, { fill: "ink2", anchor: "start", part: "note" }),
      );
    const isImage = !isOpen && size < LARGE;
    if (isImage) shapes.push(...heats(view, boxes, options.reading));
    boxes.forEach((each, i) => {
      cells.push({ key: view.key, at: i, ...each });
      const isSubject = pair.subject?.key === view.key && pair.subject.at === view.first + i;
      if (!isImage) shapes.push(...cell(view, i, each, options));
      if (isSubject) above.push(ringed(each, line < 0 ? 4 : ringOf(place)));
    });
    const stage = stages.get(view.key);
    const under = { ...bounds, h: bounds.h + lane * 0.7, w: room.w + Math.min(8, gutter - 18) };
    if (stage) shapes.push(...account(stage, under, box, options));
    return bounds.y + bounds.h;
  };
  let top = box.y;
  lines.forEach((views, row) => {
    const band = bands.high[row] ?? 0;
    const [wide, tall] = [box.w - 2 * side, high - HEAD - 4 - foot - band];
    const lane = LANE[options.scale];
    const sizes = { most: MOST[options.scale], gutter, lane };
    const { widths, most, isTight } = shares(views, wide, tall, sizes);
    // What one line leaves over stands around its maps, not at one side of them.
    const isOne = lines.length === 1;
    const used = Math.max(...views.map((view) => sizeOf(view, tall, most, lane).h));
    const spare = wide - widths.reduce((sum, each) => sum + each, 0);
    const down = !isOne || isPhone ? 0 : Math.max(0, Math.min(70, (tall - used) / 2));
    let x = box.x + side + (isOne ? Math.max(0, spare / 2) : 0);
    const ends = views.map((view, i) => {
      const [from, w] = [x, widths[i] - gutter];
      x += widths[i];
      const low = band + down;
      return put(
        view,
        { x: from, y: top + low, w, h: high - low },
        isTight ? MOST[options.scale] : most * 1.06,
        row,
      );
    });
    // A phone has no room to leave empty; a band is room enough.
    const apart = bands.high[row + 1] ? 6 : 16;
    top = isPhone ? Math.min(top + high, Math.max(...ends) + foot + apart) : top + high;
  });
  if (low) {
    const sizes = { most: 44, gutter, lane: 0 };
    const { widths } = shares(parameters, box.w - 2 * side, low - HEAD - 4, sizes);
    let x = box.x + side;
    parameters.forEach((view, i) => {
      put(view, { x, y: top, w: widths[i] - gutter, h: box.y + box.h - top }, 44, -1);
      x += widths[i];
    });
  }
  if (stages.size) {
    const { way, subject } = pair;
    const right = box.x + box.w - side / 2;
    const lit = { hops: way?.hops ?? [], subject };
    shapes.push(...trunk(lit, places, bands, { scale: options.scale, right }));
  }
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
  const top = y + h + (scale === "phone" ? 11 : 14);
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
        text(each, x, top + 15 * (i + 1), said, { fill: "ink2", anchor: "start", part: "note" }),
      );
  });
  return shapes;
}

/**
 * The ring of the explained cell, close enough to leave the lane under it free.
 * @param {Box} box
 * @param {number} by
 */
const ringed = ({ x, y, w, h }, by) =>
  ring(
    { x: x + 4 - by, y: y + 4 - by, w: w - 8 + 2 * by, h: h - 8 + 2 * by },
    { key: "ring", radius: Math.max(3, w / 7) },
  );

/**
 * A map with lanes between its rows, of so many pixels where its cells are large.
 * @param {View} view
 * @param {Box} room
 * @param {number} most pixels of a cell
 * @param {number} pixels
 */
function opened(view, room, most, pixels) {
  let share = GAP;
  let map = laid(view, room, most, GAP);
  // In a single column, each cell can be reached from its sides.
  if (view.columns > 1)
    for (let again = 0; again < 3; again += 1) {
      share = Math.max(GAP, Math.min(LANE_MOST, pixels / map.cell));
      map = laid(view, room, most, GAP, share);
    }
  return { ...map, lane: map.cell * share };
}

/**
 * The size of a map in a line so high.
 * @param {View} view
 * @param {number} high
 * @param {number} most pixels of a cell
 * @param {number} lane
 */
const sizeOf = (view, high, most, lane) =>
  opened(view, { x: 0, y: 0, w: 4000, h: Math.max(20, high) }, most, lane).bounds;

/**
 * How wide each map's place is in a line, with the gutter after it, and pixels of a cell: as large as
 * all fit beside each other, in one line of words or in two.
 * @param {View[]} views
 * @param {number} wide
 * @param {number} high
 * @param {{most: number, gutter: number, lane: number}} of ``most``: pixels of a cell
 * @returns {{widths: number[], most: number, isTight: boolean}}
 */
function shares(views, wide, high, { most, gutter, lane }) {
  const all = (/** @type {number} */ cell, /** @type {boolean} */ isTight) =>
    views.map((view) => {
      const { w } = sizeOf(view, high, cell, lane);
      return Math.max(w, wordsWide(view.title, isTight)) + gutter + (isTight ? 0 : 8);
    });
  const total = (/** @type {number[]} */ each) => each.reduce((sum, one) => sum + one, 0);
  for (const [isTight, least] of /** @type {[boolean, number][]} */ ([
    [false, CELL],
    [true, LARGE],
  ]))
    for (let cell = most; cell >= Math.min(least, most); cell -= 2) {
      const wishes = all(cell, isTight);
      const spare = wide - total(wishes);
      if (spare < 0) continue;
      const more = Math.min(APART, spare / views.length);
      return { widths: wishes.map((wish) => wish + more), most: cell, isTight };
    }
  const wishes = all(LARGE, true);
  return {
    widths: wishes.map((wish) => (wish / total(wishes)) * wide),
    most: LARGE,
    isTight: true,
  };
}

/**
 * @param {string} title
 * @param {boolean} isTight a word a line
 */
const wordsWide = (title, isTight) =>
  isTight
    ? Math.max(SAID, ...title.split(" ").map((word) => widthOf(word, 11, 700)))
    : Math.max(SAID, Math.min(120, widthOf(title, 12, 700)));
