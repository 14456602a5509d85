// The explained cell, in which the products of its column are counted. No DOM.

import { figure } from "../../../shared/figures.js";
import { radius } from "../../cell.js";
import { sumOf } from "../../pair.js";
import { fitted, grey, heat, rect, text, widthOf } from "../../shapes.js";

/** @import {Pair} from "../../pair.js" */
/** @import {Landing, Options} from "../../scenes.js" */
/** @import {Box, Shape} from "../../shapes.js" */
/** @import {Frame} from "./matrix.js" */

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
export function summed({ target, subject }, bounds, center, frame, terms, isAdding, options) {
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
  const right = Math.min(center, bounds.x + bounds.w - widthOf(fit.text, fit.size, 700) / 2 - 8);
  const room = right - widthOf(fit.text, fit.size, 700) / 2 - 14 - bounds.x - 10;
  const line = equation(terms);
  let small = Math.min(size.font, bounds.h * 0.3);
  while (small > 11 && widthOf(line, small) > room) small -= 1;
  const isShown = terms.length > 1 && widthOf(line, small) <= room;
  // Where it does not fit before the sum, it stands above it.
  const isAbove =
    !isShown && terms.length > 1 && bounds.h > 60 && widthOf(line, 12) < bounds.w - 40;
  const y = bounds.y + bounds.h * (isAbove ? 0.62 : 0.5);
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
  if (options.reading === "both") {
    const valueY = bounds.y + Math.min(13, bounds.h / 2);
    shapes.push(
      text(value.text, bounds.x + 9, valueY, value.size, { anchor: "start", part: "value" }),
    );
  }
  if (isShown)
    shapes.push(
      text(line, right - widthOf(fit.text, fit.size, 700) / 2 - 14, y, small, {
        anchor: "end",
        part: "sum",
        motion: isAdding ? { says: equations } : undefined,
      }),
    );
  else if (isAbove)
    shapes.push(
      text(line, bounds.x + bounds.w - 9, bounds.y + 14, 12, {
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
