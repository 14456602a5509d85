// A fully connected layer is its weight matrix: a row for each neuron that reads, a column for each
// cell that is read. The subject's column is wide: «2 × 0.5 =» and its product as a chip; the chips
// drop into the cell. The neighbours' columns follow: each cell has its own column.
// When the weights learn, each gets its row's gradient times its column's value.
//
// The interface is told in ../scenes.js.

import { figure } from "../../shared/figures.js";
import { fill } from "../../shared/texts.js";
import { cell, inset, radius } from "../cell.js";
import { bundled, sumOf } from "../pair.js";
import {
  arrow,
  bracketed,
  chip,
  expression,
  fitted,
  grey,
  heat,
  lineWidth,
  n,
  place,
  plate,
  plus,
  rect,
  ring,
  signOf,
  text,
  widthOf,
  written,
} from "../shapes.js";

/** @import {Pair, Term, View} from "../pair.js" */
/** @import {Composition, Landing, Options} from "../scenes.js" */
/** @import {Box, CellBox, Shape} from "../shapes.js" */

/** Pixels, by the page's scale; columns in the opening, where no products are written, are others. */
const SIZES = {
  wide: {
    ...{ left: 238, right: 38, head: 44, row: 84, gap: 24, drop: 62, pinned: 286, other: 90 },
    ...{ between: 14, source: 120, sum: 96, chip: [90, 50], pad: 8, open: [168, 129], reach: 66 },
    ...{ font: 22, product: 27, title: 14 },
  },
  middle: {
    ...{ left: 116, right: 22, head: 40, row: 70, gap: 22, drop: 54, pinned: 232, other: 68 },
    ...{ between: 10, source: 88, sum: 84, chip: [72, 42], pad: 6, open: [140, 98], reach: 34 },
    ...{ font: 18, product: 22, title: 14 },
  },
  tall: {
    ...{ left: 34, right: 34, head: 44, row: 88, gap: 24, drop: 62, pinned: 276, other: 82 },
    ...{ between: 12, source: 96, sum: 98, chip: [86, 50], pad: 8, open: [160, 120], reach: 58 },
    ...{ font: 20, product: 26, title: 14 },
  },
  phone: {
    ...{ left: 17, right: 16, head: 34, row: 56, gap: 18, drop: 46, pinned: 148, other: 42 },
    ...{ between: 4, source: 52, sum: 72, chip: [50, 36], pad: 5, open: [90, 61], reach: 15 },
    ...{ font: 14, product: 19, title: 14 },
  },
};

/** Rows that all have a term of their own, and how many have one where there are more. */
const ROWS = 12;
const LARGEST = 5;
/** Columns that are all cards; of more, the subject's and two at each side. */
const CARDS = 6;
const AROUND = 2;
/** Milliseconds. */
const WIDEN = 300;
const FALL = 600;
const FAST = 150;
const FOLLOW = 400;
const MULTIPLY = 350;

/**
 * @param {Pair} pair
 * @param {Box} box
 * @param {Options} options
 * @returns {Composition}
 */
export function compose(pair, box, options) {
  return pair.phase === "parameters" && pair.weight?.is.gradient
    ? learns(pair, box, options)
    : adds(pair, box, options);
}

/**
 * Where rows and columns are.
 * @typedef {object} Frame
 * @property {typeof SIZES.wide} size
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
function framed(pair, box, options, isOpen) {
  const size = { ...SIZES[options.scale] };
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
  return { size, rows, rest, others, columns, right: x, sourceX, sumY, sumH, pinned };
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
function headed(pair, frame, box, options, note = "") {
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
    lines.forEach((each, i) => {
      shapes.push(
        text(each, end, sumY + sumH / 2 - 8 + i * 17, size.title, { ...bold, anchor: "end" }),
      );
    });
    const laidFlat = pair.target.shape.length > 1 ? options.words.laid_flat : "";
    const sizes = [pair.target.note.split(" · ")[0], laidFlat].filter(Boolean).join(", ");
    const below = sumY + sumH / 2 + 17 * lines.length - 6;
    if (!isPhone && widthOf(sizes, 12.5) < end - beside + 10)
      shapes.push(text(sizes, end, below, 12.5, { ...soft, anchor: "end" }));
  }
  return shapes;
}

/**
 * A small map that shows which cell of it a column is.
 * @param {View} target
 * @param {number} i
 * @param {Box} box
 * @returns {Shape[]}
 */
function glyph(target, i, box) {
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

/**
 * The gradients come back through the weights, and add up in each column.
 * @param {Pair} pair
 * @param {Box} box
 * @param {Options} options
 * @returns {Composition}
 */
function adds(pair, box, options) {
  const { source, target, weight, subject, phase, isQuestion } = pair;
  const hasSource = source.is.gradient && options.reading !== "values";
  const own = subject?.key === target.key ? pair.terms : [];
  const multiplied = hasSource && own.length > 0 && !isQuestion && phase !== "start";
  const added = multiplied && target.is.gradient;
  const frame = framed(pair, box, options, !multiplied);
  const { size, rows, rest, others, columns, right, sourceX, sumY, sumH, pinned } = frame;
  const { editing, words } = options;
  const most = source.most[1];
  const inputs = target.shape.reduce((all, each) => all * each, 1);
  const column = columns.find(({ kind }) => kind === "pinned") ?? columns[0];
  /** @type {CellBox[]} */
  const cells = [];
  /** @type {Shape[]} */
  const shapes = [];
  /** @type {Shape[]} */
  const above = [];
  const notes = columns.length > CARDS ? words.around : words.matrix;
  shapes.push(...headed(pair, frame, box, options, notes));

  // When what happens.
  const dense = rows.length > 6;
  const fall = dense ? FAST : FALL;
  const [chipW, chipH] = size.chip;
  const chipX = column.x + column.w - chipW - (size.pad + 6);
  const all = own.length;
  const order = new Map(rows.map(({ at }, k) => [at, k]));
  const starts = (/** @type {number} */ k) => WIDEN + k * fall;
  const singles = rows.length + (rest ? 1 : 0);
  const followed = WIDEN + singles * fall;
  const isAdding = added && phase === "add";
  const isMultiplying = multiplied && phase === "multiply";
  /** @type {Landing[]} */
  const terms = own.map((term) => ({
    ...term,
    lands: isAdding ? starts((order.get(term.at) ?? rows.length) + 1) : 0,
  }));

  // Lanes behind the rows, the plate behind the column.
  const laneX = column.x - size.pad;
  const laneFrom = Math.min(columns[0].x - size.pad, laneX);
  const laneTo = sourceX + size.source + size.pad;
  for (const { at, y, h } of rows) {
    const gradient = source.gradient[at];
    const lit = hasSource && phase !== "start";
    const bounds = { x: laneFrom, y: y - size.pad, w: laneTo - laneFrom, h: h + 2 * size.pad };
    const fill = lit && gradient && multiplied ? heat(gradient, most * 1.6) : "lane";
    if (!dense) shapes.push(rect(bounds, { fill, radius: 12, part: "lane", key: `lane:${at}` }));
    if (lit && gradient) {
      const width = multiplied ? lineWidth(gradient, most) : 2;
      const ink = multiplied ? signOf(gradient) : "wire";
      const middle = y + h / 2;
      shapes.push(
        ...arrow([sourceX - 6, middle], [right + 6, middle], {
          stroke: ink,
          width,
          key: `in:${at}`,
        }),
      );
    }
  }
  const plateBox = {
    x: column.x - size.pad,
    y: rows[0].y - size.pad,
    w: column.w + 2 * size.pad,
    h: sumY + sumH - rows[0].y + 2 * size.pad,
  };
  shapes.push(plate(plateBox, { key: "plate" }));

  // The weights.
  const isLate = isAdding ? followed : 0;
  for (const { at, y, h } of rows) {
    for (const { i, x, w, kind } of columns) {
      const bounds = { x, y, w, h };
      const flat = at * inputs + target.first + i;
      const drawnAt = weight ? flat - weight.first : -1;
      const isDrawn = weight !== null && drawnAt >= 0 && drawnAt < weight.value.length;
      if (isDrawn) cells.push({ key: weight.key, at: drawnAt, ...bounds });
      const product = productOf(pair, at, target.first + i);
      if (kind === "strip") {
        const fill =
          !multiplied || product === null
            ? isDrawn
              ? grey(weight.value[drawnAt], weight.most[0])
              : "lane"
            : heat(product, largest(pair));
        const tall = { ...bounds, y: y - (dense ? 1.5 : 0), h: h + (dense ? 3 : 0) };
        shapes.push(rect(tall, { fill, radius: Math.min(2, w / 4), part: "strip" }));
        continue;
      }
      shapes.push(
        rect(bounds, {
          fill: "card",
          stroke: "hair",
          width: 1.3,
          radius: radius(bounds),
          part: "cell",
        }),
      );
      const factor = isDrawn ? weight.value[drawnAt] : factorOf(pair, at, target.first + i);
      if (factor === null || w < 24) continue;
      const isPinned = i === pinned && kind === "pinned";
      if (isPinned && multiplied) continue;
      const hasChip = dense && multiplied && product !== null && w > 48;
      const fit = fitted(
        factor,
        hasChip ? w * 0.55 : w - 8,
        isPinned ? Math.min(25, h * 0.5) : Math.min(18, h * 0.5),
      );
      const ink = isPinned ? { weight: 700 } : { fill: "ink2" };
      const cx = hasChip ? x + w * 0.33 : x + w / 2;
      shapes.push(text(fit.text, cx, y + h / 2, fit.size, { ...ink, part: "value" }));
      if (hasChip) {
        const side = Math.min(16, h - 6);
        const small = { x: x + w - side - 5, y: y + h / 2 - side / 2, w: side, h: side };
        shapes.push(rect(small, { fill: heat(product, largest(pair)), radius: 3, part: "chip" }));
      } else if (editing && isDrawn && !dense) {
        const wide = Math.max(14, widthOf(fit.text, fit.size));
        const d = `M${n(cx - wide / 2)} ${n(y + h / 2 + fit.size * 0.62)}h${n(wide)}`;
        shapes.push({
          kind: "path",
          d,
          stroke: "you",
          width: 1.7,
          dash: [1.7, 2.6],
          part: "editable",
        });
      }
    }
  }

  // The subject's products.
  const center = chipX + chipW / 2;
  if (multiplied) {
    const scale = largest(pair);
    rows.forEach(({ at, y, h, term }, k) => {
      const found = term ?? own.find((each) => each.at === at);
      if (!found) return;
      const { upstream, factor, product } = found;
      const chipBox = { x: chipX, y: y + (h - chipH) / 2, w: chipW, h: chipH };
      const begins = WIDEN + k * MULTIPLY;
      const seen = isMultiplying
        ? { shown: /** @type {[number, number][]} */ ([[begins, Infinity]]) }
        : undefined;
      const later = isMultiplying
        ? { shown: /** @type {[number, number][]} */ ([[begins + FAST, Infinity]]) }
        : undefined;
      if (k > 0 && !dense) {
        const from = rows[k - 1].y + (h + chipH) / 2;
        shapes.push({
          kind: "path",
          d: `M${n(center)} ${n(from)}V${n(chipBox.y)}`,
          stroke: "wire",
          width: 1.5,
          motion: later,
        });
        above.push(...plus(center, y - size.gap / 2, { motion: later }));
      }
      if (dense && k > 0)
        shapes.push({
          kind: "path",
          d: `M${n(center)} ${n(rows[k - 1].y + h)}V${n(y)}`,
          stroke: "wire",
          width: 1.3,
        });
      const room = chipX - 10 - column.x - 4;
      const factors = expression([upstream, factor], chipX - 10, y + h / 2, size.font, {
        room,
        motion: seen,
        part: "expression",
      });
      // Where even small figures find no room, the receipt has them.
      if (widthOf(factors.text, factors.size, 600) <= room + 4) above.push(factors);
      const [start, lands] = [starts(k), starts(k + 1)];
      const rests = isAdding
        ? {
            shown: /** @type {[number, number][]} */ ([
              [0, start],
              [lands, Infinity],
            ]),
          }
        : later;
      if (isAdding) above.push(place(chipBox, { motion: { shown: [[start, lands]] } }));
      if (product !== 0 || !dense)
        above.push(
          ...chip(chipBox, product, {
            size: size.product,
            most: scale,
            term: [upstream, factor, product],
            motion: rests,
          }),
        );
      if (isAdding && product !== 0) {
        const end = { ...chipBox, y: sumY + sumH / 2 - chipH / 2 };
        const tweens = [{ start, end: lands, from: { y: chipBox.y } }];
        const falling = chip(end, product, { size: size.product, most: scale });
        for (const shape of falling) {
          const shift =
            shape.kind === "text" ? chipBox.y + chipH / 2 + shape.size * 0.36 : chipBox.y;
          above.push({
            ...shape,
            part: "falling",
            motion: { shown: [[start, lands]], tweens: [{ ...tweens[0], from: { y: shift } }] },
          });
        }
      }
    });
    if (rest)
      above.push(
        ...bundle(
          frame,
          others,
          pair.bundle?.sum ?? 0,
          center,
          scale,
          words,
          column,
          isAdding ? starts(rows.length) : 0,
        ),
      );
  } else {
    // Nothing has moved: the way of the column alone.
    rows.forEach(({ y, h }, k) => {
      const next = rows[k + 1]?.y ?? sumY;
      const middle = column.x + column.w / 2;
      if (k < rows.length - 1 && !dense)
        shapes.push({
          kind: "path",
          d: `M${n(middle)} ${n(y + h)}V${n(next)}`,
          stroke: "wire",
          width: 2,
        });
    });
    if (rest)
      shapes.push(
        text(
          restWords(words, source.value.length - rows.length),
          column.x + column.w / 2,
          rest.y + rest.h / 2,
          12.5,
          { fill: "ink2", part: "note" },
        ),
      );
  }

  // Down into the cells.
  const bottom = (rest ?? rows[rows.length - 1]).y + (rest ?? rows[rows.length - 1]).h;
  const sumMost = target.most[1];
  for (const { i, x, w, kind } of columns) {
    const bounds = { x, y: sumY, w, h: sumH };
    cells.push({ key: target.key, at: i, ...bounds });
    const isPinned = kind === "pinned";
    const isSubject = isPinned && subject?.key === target.key;
    const middle = isPinned && multiplied ? center : x + w / 2;
    const from =
      bottom + (isPinned && !dense ? (multiplied ? -(size.row - chipH) / 2 : 0) : size.pad + 4);
    const gradient = target.gradient[i];
    const moved = added && gradient !== 0;
    const ink = moved ? signOf(gradient) : "wire";
    const width = moved ? lineWidth(gradient, sumMost) : 1.6;
    const end = /** @type {[number, number]} */ ([middle, sumY - (isSubject ? 6 : 3)]);
    if (!(dense && kind === "strip") || w > 12) {
      const waits = isAdding && !isPinned;
      const motion = waits ? spans([isLate, Infinity]) : undefined;
      if (waits)
        shapes.push(...arrow([middle, from], end, { width: 1.6, motion: spans([0, isLate]) }));
      shapes.push(...arrow([middle, from], end, { stroke: ink, width, motion }));
    }
    if (dense && isPinned && multiplied)
      above.push(
        ...plus(center, bottom + (sumY - bottom) / 2 - 2),
        text(count(words, all), center - 18, bottom + (sumY - bottom) / 2 - 2, 12.5, {
          fill: "ink2",
          anchor: "end",
          part: "note",
        }),
      );
    if (kind === "strip") {
      const fill = added ? heat(gradient, sumMost) : grey(target.value[i], target.most[0]);
      shapes.push(rect(bounds, { fill, radius: Math.min(2, w / 4), part: "cell" }));
      continue;
    }
    if (isSubject && isQuestion) {
      shapes.push(...cell(target, i, bounds, options, { says: "?" }));
    } else if (isSubject && added) {
      shapes.push(...summed(pair, bounds, center, frame, terms, isAdding, options));
    } else {
      shapes.push(
        ...cell(target, i, bounds, options, {
          arrives: isAdding ? isLate + FOLLOW / 2 : 0,
          strong: isSubject,
        }),
      );
    }
    if (!(added && isSubject && !isQuestion)) shapes.push(...glyph(target, i, bounds));
    if (isSubject) above.push(ring(bounds, { key: "ring" }));
  }

  // The neurons that read.
  for (const { at, y, h } of rows) {
    const bounds = { x: sourceX, y, w: size.source, h };
    cells.push({ key: source.key, at: at - source.first, ...bounds });
    shapes.push(...cell(source, at - source.first, bounds, options, {}));
  }
  const isOther = pair.pinned && pair.pinned.key === source.key && pair.subject !== pair.pinned;
  if (isOther) {
    const row = rows.find(({ at }) => at === pair.pinned?.at);
    if (row) above.push(ring({ x: sourceX, y: row.y, w: size.source, h: row.h }));
  }

  // The guess, or the field for it.
  const gutter = columns[0].x - size.pad - box.x;
  if (!isQuestion && pair.guess && gutter > 90 && subject?.key === target.key) {
    const middle = box.x + gutter / 2;
    above.push(
      text(words.your_guess, middle, sumY + sumH / 2 - 16, 13, { fill: "ink2", part: "note" }),
      text(pair.guess, middle, sumY + sumH / 2 + 10, 27, {
        fill: "you",
        weight: 700,
        part: "guess",
      }),
    );
  }
  const duration = isAdding
    ? followed + FOLLOW + 200
    : isMultiplying
      ? WIDEN + rows.length * MULTIPLY + FAST
      : 0;
  const field = gutter > 150;
  const ask = field
    ? {
        x: box.x + 12,
        y: Math.min(sumY + 2, box.y + box.h - 98),
        w: gutter - 34,
        side: /** @type {const} */ ("left"),
      }
    : {
        x: column.x,
        y: sumY + sumH + 14,
        w: Math.min(380, box.w - 34),
        side: /** @type {const} */ ("below"),
      };
  return {
    cells,
    shapes: [...shapes, ...above],
    terms,
    duration,
    ask: isQuestion ? ask : undefined,
  };
}

/**
 * @param {[number, number][]} shown
 * @returns {import("../shapes.js").Motion}
 */
const spans = (...shown) => ({ shown });

/**
 * The subject's cell, in which its sum counts.
 * @param {Pair} pair
 * @param {Box} bounds
 * @param {number} center of the chips above
 * @param {Frame} frame
 * @param {Landing[]} terms
 * @param {boolean} isAdding
 * @param {Options} options
 * @returns {Shape[]}
 */
function summed({ target, subject }, bounds, center, frame, terms, isAdding, options) {
  const i = (subject?.at ?? 0) - target.first;
  const gradient = target.gradient[i];
  const most = target.most[1];
  const { size } = frame;
  const sum = target.zero[i] ? "0" : figure(gradient);
  const big = Math.min(38, bounds.h * 0.42, size.product * 1.45);
  const fit = fitted(
    target.zero[i] ? 0 : gradient,
    Math.max(size.chip[0] + 16, bounds.w * 0.36),
    big,
  );
  const landings = terms.toSorted((a, b) => a.lands - b.lands);
  /** @type {[number, string][]} */
  const says = [[0, ""]];
  /** @type {[number, string][]} */
  const fills = [[0, grey(target.value[i], target.most[0])]];
  /** @type {[number, string][]} */
  const soFar = [[0, ""]];
  const equation = (/** @type {Landing[]} */ some) =>
    `${sumOf(some.map(({ product }) => product))} =`;
  /** @type {[number, string][]} */
  const equations = [[0, ""]];
  const words = options.words;
  const moments = [...new Set(landings.map(({ lands }) => lands))];
  moments.forEach((moment, k) => {
    const done = landings.filter(({ lands }) => lands <= moment);
    const last = k === moments.length - 1;
    const { running } = done.reduce((a, b) => (terms.indexOf(b) > terms.indexOf(a) ? b : a));
    const ordered =
      done.length === terms.length ||
      terms.slice(0, done.length).every((term) => done.includes(term));
    says.push([moment, last ? sum : ordered ? figure(running) : "…"]);
    fills.push([
      moment,
      heat(last ? (target.zero[i] ? 0 : gradient) : ordered ? running : 0, most),
    ]);
    equations.push([moment, done.length > 1 ? equation(done) : ""]);
    soFar.push([moment, last ? "" : words.so_far]);
  });
  const y = bounds.y + bounds.h / 2;
  const right = Math.min(center, bounds.x + bounds.w - widthOf(fit.text, fit.size, 700) / 2 - 8);
  const room = right - widthOf(fit.text, fit.size, 700) / 2 - 14 - bounds.x - 10;
  const line = equation(terms);
  let small = Math.min(size.font, bounds.h * 0.3);
  while (small > 11 && widthOf(line, small) > room) small -= 1;
  const isShown = terms.length > 1 && widthOf(line, small) <= room;
  const corner = Math.max(11, Math.min(13, bounds.h * 0.16));
  const value = fitted(target.value[i], 60, corner);
  /** @type {Shape[]} */
  const shapes = [
    rect(bounds, {
      fill: heat(target.zero[i] ? 0 : gradient, most),
      radius: radius(bounds),
      part: "cell",
      motion: isAdding ? { fills } : undefined,
    }),
    text(fit.text, right, y, fit.size, {
      weight: 700,
      part: "gradient",
      motion: isAdding ? { says } : undefined,
    }),
  ];
  if (options.reading === "both")
    shapes.push(
      text(value.text, bounds.x + 9, bounds.y + 13, value.size, { anchor: "start", part: "value" }),
    );
  if (isShown)
    shapes.push(
      text(line, right - widthOf(fit.text, fit.size, 700) / 2 - 14, y, small, {
        anchor: "end",
        part: "sum",
        motion: isAdding ? { says: equations } : undefined,
      }),
    );
  else if (terms.length > 1 && bounds.h > 60 && widthOf(line, 12) < bounds.w - 12)
    shapes.push(
      text(line, bounds.x + bounds.w - 9, bounds.y + bounds.h - 11, 12, {
        anchor: "end",
        part: "sum",
        motion: isAdding ? { says: equations } : undefined,
      }),
    );
  if (isAdding && bounds.h > 60 && isShown)
    shapes.push(
      text("", right, bounds.y + bounds.h - 12, 12.5, { part: "note", motion: { says: soFar } }),
    );
  return shapes;
}

/**
 * The terms that have no row of their own, with their sum.
 * @param {Frame} frame
 * @param {Term[]} others
 * @param {number} sum of them
 * @param {number} center
 * @param {number} most
 * @param {Record<string, string>} words
 * @param {{x: number, w: number}} column
 * @param {number} start
 * @returns {Shape[]}
 */
function bundle({ rest, size }, others, sum, center, most, words, column, start) {
  if (!rest || !others.length) return [];
  const [w, h] = [size.chip[0], Math.min(size.chip[1], rest.h)];
  const box = { x: center - w / 2, y: rest.y + (rest.h - h) / 2, w, h };
  const motion = start ? { fills: undefined } : undefined;
  return [
    text(
      `${restWords(words, others.length)} =`,
      box.x - 10,
      rest.y + rest.h / 2,
      Math.min(14, size.font),
      {
        fill: "ink2",
        anchor: "end",
        part: "bundle",
      },
    ),
    ...chip(box, sum, { size: size.product, most, term: [sum, 1, sum], ...(motion ? {} : {}) }),
  ].filter(() => column.w > 60);
}

/**
 * @param {Record<string, string>} words
 * @param {number} many
 */
const restWords = (words, many) => fill(words.other_terms, { n: many });

/**
 * @param {Record<string, string>} words
 * @param {number} many
 */
const count = (words, many) => fill(words.all_terms, { n: many });

/**
 * @param {Pair} pair
 * @param {number} source
 * @param {number} target
 */
function productOf({ moves }, source, target) {
  const i = moveOf(moves, source, target);
  return i < 0 || !moves ? null : moves.products[i];
}

/**
 * @param {Pair} pair
 * @param {number} source
 * @param {number} target
 */
function factorOf({ moves }, source, target) {
  const i = moveOf(moves, source, target);
  return i < 0 || !moves ? null : moves.factors[i];
}

/** @type {WeakMap<object, Map<string, number>>} */
const indexed = new WeakMap();

/**
 * @param {Pair["moves"]} moves
 * @param {number} source
 * @param {number} target
 */
function moveOf(moves, source, target) {
  if (!moves) return -1;
  let index = indexed.get(moves.products);
  if (!index) {
    index = new Map(moves.targets.map((at, i) => [`${moves.sources[i]}:${at}`, i]));
    indexed.set(moves.products, index);
  }
  return index.get(`${source}:${target}`) ?? -1;
}

/** @param {Pair} pair the largest product: the end of the chips' colours */
function largest({ moves }) {
  return moves ? Math.max(...moves.products.map(Math.abs), 1e-300) : 1;
}

/**
 * The outer product: each weight gets its row's gradient times its column's value.
 * @param {Pair} pair
 * @param {Box} box
 * @param {Options} options
 * @returns {Composition}
 */
function learns(pair, box, options) {
  const { source, target, subject, bias } = pair;
  const weight = /** @type {View} */ (pair.weight);
  const frame = framed(pair, box, options, true);
  const { size, rows, columns, right, sourceX, sumY, sumH } = frame;
  const { words } = options;
  const inputs = target.shape.reduce((all, each) => all * each, 1);
  const hasSource = source.is.gradient && options.reading !== "values";
  const dense = rows.length > 6;
  const isMoving = pair.phase === "parameters" && hasSource;
  const own = subject?.key === weight.key ? subject.at : -1;
  const most = weight.most[1];
  /** @type {CellBox[]} */
  const cells = [];
  /** @type {Shape[]} */
  const shapes = [...headed(pair, frame, box, options, words.own_gradient)];
  /** @type {Shape[]} */
  const above = [];
  const bottom = rows[rows.length - 1].y + rows[rows.length - 1].h;
  for (const { x, w, kind, i } of columns) {
    const isOwn = own >= 0 && (own % inputs) - target.first === i;
    if (kind !== "strip")
      shapes.push(
        rect(
          {
            x: x - size.pad,
            y: rows[0].y - size.pad,
            w: w + 2 * size.pad,
            h: sumY + sumH - rows[0].y + 2 * size.pad,
          },
          { fill: isOwn ? "grey:0.9" : "lane", radius: 10, part: "lane" },
        ),
      );
  }
  const laneX = columns[0].x - size.pad;
  const laneTo = sourceX + size.source + size.pad;
  for (const { at, y, h } of rows) {
    const gradient = source.gradient[at - source.first];
    const isOwn = own >= 0 && Math.floor(own / inputs) === at;
    const bounds = { x: laneX, y: y - size.pad, w: laneTo - laneX, h: h + 2 * size.pad };
    const fill = gradient ? heat(gradient, source.most[1] * (isOwn ? 1.3 : 1.8)) : "lane";
    if (!dense) shapes.push(rect(bounds, { fill, radius: 12, part: "lane", opacity: 0.75 }));
    if (gradient)
      shapes.push(
        ...arrow([sourceX - 6, y + h / 2], [right + 6, y + h / 2], {
          stroke: signOf(gradient),
          width: lineWidth(gradient, source.most[1]),
        }),
      );
    const sourceBox = { x: sourceX, y, w: size.source, h };
    cells.push({ key: source.key, at: at - source.first, ...sourceBox });
    shapes.push(...cell(source, at - source.first, sourceBox, options, {}));
  }
  const ownRow = own >= 0 ? Math.floor(own / inputs) : -1;
  rows.forEach(({ at, y, h }) => {
    columns.forEach(({ i, x, w, kind }) => {
      const bounds = { x, y, w, h };
      const k = at * inputs + target.first + i - weight.first;
      if (k < 0 || k >= weight.value.length) {
        shapes.push(rect(bounds, { fill: "lane", radius: 3, part: "cell" }));
        return;
      }
      cells.push({ key: weight.key, at: k, ...bounds });
      const isOwn = k + weight.first === own;
      const isRow = at === ownRow;
      const arrives = !isMoving
        ? 0
        : isOwn
          ? WIDEN + FOLLOW
          : isRow
            ? WIDEN + FOLLOW + FAST * (i + 1)
            : WIDEN + 2 * FOLLOW + FAST * columns.length;
      if (kind === "strip") {
        shapes.push(
          rect(bounds, { fill: heat(weight.gradient[k], most), radius: 2, part: "cell" }),
        );
        return;
      }
      const term = /** @type {[number, number, number]} */ ([
        source.gradient[at - source.first],
        target.value[i],
        weight.gradient[k],
      ]);
      const line = `${figure(term[0])} × ${bracketed(term[1])} = `;
      const total = weight.zero[k] ? "0" : figure(term[2]);
      let font = Math.min(size.font, h * 0.3);
      while (font > 10 && widthOf(line + total, font, 600) > w - 12) font -= 1;
      const fits = widthOf(line + total, font, 600) <= w - 8 && h > 26;
      if (!isOwn || !fits || options.reading === "values") {
        shapes.push(...cell(weight, k, bounds, options, { arrives, says: undefined }));
        if (isOwn) above.push(ring(bounds, { key: "ring" }));
        return;
      }
      // Its product is written out in the weight's own place: before it arrives, the weight.
      const value = { ...weight, is: { ...weight.is, gradient: false } };
      const waits = { shown: /** @type {[number, number][]} */ ([[0, arrives]]) };
      if (arrives)
        for (const shape of cell(value, k, bounds, options))
          shapes.push({ ...shape, motion: waits });
      const inner = inset(bounds, 4);
      const motion = arrives
        ? { shown: /** @type {[number, number][]} */ ([[arrives, Infinity]]) }
        : undefined;
      above.push(
        rect(bounds, { fill: "card", stroke: "hair", width: 1, radius: radius(bounds), motion }),
        rect(inner, {
          fill: heat(weight.zero[k] ? 0 : term[2], most),
          radius: radius(inner),
          part: "cell",
          motion,
        }),
        written(
          [{ text: line }, { text: total, weight: 700 }],
          x + w / 2,
          y + h / 2 + (h > 44 ? 5 : 0),
          font,
          { part: "label", term, motion },
        ),
      );
      if (h > 44) {
        const fit = fitted(weight.value[k], w * 0.6, 13);
        above.push(
          text(fit.text, x + 12, y + 14, fit.size, { anchor: "start", part: "value", motion }),
        );
      }
      above.push(ring(bounds, { key: "ring" }));
    });
  });
  for (const { i, x, w, kind } of columns) {
    const bounds = { x, y: sumY, w, h: sumH };
    cells.push({ key: target.key, at: i, ...bounds });
    const isOwn = own >= 0 && (own % inputs) - target.first === i;
    const isSubject = subject?.key === target.key && subject.at - target.first === i;
    // It is the value that counts here: the gradient has been told of.
    const shown = { ...target, is: { ...target.is, gradient: false }, was: null };
    if (kind === "strip") {
      shapes.push(
        rect(bounds, { fill: grey(target.value[i], target.most[0]), radius: 2, part: "cell" }),
      );
      continue;
    }
    shapes.push(...cell(shown, i, bounds, { ...options, reading: "both" }, { strong: isOwn }));
    shapes.push(...glyph(target, i, bounds));
    if (isSubject) above.push(ring(bounds, { key: "ring" }));
    const ink = isOwn ? "ink2" : "wire";
    shapes.push(
      ...arrow([x + w / 2, sumY - 3], [x + w / 2, bottom + size.pad + 3], {
        stroke: ink,
        width: isOwn ? 3 : 1.8,
      }),
    );
    const label = `× ${bracketed(target.value[i])}`;
    const room = w / 2 - 6;
    if (widthOf(label, 13) < room && sumY - bottom > 34)
      shapes.push(
        text(label, x + w / 2 + 12, (bottom + size.pad + sumY) / 2, isOwn ? 15 : 13, {
          ...{
            anchor: "start",
            fill: isOwn ? "ink" : "ink2",
            weight: isOwn ? 700 : 400,
            part: "factor",
          },
        }),
      );
  }
  // The biases, in the free gutter.
  const gutter = columns[0].x - size.pad - box.x;
  if (bias && gutter > 84) {
    const w = Math.min(74, gutter - 30);
    const x = columns[0].x - size.pad - 14 - w;
    above.push(
      text(bias.title, x, box.y + size.head - 26, size.title, {
        weight: 700,
        anchor: "start",
        part: "heading",
      }),
    );
    rows.forEach(({ at, y, h }) => {
      const k = at - bias.first;
      if (k < 0 || k >= bias.value.length) return;
      const bounds = { x, y, w, h };
      cells.push({ key: bias.key, at: k, ...bounds });
      shapes.push(
        ...cell(bias, k, bounds, options, {
          arrives: isMoving ? WIDEN + 2 * FOLLOW + FAST * columns.length : 0,
        }),
      );
      if (subject?.key === bias.key && subject.at === at) above.push(ring(bounds, { key: "ring" }));
    });
  }
  const terms = pair.terms.map((term) => ({ ...term, lands: isMoving ? WIDEN + FOLLOW : 0 }));
  return {
    cells,
    shapes: [...shapes, ...above],
    terms,
    duration: isMoving ? WIDEN + 2 * FOLLOW + FAST * columns.length + 200 : 0,
  };
}
