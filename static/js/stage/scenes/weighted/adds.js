// Gradients that come back through the weights, and add up in each column. No DOM.

import { fill } from "../../../shared/texts.js";
import { cell } from "../../cell.js";
import { since, until } from "../../motion.js";
import {
  arrow,
  grey,
  heat,
  lineWidth,
  plate,
  plus,
  rect,
  ring,
  signOf,
  text,
} from "../../shapes.js";
import { CARDS, FAST, FOLLOW, framed, glyph, headed, WIDEN } from "./matrix.js";
import { MULTIPLY, products, waiting } from "./products.js";
import { summed } from "./sum.js";
import { weights } from "./weights.js";

/** @import {Pair, Term} from "../../pair.js" */
/** @import {Composition, Landing, Options} from "../../scenes.js" */
/** @import {Box, CellBox, Shape} from "../../shapes.js" */
/** @import {Frame} from "./matrix.js" */

/** Milliseconds. */
const FALL = 600;

/**
 * The gradients come back through the weights, and add up in each column.
 * @param {Pair} pair
 * @param {Box} box
 * @param {Options} options
 * @returns {Composition}
 */
export function adds(pair, box, options) {
  const { source, target, subject, phase, isQuestion } = pair;
  const hasSource = source.is.gradient && options.reading !== "values";
  const own = subject?.key === target.key ? pair.terms : [];
  const multiplied = hasSource && own.length > 0 && !isQuestion && phase !== "start";
  const added = multiplied && target.is.gradient;
  const frame = framed(pair, box, options, !multiplied);
  const { size, dense, rows, rest, columns, right, sourceX, sumY, sumH } = frame;
  const { words } = options;
  const most = source.most[1];
  const _inputs = target.shape.reduce((all, each) => all * each, 1);
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

  const isLate = isAdding ? followed : 0;
  const parts = weights(pair, frame, multiplied, options);
  cells.push(...parts.cells);
  shapes.push(...parts.shapes);
  const center = chipX + chipW / 2;
  const moving = { isAdding, isMultiplying, starts };
  const told = multiplied
    ? products(pair, frame, { chipX, column, ...moving }, options)
    : waiting(pair, frame, column, options);
  shapes.push(...told.shapes);
  above.push(...told.above);

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
      const motion = waits ? since(isLate) : undefined;
      if (waits) shapes.push(...arrow([middle, from], end, { width: 1.6, motion: until(isLate) }));
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
 * @param {Record<string, string>} words
 * @param {number} many
 */
const count = (words, many) => fill(words.all_terms, { n: many });
