import { bundled } from "../../pair.js";
import { numbered } from "../../rows.js";
import { rect, text, widthOf } from "../../shapes.js";
import { WEIGHTED } from "../sizes.js";

/** @import {Pair, Term, View} from "../../pair.js" */
/** @import {Options} from "../../scenes.js" */
/** @import {Box, Shape} from "../../shapes.js" */

/** @typedef {typeof WEIGHTED.wide} Size */

/** Rows that all have a term of their own, and how many have one where there are more. */
const ROWS = 12;
const LARGEST = 5;
/** Columns that are all cards; of more, the subject's and two at each side. */
export const CARDS = 6;
const AROUND = 2;
/** Milliseconds. */
export const WIDEN = 300;
export const FAST = 150;
export const FOLLOW = 400;

/**
 * Where rows and columns are.
 * @typedef {object} Frame
 * @property {Size} size
 * @property {boolean} dense whether rows touch, because there are many
 * @property {{at: number, y: number, h: number, term?: Term}[]} rows neurons that have a row
 * @property {{y: number, h: number}|null} rest the row of all others
 * @property {Term[]} others
 * @property {{i: number, x: number, w: number, kind: "pinned"|"card"|"strip"}[]} columns
 * @property {number} right of the matrix
 * @property {number} sourceX
 * @property {number} sumY
 * @property {number} sumH
 * @property {number} pinned index of the subject's column
 *
 * @param {Pair} pair
 * @param {Box} box
 * @param {Options} options
 * @param {boolean} isOpen no products: columns are alike
 * @returns {Frame}
 */
export function framed(pair, box, options, isOpen) {
  const size = { ...WEIGHTED[options.scale] };
  const { source, target, subject, weight } = pair;
  const columnsOf = target.value.length;
  const inputs = target.shape.reduce((all, each) => all * each, 1);
  const flat = subject?.key === weight?.key ? (subject?.at ?? 0) % inputs : (subject?.at ?? 0);
  const pinned = Math.max(0, Math.min(columnsOf - 1, flat - target.first));

  // Rows: all of them, or the largest terms' and one for the others.
  const count = source.value.length;
  /** @type {{at: number, term?: Term}[]} */
  let chosen = Array.from({ length: count }, (_, at) => ({ at }));
  /** @type {Term[]} */
  let others = [];
  if (subject?.key === target.key && pair.terms.length) {
    const { single, others: left } = bundled(pair, ROWS);
    chosen = single.map((term) => ({ at: term.at, term }));
    others = left;
  } else if (count > ROWS) {
    const own = subject && subject.key === weight?.key ? Math.floor(subject.at / inputs) : 0;
    const first = Math.max(0, Math.min(count - LARGEST, own - AROUND));
    chosen = chosen.slice(first, first + LARGEST);
  }
  const hasRest = count > chosen.length;
  const rowsOf = chosen.length + (hasRest ? 0.6 : 0);
  const dense = rowsOf > 6;
  if (dense) Object.assign(size, { gap: 3, pad: 2 });
  const wanted =
    size.head + rowsOf * size.row + (rowsOf - 1) * size.gap + size.drop + size.sum + 14;
  const tight = Math.min(1, (box.h - size.head - 14) / (wanted - size.head - 14));
  if (tight < 1) {
    const fixed = dense ? (rowsOf - 1) * size.gap : 0;
    const free = dense
      ? (box.h - size.head - 14 - fixed) / (wanted - size.head - 14 - fixed)
      : tight;
    size.row = Math.max(16, size.row * free);
    if (!dense) size.gap *= tight;
    size.drop = Math.max(dense ? 34 : 20, size.drop * free);
    size.sum = Math.max(30, size.sum * Math.max(free, 0.6));
    size.pad = Math.min(size.pad, size.gap / 2.6);
  }
  const [chipW, chipH] = size.chip;
  const row = Math.min(size.row, dense ? 40 : size.row);
  size.row = row;
  size.chip = [chipW, Math.min(chipH, row - (row > 40 ? 14 : 4))];
  size.font = Math.min(size.font, row * 0.5);
  size.product = Math.min(size.product, size.chip[1] * 0.58);

  const top = box.y + size.head;
  let y = top;
  const rows = chosen.map((each) => {
    const here = { ...each, y, h: row };
    y += row + size.gap;
    return here;
  });
  const rest = hasRest ? { y, h: row * 0.6 } : null;
  if (rest) y += rest.h + size.gap;
  const sumY = y - size.gap + size.drop;

  // Columns.
  const sourceX = box.x + box.w - size.right - size.source;
  if (columnsOf > CARDS && !pair.isQuestion) size.left = Math.min(size.left, 36);
  const left = box.x + Math.min(size.left, Math.max(size.pad + 4, box.w * 0.22));
  const avail = sourceX - size.reach - left;
  const isWide = columnsOf > CARDS;
  const own = isOpen && !isWide ? size.open[0] : size.pinned;
  /** @type {Frame["columns"]} */
  const columns = [];
  let { between } = size;
  let ownWidth = Math.min(own, avail * 0.62);
  let card = isWide ? Math.min(62, avail * 0.1) : isOpen ? size.open[1] : size.other;
  const cards = isWide ? Math.min(columnsOf - 1, 2 * AROUND) : columnsOf - 1;
  const strips = columnsOf - 1 - cards;
  let strip = 19;
  let stripGap = 3;
  if (isWide) {
    between = Math.min(between, 10);
    if (options.scale === "phone") [card, ownWidth] = [0, Math.min(own, avail * 0.6)];
    const room = avail - ownWidth - cards * (card + between) - 2 * between;
    strip = Math.max(1, Math.min(19, room / Math.max(1, strips) - stripGap));
    if (strip < 6) stripGap = 0.5;
    if (strip < 6) strip = Math.max(0.8, room / Math.max(1, strips) - stripGap);
  } else if (cards > 0) {
    const fits = (avail - ownWidth - cards * between) / cards;
    card = Math.max(20, Math.min(card, fits));
  }
  let x = left;
  for (let i = 0; i < columnsOf; i += 1) {
    const away = Math.abs(i - pinned);
    const kind =
      i === pinned ? "pinned" : !isWide || (away <= AROUND && card > 20) ? "card" : "strip";
    const w = kind === "pinned" ? ownWidth : kind === "card" ? card : strip;
    const next = columns.at(-1);
    if (next) x += kind === "strip" && next.kind === "strip" ? stripGap : between;
    columns.push({ i, x, w, kind: /** @type {"pinned"|"card"|"strip"} */ (kind) });
    x += w;
  }
  const sumH = Math.min(size.sum, box.y + box.h - sumY - 8);
  return { size, dense, rows, rest, others, columns, right: x, sourceX, sumY, sumH, pinned };
}

/**
 * The heads of the matrix and of its two layers.
 * @param {Pair} pair
 * @param {Frame} frame
 * @param {Box} box
 * @param {Options} options
 * @param {string} [note]
 * @returns {Shape[]}
 */
export function headed(pair, frame, box, options, note = "") {
  const { size, columns, sourceX, sumY, sumH } = frame;
  const y = box.y + size.head - 26;
  const bold = { weight: 700, part: "heading" };
  const start = { ...bold, anchor: /** @type {const} */ ("start") };
  const soft = { fill: "ink2", part: "note", anchor: /** @type {const} */ ("start") };
  const left = columns[0].x;
  const title = pair.weight?.title ?? "";
  const shapes = [text(title, left, y, size.title, start)];
  const isPhone = options.scale === "phone";
  const noteX = left + widthOf(title, size.title, 700) + 12;
  const titleW = widthOf(pair.source.title, size.title, 700);
  const end = sourceX + size.source;
  if (!isPhone && noteX + widthOf(note, 12.5) < end - titleW - 20)
    shapes.push(text(note, noteX, y + 0.5, 12.5, soft));
  shapes.push(text(pair.source.title, end, y, size.title, { ...bold, anchor: "end" }));
  const name = pair.target.title;
  const room = end - frame.right - 16;
  const beside = Math.max(frame.right + 16, sourceX - (isPhone ? 10 : 0));
  if (room > 46) {
    // In words, a line each, where it would not fit in one.
    const lines = widthOf(name, size.title, 700) > end - beside ? name.split(" ") : [name];
    const bottom = box.y + box.h - 4;
    const first = Math.min(sumY + sumH / 2 - 8, bottom - 17 * (lines.length - 1));
    lines.forEach((each, i) => {
      shapes.push(text(each, end, first + i * 17, size.title, { ...bold, anchor: "end" }));
    });
    const laidFlat = pair.target.shape.length > 1 ? options.words.laid_flat : "";
    const sizes = [pair.target.note.split(" · ")[0], laidFlat].filter(Boolean).join(", ");
    const below = first + 17 * lines.length + 2;
    if (!isPhone && below <= bottom && widthOf(sizes, 12.5) < end - beside + 10)
      shapes.push(text(sizes, end, below, 12.5, { ...soft, anchor: "end" }));
  }
  return [...shapes, ...neurons(frame, end)];
}

/**
 * The numbers of the neurons that read, beside them, as the words name them.
 * @param {Frame} frame
 * @param {number} end of their cells
 * @returns {Shape[]}
 */
function neurons({ rows, size }, end) {
  const room = size.right - size.pad;
  const fits = rows.every(({ at }) => widthOf(String(at), 11.5) < room - 1);
  if (rows.length < 2 || !fits) return [];
  return numbered(rows.map(({ at, y, h }) => [at, end + size.pad + room / 2, y + h / 2]));
}

/**
 * A small map that shows which cell of it a column is.
 * @param {View} target
 * @param {number} i
 * @param {Box} box
 * @returns {Shape[]}
 */
export function glyph(target, i, box) {
  const { columns, drawn } = target;
  const rows = Math.ceil(target.value.length / columns);
  if (drawn.length < 2 || columns > 3 || rows > 3 || box.w < 56 || box.h < 56) return [];
  const step = 8;
  const x = box.x + box.w - 9 - columns * step;
  return Array.from({ length: columns * rows }, (_, k) =>
    rect(
      {
        x: x + (k % columns) * step,
        y: box.y + 8 + Math.floor(k / columns) * step,
        w: 6.5,
        h: 6.5,
      },
      { fill: k === i ? "ink2" : "none", stroke: "ink2", width: 0.8, radius: 1.8, part: "glyph" },
    ),
  );
}
