// The outer product: each weight gets its row's gradient times its column's value. No DOM.

import { figure } from "../../../shared/figures.js";
import { cell, inset, radius } from "../../cell.js";
import {
  arrow,
  bracketed,
  fitted,
  grey,
  heat,
  lineWidth,
  rect,
  ring,
  signOf,
  text,
  widthOf,
  written,
} from "../../shapes.js";
import { FAST, FOLLOW, framed, glyph, headed, WIDEN } from "./matrix.js";

/** @import {Pair, View} from "../../pair.js" */
/** @import {Composition, Options} from "../../scenes.js" */
/** @import {Box, CellBox, Shape} from "../../shapes.js" */

/**
 * The outer product: each weight gets its row's gradient times its column's value.
 * @param {Pair} pair
 * @param {Box} box
 * @param {Options} options
 * @returns {Composition}
 */
export function learns(pair, box, options) {
  const { source, target, subject, bias } = pair;
  const weight = /** @type {View} */ (pair.weight);
  const frame = framed(pair, box, options, true);
  const { size, dense, rows, columns, right, sourceX, sumY, sumH } = frame;
  const { words } = options;
  const inputs = target.shape.reduce((all, each) => all * each, 1);
  const hasSource = source.is.gradient && options.reading !== "values";
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
