// The maps of a convolution, and its kernel, which lies turned on the map that gradients come from. No DOM.

import { figure } from "../../../shared/figures.js";
import { fill } from "../../../shared/texts.js";
import { cell, inset, radius } from "../../cell.js";
import { planesOf } from "../../lens.js";
import { numbered } from "../../rows.js";
import { around, bracketed, fitted, heat, plate, rect, text, widthOf } from "../../shapes.js";

/** @import {Placed} from "../../lens.js" */
/** @import {View} from "../../pair.js" */
/** @import {Options} from "../../scenes.js" */
/** @import {Box, Shape} from "../../shapes.js" */
/** @import {Rooms, Size} from "./rooms.js" */
/** @import {Spot} from "./spots.js" */

/** Milliseconds in which the taps lie down. */
export const TURN = 600;

/**
 * A map's name and size, and where there is room, the numbers of its rows and columns.
 * @param {View} view
 * @param {Placed} map
 * @param {Box} room
 * @param {Size} size
 * @param {Box} box
 * @param {Options} options
 * @returns {Shape[]}
 */
export function heading(view, map, room, { head }, box, { words }) {
  const small = head < 40;
  const font = small ? 13 : 14;
  const wide = widthOf(view.title, font, 700);
  const { bounds, rows, columns } = map;
  const x = Math.min(bounds.x, box.x + box.w - wide - 4);
  const y = small ? room.y - 14 : box.y + 12;
  const [note] = view.note.split(" · ");
  const part = fill(words.part_of_map, {
    rows: `${rows[0]}–${rows[rows.length - 1]}`,
    columns: `${columns[0]}–${columns[columns.length - 1]}`,
    size: note,
  });
  const notes = map.isLens ? [part, note] : [note];
  const ink = { anchor: /** @type {const} */ ("start"), fill: "ink2", part: "note" };
  const title = text(view.title, x, y, font, { weight: 700, anchor: "start", part: "heading" });
  const numbers = small ? [] : indexes(map, box);
  const beside = x + wide + 8;
  const right = small ? box.x + box.w - 4 : bounds.x + bounds.w + 14;
  const inLine = notes.find((each) => beside + widthOf(each, small ? 12 : 12.5) <= right);
  if (inLine && inLine === notes[0])
    return [title, text(inLine, beside, y, small ? 12 : 12.5, ink), ...numbers];
  const under = notes.find((each) => widthOf(each, 12.5) <= bounds.w + 14);
  if (small || !under) return [title, ...numbers];
  return [title, text(under, x, y + 17, 12.5, ink)];
}

/**
 * The numbers of the columns above a map, and of the rows at its outer side.
 * @param {Placed} map
 * @param {Box} box
 * @returns {Shape[]}
 */
function indexes({ at, outer, cell: size, columns, rows }, box) {
  if (rows.length * columns.length < 2 || size < 30) return [];
  const isLeft = outer.x - box.x < box.x + box.w - outer.x - outer.w;
  const x = isLeft ? outer.x - 12 : outer.x + outer.w + 12;
  const down = x > box.x + 8 && x < box.x + box.w - 8 && rows.length > 1 ? rows : [];
  return numbered([
    ...columns.map((column) => {
      const each = at(rows[0], column);
      return /** @type {[number, number, number]} */ ([column, each.x + size / 2, outer.y - 15]);
    }),
    ...down.map((row) => {
      const each = at(row, columns[0]);
      return /** @type {[number, number, number]} */ ([row, x, each.y + size / 2]);
    }),
  ]);
}

/**
 * The edges of the planes that lie behind the open one.
 * @param {Placed} map
 * @param {number} count
 * @param {Size} size
 * @returns {Shape[]}
 */
export function behind({ bounds: { x, y, w, h } }, count, { head }) {
  if (count < 2 || head < 40) return [];
  const pad = 5;
  return [8, 0].map((by) =>
    rect(
      { x: x - pad + by, y: y - pad - by, w: w + 2 * pad, h: h + 2 * pad },
      { fill: "panel", stroke: "hair", width: 1.2, radius: 10, part: "plane" },
    ),
  );
}

/**
 * What lies under the kernel's taps: one plate where they touch, else one each.
 * @param {Spot[]} spots
 * @param {Placed} map
 * @param {boolean} learns
 * @returns {Shape[]}
 */
export function plates(spots, map, learns) {
  if (!spots.length || learns) return [];
  const grow = Math.max(2, map.gap / 2);
  const boxes = spots.map(({ row, column }) => map.at(row, column));
  const rows = new Set(spots.map(({ row }) => row));
  const columns = new Set(spots.map(({ column }) => column));
  const isTight = [rows, columns].every(
    (all) => Math.max(...all) - Math.min(...all) === all.size - 1,
  );
  if (!isTight || rows.size * columns.size !== spots.length)
    return boxes.map((each) => plate(inset(each, -grow)));
  return [plate(inset(around(boxes), -grow))];
}

/**
 * A cell with what it is multiplied by at its foot.
 * @param {View} view
 * @param {number} i
 * @param {Box} box
 * @param {Options} options
 * @param {{factors: number[], live: boolean, fill: string, from?: Box}} of
 * @returns {Shape[]}
 */
export function footed(view, i, box, options, { factors, live, fill, from }) {
  const { x, y, w, h } = box;
  if (h < 33) return cell(view, i, box, options);
  const foot = Math.max(15, Math.min(24, h * 0.3));
  const low = Math.max(2, Math.min(5, h * 0.06));
  const side = Math.max(2, w * 0.1);
  const card = { x: x + side, y: y + h - foot - low, w: w - 2 * side, h: foot };
  const ground = heat(view.zero[i] ? 0 : view.gradient[i], view.most[1]);
  const plain = { ...view, is: { ...view.is, won: false } };
  const upper = { x, y, w, h: h - foot - low + 2 };
  const most = Math.min(15, foot * 0.72);
  const { said, size } = footnote(factors, card.w - 4, most);
  if (said === "") return cell(view, i, box, options);
  const by = from && {
    x: from.x + from.w / 2 - (x + w / 2),
    y: from.y + from.h / 2 - (card.y + foot / 2),
  };
  const moved = (/** @type {{x: number, y: number}} */ to) =>
    by && { tweens: [{ start: 0, end: TURN, from: { x: to.x + by.x, y: to.y + by.y } }] };
  const label = text(said, x + w / 2, card.y + foot / 2, size, {
    ...{ weight: live ? 700 : 400, fill: live ? "ink" : "ink2", part: "factor" },
  });
  return [
    rect(box, { fill: ground, radius: radius(box), part: "cell" }),
    ...cell(plain, i, upper, options, { ground: false }),
    rect(card, {
      ...{ fill, radius: Math.min(7, foot / 3), part: "card", motion: moved(card) },
      ...(fill === "card" ? { stroke: live ? "wire" : "hair", width: 1.3 } : {}),
    }),
    { ...label, motion: moved(label) },
  ];
}

/**
 * «× (−1)», closer where there is less room; of several weights «× (1 + 2)», or nothing.
 * @param {number[]} factors
 * @param {number} room
 * @param {number} most
 */
function footnote(factors, room, most) {
  const [factor] = factors;
  if (factors.length > 1) {
    const sum = factors.map((each, i) => (i ? bracketed(each) : figure(each)));
    for (const said of [`× (${sum.join(" + ")})`, `×(${sum.join("+")})`])
      for (let size = Math.max(11, most); size >= 10.5; size -= 0.5)
        if (widthOf(said, size, 700) <= room) return { said, size };
    return { said: "", size: 0 };
  }
  const number = figure(factor);
  for (const said of [`× ${bracketed(factor)}`, `×${bracketed(factor)}`, `×${number}`])
    for (let size = Math.max(11, most); size >= 10.5; size -= 0.5)
      if (widthOf(said, size, 700) <= room) return { said, size };
  const { text: short, size } = fitted(factor, room - widthOf("×", 10.5, 700), 11, 10);
  return { said: `×${short}`, size };
}

/**
 * Where the kernel's weights lie above the gutter, by their flat index.
 * @param {View} weight
 * @param {Box} room
 * @param {boolean} isShown
 * @returns {Map<number, Box>|null}
 */
export function kernelAt(weight, room, isShown) {
  const { rows, columns, size } = planesOf(weight);
  if (!isShown || size !== weight.value.length) return null;
  const side = Math.min(44, (room.h - 30) / rows, room.w / columns);
  if (side < 20) return null;
  return new Map(
    Array.from({ length: size }, (_, i) => [
      weight.first + i,
      {
        x: room.x + (i % columns) * side,
        y: room.y + 4 + (room.h > 60 ? 0 : 0) + Math.floor(i / columns) * (side * 0.84),
        w: side - 4,
        h: side * 0.84 - 4,
      },
    ]),
  );
}

/**
 * That the kernel lies there turned: above it, or where that is too narrow, in lines beside or under it.
 * @param {Options} options
 * @param {Box} first
 * @param {Box} bounds
 * @param {number} right
 * @returns {Shape[]}
 */
export function turnedNote({ words, scale }, first, bounds, right) {
  const ink = { fill: "ink2", anchor: /** @type {const} */ ("start"), part: "note" };
  const said = words.kernel_turned;
  if (scale !== "phone" && widthOf(said, 12) <= right - first.x)
    return [text(said, first.x, first.y - 9, 12, ink)];
  const isBelow = scale === "phone";
  const x = isBelow ? first.x : bounds.x + bounds.w + 8;
  const y = isBelow ? bounds.y + bounds.h + 14 : bounds.y + 8;
  const lines = [""];
  for (const word of said.split(" ")) {
    const longer = `${lines[lines.length - 1]} ${word}`.trim();
    if (widthOf(longer, 12) <= right - x - 6) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines.filter(Boolean).map((each, i) => text(each, x, y + 16 * i, 12, ink));
}

/**
 * That the others get theirs in the same way.
 * @param {Placed} map
 * @param {Rooms} rooms
 * @param {Options} options
 * @param {number} count
 * @returns {Shape[]}
 */
export function also({ bounds, thumbs }, rooms, { words, scale }, count) {
  if (scale === "phone" || thumbs.length) return [];
  const y = bounds.y + bounds.h + 22;
  const said = [words.also_others, words.also_others_short]
    .map((each) => fill(each, { n: count - 1 }))
    .find((each) => widthOf(each, 13) <= bounds.w + 10);
  if (!said || y > rooms.goal.y + rooms.goal.h + 18) return [];
  return [text(said, bounds.x, y, 13, { anchor: "start", fill: "ink2", part: "note" })];
}
