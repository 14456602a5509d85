// The products of a weight matrix, in the column of the explained cell. No DOM.

import { figure } from "../../../shared/figures.js";
import { fill } from "../../../shared/texts.js";
import { since } from "../../motion.js";
import { largestProduct } from "../../pair.js";
import { chip, expression, n, place, plus, text, widthOf, written } from "../../shapes.js";
import { FAST, WIDEN } from "./matrix.js";

/** @import {Pair} from "../../pair.js" */
/** @import {Options} from "../../scenes.js" */
/** @import {Shape, Text} from "../../shapes.js" */
/** @import {Frame} from "./matrix.js" */

/** Milliseconds. */
export const MULTIPLY = 350;

/**
 * The subject's products: «2 × 0.5 =» and a chip, which falls into the cell.
 * @param {Pair} pair
 * @param {Frame} frame
 * @param {{chipX: number, column: Frame["columns"][0], isAdding: boolean, isMultiplying: boolean,
 *   starts: (k: number) => number}} how
 * @param {Options} options
 * @returns {{shapes: Shape[], above: Shape[]}}
 */
export function products(
  pair,
  frame,
  { chipX, column, isAdding, isMultiplying, starts },
  { words },
) {
  const { size, dense, rows, rest, sumY, sumH } = frame;
  const [chipW, chipH] = size.chip;
  const center = chipX + chipW / 2;
  const own = pair.terms;
  /** @type {Shape[]} */
  const shapes = [];
  /** @type {Shape[]} */
  const above = [];
  const scale = largestProduct(pair);
  rows.forEach(({ at, y, h, term }, k) => {
    const found = term ?? own.find((each) => each.at === at);
    if (!found) return;
    const { upstream, factor, product } = found;
    const chipBox = { x: chipX, y: y + (h - chipH) / 2, w: chipW, h: chipH };
    const begins = WIDEN + k * MULTIPLY;
    const seen = isMultiplying ? since(begins) : undefined;
    const later = isMultiplying ? since(begins + FAST) : undefined;
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
    // Where even small figures find no room, in two lines, or the receipt has them.
    if (widthOf(factors.text, factors.size, 600) <= room + 4) above.push(factors);
    else above.push(...halves(factors, factor, y + h / 2, h, room));
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
        const shift = shape.kind === "text" ? chipBox.y + chipH / 2 + shape.size * 0.36 : chipBox.y;
        above.push({
          ...shape,
          part: "falling",
          motion: { shown: [[start, lands]], tweens: [{ ...tweens[0], from: { y: shift } }] },
        });
      }
    }
  });
  const sum = pair.bundle?.sum ?? 0;
  if (rest) above.push(...bundle(frame, sum, center, scale, words, column));
  return { shapes, above };
}

/**
 * Nothing has moved: the way of the column alone.
 * @param {Pair} pair
 * @param {Frame} frame
 * @param {Frame["columns"][0]} column
 * @param {Options} options
 * @returns {{shapes: Shape[], above: Shape[]}}
 */
export function waiting({ source }, { dense, rows, rest, sumY }, column, { words }) {
  /** @type {Shape[]} */
  const shapes = [];
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
  return { shapes, above: [] };
}

/**
 * The terms that have no row of their own, with their sum.
 * @param {Frame} frame
 * @param {number} sum of them
 * @param {number} center
 * @param {number} most
 * @param {Record<string, string>} words
 * @param {{x: number, w: number}} column
 * @returns {Shape[]}
 */
function bundle({ rest, size, others }, sum, center, most, words, column) {
  if (!rest || !others.length) return [];
  const [w, h] = [size.chip[0], Math.min(size.chip[1], rest.h)];
  const box = { x: center - w / 2, y: rest.y + (rest.h - h) / 2, w, h };
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
    ...chip(box, sum, { size: size.product, most, term: [sum, 1, sum] }),
  ].filter(() => column.w > 60);
}

/**
 * @param {Record<string, string>} words
 * @param {number} many
 */
const restWords = (words, many) => fill(words.other_terms, { n: many });

/**
 * An expression in two lines, «0.7054» over «× 0.0625 =»; where there is less room, closer, then with
 * fewer digits; none where even that has no room.
 * @param {Text} whole
 * @param {number} factor
 * @param {number} y the middle
 * @param {number} high
 * @param {number} room
 * @returns {Shape[]}
 */
function halves({ runs = [], x, motion }, factor, y, high, room) {
  const [upstream, , second] = runs;
  const ink = { fill: "ink2" };
  const close = [3, 2].map((digits) => {
    const less = figure(factor, digits);
    return ["×", factor < 0 ? `(${less})` : less, ""];
  });
  for (const [sign, said, equal] of [
    ["× ", second.text, " ="],
    ["× ", second.text, ""],
    ["×", second.text, ""],
    ...close,
  ]) {
    const number = { ...second, text: said };
    const lines = [[upstream], [{ text: sign, ...ink }, number, { text: equal, ...ink }]];
    const wide = (/** @type {number} */ size) =>
      Math.max(...lines.map((line) => widthOf(line.map((run) => run.text).join(""), size, 600)));
    const size = [14, 13, 12, 11].find((each) => wide(each) <= room + 4 && 2.4 * each <= high);
    if (!size) continue;
    return lines.map((line, i) =>
      written(line, x, y + (i - 0.5) * size * 1.25, size, {
        ...{ anchor: "end", motion, part: "expression" },
      }),
    );
  }
  return [];
}
