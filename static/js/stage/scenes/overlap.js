// Pooling whose windows overlap, one after the other: each pooled cell beside a small map of its
// window, and what it sends to the cell explained. The map stands once, because windows share cells.
//
// The interface is told in ../scenes.js.

import { figure } from "../../shared/figures.js";
import { cell, laid } from "../cell.js";
import { counting } from "../counting.js";
import { since } from "../motion.js";
import {
  around,
  arrow,
  brace,
  chip,
  line,
  lineWidth,
  n,
  plate,
  plus,
  rect,
  ring,
  signOf,
  text,
  widthOf,
} from "../shapes.js";
import { compose as generic } from "./generic.js";
import { OVERLAP } from "./sizes.js";
import { travelled } from "./travelled.js";

/** @import {Pair, Term, View} from "../pair.js" */
/** @import {Composition, Landing, Options} from "../scenes.js" */
/** @import {Box, CellBox, Motion, Shape} from "../shapes.js" */

/** Windows that are listed, and cells of the map a side; of larger ones, both maps stand whole. */
const WINDOWS = 6;
const SIDE = 5;
/** Milliseconds: the window shows, its gradient travels, the sum counts. */
const BEGIN = 300;
const SHOWN = 250;
const TRAVELS = 400;
const COUNTS = 200;

/**
 * @param {Pair} pair
 * @param {Box} box
 * @param {Options} options
 * @returns {Composition}
 */
export function compose(pair, box, options) {
  const { source, target, subject } = pair;
  const size = OVERLAP[options.scale];
  const windows = windowsOf(source, target);
  if (!windows) return generic(pair, box, options);
  const isPhone = options.scale === "phone";
  const count = windows.length;
  const rows = target.drawn[target.drawn.length - 2];
  const low = isPhone ? count * size.pitch + 2 * size.head : size.head;
  const left = isPhone ? 22 : 0;
  const room = {
    x: box.x + size.side + left,
    y: box.y + low,
    w: box.w - 2 * size.side - left - (isPhone ? 0 : size.list + 24),
    h: box.h - low - 34,
  };
  const map = laid(target, room, size.cell * 1.15, isPhone ? 0.16 : 0.15);
  if (map.cell < 26) return generic(pair, box, options);
  const gap = map.cell * (isPhone ? 0.16 : 0.15);
  const pitch = Math.min(size.pitch, (box.h - size.head - 30) / count);
  const listX = isPhone ? box.x + size.side + left : box.x + box.w - size.side - size.list;

  const isKnown = source.is.gradient && options.reading !== "values" && !pair.isQuestion;
  const added = isKnown && target.is.gradient;
  const own = subject?.key === target.key ? subject.at : -1;
  const here = map.boxes[own];
  const termOf = new Map(pair.terms.map((term) => [term.at, term]));
  const starts = (/** @type {number} */ k) => BEGIN + k * (SHOWN + TRAVELS + COUNTS);
  const lands = (/** @type {number} */ k) => (added ? starts(k) + SHOWN + TRAVELS : 0);
  /** @type {Landing[]} */
  const terms = pair.terms.map((term) => ({ ...term, lands: lands(term.at) }));
  const end = added ? starts(count) : 0;

  /** @type {CellBox[]} */
  const cells = [];
  /** @type {Shape[]} */
  const under = [];
  /** @type {Shape[]} */
  const shapes = [];
  /** @type {Shape[]} */
  const above = [];

  // The map: a cell gets its colour once the last window that reads it has sent.
  target.value.forEach((_, i) => {
    const each = map.boxes[i];
    cells.push({ key: target.key, at: i, ...each });
    const last = windows.findLastIndex((taps) => taps.includes(i));
    const isOwn = i === own;
    const arrives = !added ? 0 : isOwn && terms.length ? terms[0].lands : lands(Math.max(0, last));
    const says = isOwn && pair.isQuestion ? "?" : undefined;
    const drawn = cell(target, i, each, options, { arrives, says });
    shapes.push(
      ...(isOwn && arrives && terms.length ? counting(drawn, terms, arrives, target) : drawn),
    );
    if (isOwn) above.push(ring(each, { key: "ring", radius: Math.max(5, each.w / 9) }));
  });

  // The windows, in their order.
  const [chipW, chipH] = size.chip;
  const chipX = listX + 26;
  const right = listX + size.list;
  const pooledX = right - size.pooled;
  const glyphX = (chipX + chipW + pooledX) / 2 - size.glyph / 2;
  const middle = (/** @type {number} */ k) => box.y + size.head + 6 + (k + 0.5) * pitch - 3;
  /** @type {number[]} */
  const heights = [];
  windows.forEach((taps, k) => {
    const y = middle(k);
    const high = Math.min(size.pooled, pitch - 12);
    const pooled = { x: pooledX, y: y - high / 2, w: size.pooled, h: high };
    cells.push({ key: source.key, at: k, ...pooled });
    shapes.push(...cell(source, k, pooled, options));
    if (pair.pinned?.key === source.key && pair.pinned.at === k)
      above.push(ring(pooled, { radius: 8 }));
    const side = Math.min(size.glyph, pitch - 14);
    shapes.push(
      ...glyph(
        target,
        taps,
        own,
        { x: glyphX + (size.glyph - side) / 2, y: y - side / 2, w: side, h: side },
        rows,
      ),
    );
    const isNow = added
      ? { shown: /** @type {[number, number][]} */ ([[starts(k), starts(k + 1)]]) }
      : { shown: /** @type {[number, number][]} */ ([]) };
    if (added) {
      const ground = around(
        taps.map((at) => map.boxes[at]),
        gap * 0.6,
      );
      const row = { x: glyphX - 8, y: y - high / 2 - 5, w: right - glyphX + 14, h: high + 10 };
      for (const [each, key] of /** @type {[Box, string][]} */ ([
        [ground, "window"],
        [row, "row"],
      ]))
        under.push(plate(each, { fill: "hair", key: `${key}:${k}`, motion: isNow }));
    }
    const term = termOf.get(k);
    if (!isKnown || !term) return;
    heights.push(y);
    const gone = added ? starts(k) + SHOWN : 0;
    const seen = added ? since(lands(k)) : undefined;
    const isSent = term.product !== 0;
    const width = isSent ? Math.min(chipH / 6, lineWidth(term.upstream, source.most[1])) : 1.4;
    const ways = (/** @type {Partial<import("../shapes.js").Path>} */ more) => [
      ...(isSent ? [line([[pooledX - 4, y], [glyphX + size.glyph + 6, y]], 1, more)] : []),
      ...arrow([glyphX - 6, y], [chipX + chipW + 4, y], more),
    ]; // biome-ignore format: points
    const waits = { width: 1.4 };
    const sent = isSent ? { stroke: signOf(term.product), width } : waits;
    shapes.push(...travelled(ways, added ? gone : null, waits, sent));
    const tag = { x: chipX, y: y - chipH / 2, w: chipW, h: Math.min(chipH, pitch - 10) };
    shapes.push(
      ...chip(tag, term.product, {
        ...{ size: chipH * 0.5, most: source.most[1], motion: seen },
        term: [term.upstream, term.factor, term.product],
      }),
    );
    const factor = `× ${figure(term.factor)}`;
    if (pair.kind === "avg_pool" && widthOf(factor, 12) < glyphX - chipX - chipW - 16)
      shapes.push(
        text(factor, (chipX + chipW + glyphX) / 2, y - 12, 12, { fill: "ink2", part: "note" }),
      );
    if (heights.length > 1 && pitch - chipH > 20)
      shapes.push(
        ...plus(chipX + chipW / 2, (y + heights[heights.length - 2]) / 2, { motion: seen }),
      );
  });

  // All of them go to the cell explained, by the lane under it.
  if (isKnown && here && heights.length)
    above.push(...gathered(pair, terms, heights, { here, map, gap, chipX, isPhone, added }));
  const y = box.y + size.head;
  const bold = /** @type {const} */ ({ weight: 700, part: "heading" });
  const soft = /** @type {const} */ ({ fill: "ink2", part: "note", anchor: "start" });
  const mapY = isPhone ? map.bounds.y - 12 : y - 30;
  shapes.push(
    text(target.title, map.bounds.x, mapY, 14, { ...bold, anchor: "start" }),
    text(source.title, right, y - (isPhone ? 10 : 30), 14, { ...bold, anchor: "end" }),
  );
  const note = target.note.split(" · ")[0];
  if (!isPhone) shapes.push(text(note, map.bounds.x, mapY + 17, 12.5, soft));
  return {
    cells,
    shapes: [...under, ...shapes, ...above],
    terms,
    duration: added ? end + 100 : 0,
    ask: pair.isQuestion
      ? { x: chipX, y: y + 4, w: Math.min(230, size.list - 120), side: "below" }
      : undefined,
  };
}

/**
 * Which cells of the map each window reads; null where there are too many of either, or several
 * planes.
 * @param {View} source
 * @param {View} target
 * @returns {number[][]|null}
 */
function windowsOf({ windows, value, drawn }, target) {
  const [rows, columns] = target.drawn.slice(-2);
  const isSmall = value.length <= WINDOWS && rows <= SIDE && columns <= SIDE;
  const isPlane = target.value.length === rows * columns && target.drawn.length > 1;
  if (!windows || !isSmall || !isPlane || drawn.length < 2) return null;
  const [down, over] = windows.taps;
  const found = windows.starts[0].flatMap((top) =>
    windows.starts[1].map((left) =>
      down.flatMap((dy) =>
        over.flatMap((dx) => {
          const [y, x] = [top + dy, left + dx];
          return y >= 0 && y < rows && x >= 0 && x < columns ? [y * columns + x] : [];
        }),
      ),
    ),
  );
  return found.length === value.length ? found : null;
}

/**
 * A small map of a window: which cells it reads, and the one that is explained.
 * @param {View} target
 * @param {number[]} taps
 * @param {number} own
 * @param {Box} box
 * @param {number} rows
 * @returns {Shape[]}
 */
function glyph({ columns, value }, taps, own, box, rows) {
  const step = box.w / Math.max(columns, rows);
  const left = box.x + (box.w - columns * step) / 2;
  const top = box.y + (box.h - rows * step) / 2;
  return value.map((_, i) => {
    const at = { x: left + (i % columns) * step, y: top + Math.floor(i / columns) * step };
    const isOwn = i === own && taps.includes(i);
    return rect(
      { ...at, w: step - 2, h: step - 2 },
      {
        fill: taps.includes(i) ? "grey:1" : "card",
        stroke: isOwn ? "ink" : "hair",
        ...{ width: isOwn ? 2 : 1, radius: step / 6, part: "glyph" },
      },
    );
  });
}

/**
 * The brace at the chips, and one line from it to the cell explained.
 * @param {Pair} pair
 * @param {Landing[]} terms
 * @param {number[]} heights of the chips
 * @param {{here: Box, map: {bounds: Box}, gap: number, chipX: number, isPhone: boolean,
 *   added: boolean}} at
 * @returns {Shape[]}
 */
function gathered({ target, subject }, terms, heights, { here, map, gap, chipX, isPhone, added }) {
  const gradient = target.gradient[subject?.at ?? 0];
  const [top, bottom] = [heights[0], heights[heights.length - 1]];
  const back = heights.length > 1 ? chipX - 14 : chipX - 3;
  const lane = here.y + here.h + gap / 2;
  const x = here.x + here.w / 2;
  const turn = isPhone ? map.bounds.x - 14 : map.bounds.x + map.bounds.w + 14;
  const start = isPhone ? (top + bottom) / 2 : Math.max(top, Math.min(bottom, lane));
  const width = Math.min(
    gap * 0.7,
    added && gradient ? lineWidth(gradient, target.most[1]) + 2 : 2,
  );
  const ways = (/** @type {Partial<import("../shapes.js").Path>} */ more) => [
    line([[back, start], [turn, start], [turn, lane], [x, lane]].filter(([a, b], i, all) =>
      i === 0 || Math.hypot(a - all[i - 1][0], b - all[i - 1][1]) > 1) /* no turn of no length */
      .map(([a, b]) => /** @type {[number, number]} */ ([Number(n(a)), Number(n(b))])), 6,
      { ...more, part: "trunk" }),
    ...arrow([x, lane + 1], [x, here.y + here.h + 2], { ...more, width: 2, part: "trunk" }),
  ]; // biome-ignore format: points
  const braces = heights.length > 1 ? [brace(back, top, bottom)] : [];
  const first = terms.find(({ product }) => product !== 0)?.lands ?? 0;
  const at = added && gradient !== 0 ? first : null;
  return [...braces, ...travelled(ways, at, { width: 2 }, { stroke: signOf(gradient), width })];
}
