// The products of a convolution as a mat, each in its tap's place, and what each channel comes to. No DOM.

import { fill } from "../../../shared/texts.js";
import { inset } from "../../cell.js";
import { largestProduct } from "../../pair.js";
import {
  around,
  arrow,
  brace,
  chip,
  expression,
  fitted,
  heat,
  place,
  plate,
  plus,
  rect,
  signOf,
  text,
  widthOf,
} from "../../shapes.js";
import { ALL, areCopied, CHANNELS, channelRows } from "./spots.js";

/** @import {Term} from "../../pair.js" */
/** @import {Box, Motion, Shape} from "../../shapes.js" */
/** @import {Frame, Rows} from "./rooms.js" */
/** @import {Group, Spot} from "./spots.js" */

/** Pixels of a line of the largest products; where it would be lower, only their sum is told. */
const LEAST = 17;

/**
 * The lines of the largest products, and of the others.
 * @param {Group} group
 */
const linesOf = ({ spots, single }) => single.length + (single.length < spots.length ? 1 : 0);

/**
 * The products as a mat, each in its tap's place; under it what each channel comes to.
 * @param {Frame} frame
 * @param {Group|undefined} open the channel in front; without one, no products are shown
 * @param {Group[]} others
 * @param {boolean} hasChannels
 * @returns {Rows}
 */
export function matted(frame, open, others, hasChannels) {
  const { pair, gutter, size, options, when, since } = frame;
  const { isPhone } = gutter;
  const most = largestProduct(pair);
  const back = gutter.x + (isPhone ? 2 : 22);
  const x = back + 16;
  const to = gutter.to - (isPhone ? 10 : 34);
  /** @type {Shape[]} */
  const shapes = [];
  const here = open?.spots ?? [];
  const [first, ...rest] = open ? [open, ...others] : others;
  const told = hasChannels ? channelRows(first, rest, isPhone ? 2 : CHANNELS) : [];
  const rowH = isPhone ? 24 : 32;
  const pitch = rowH + (isPhone ? 3 : 16);
  const wanted = told.length ? told.length * pitch + 26 : 0;
  const top = gutter.y + (isPhone ? 8 : 24);
  const room = { x, y: top, w: to - x, h: gutter.bottom - top - wanted };
  const grid = !open || here.length > ALL || areCopied(here) ? null : gridded(here, room, isPhone);
  // Where its numbers do not fit in their places, the largest are told of instead.
  const fits = grid?.boxes.every(
    ({ w, h }, i) =>
      h > 10 && !["", "…"].includes(fitted(here[i].term.product, w - 3, 10, 10).text),
  );
  const mat = fits ? grid : null;
  let bottom = top;
  if (mat) {
    shapes.push(plate(inset(mat.bounds, -6)));
    if (!isPhone && here.length > 1)
      shapes.push(
        text(fill(options.words.products, { n: here.length }), x, top - 26, 13, {
          ...{ weight: 700, anchor: "start", part: "heading" },
        }),
      );
    here.forEach(({ term, k }, i) => {
      const motion = since(when(k));
      if (frame.isMoving)
        shapes.push(place(mat.boxes[i], { radius: 5, motion: { shown: [[0, when(k)]] } }));
      shapes.push(
        ...tile(mat.boxes[i], term, Math.min(size.font, mat.boxes[i].h * 0.5), most, motion),
      );
    });
    bottom = mat.bounds.y + mat.bounds.h + 6;
    const y = (mat.bounds.y + bottom) / 2;
    if (mat.bounds.x + mat.bounds.w + 24 < gutter.to)
      shapes.push(
        ...arrow([gutter.to - 2, y], [mat.bounds.x + mat.bounds.w + 10, y], { width: 2 }),
      );
  } else if (open && told.length && room.h / linesOf(open) < LEAST) {
    const said = fill(options.words.products, { n: here.length });
    shapes.push(text(said, x, top + 8, 13, { weight: 700, anchor: "start", part: "heading" }));
    bottom = top + 18;
  } else if (open) {
    const { single, rest: sum } = open;
    const left = here.length - single.length;
    const all = linesOf(open);
    const step = Math.min(size.chip[1] + 14, room.h / all);
    const [w, h] = [size.chip[0], Math.min(size.chip[1], step - 4)];
    single.forEach(({ term, k }, i) => {
      const y = top + (i + 0.5) * step;
      const motion = since(when(k));
      shapes.push(
        ...chip({ x, y: y - h / 2, w, h }, term.product, {
          ...{ size: size.font, most, motion },
          term: [term.upstream, term.factor, term.product],
        }),
      );
      const written = expression([term.upstream, term.factor], 0, y, Math.min(15, size.font), {
        ...{ room: to - x - w - 8, motion, part: "expression" },
      });
      const runs = (written.runs ?? []).slice(0, -1);
      const said = runs.map((run) => run.text).join("");
      if (x + w + 8 + widthOf(said, written.size, 600) < gutter.to)
        shapes.push({ ...written, runs, text: said, x: x + w + 8, anchor: "start" });
    });
    const y = top + (all - 0.5) * step;
    if (left)
      shapes.push(
        ...chip({ x, y: y - h / 2, w, h }, sum, { size: size.font, most, term: [sum, 1, sum] }),
        text(fill(options.words.other_terms, { n: left }), x + w + 8, y, 12.5, {
          ...{ anchor: "start", fill: "ink2", part: "bundle" },
        }),
      );
    bottom = top + all * step;
    if (!told.length) {
      shapes.push(brace(back, top + step / 2, y));
      return { shapes, back, top: top + step / 2, bottom: y };
    }
  }
  if (!told.length) {
    const bounds = /** @type {{bounds: Box}} */ (mat).bounds;
    return { shapes, back: bounds.x - 8, top: bounds.y, bottom: bounds.y + bounds.h };
  }
  // What each channel comes to, added.
  const restOf = (/** @type {number} */ many) => {
    const full = fill(options.words.other_channels, { n: many });
    const fits = x + 6 + widthOf(full, 12.5, 600) + 54 + size.chip[0] < gutter.to;
    return fits ? full : fill(options.words.other_terms, { n: many });
  };
  const labels = told.map(({ plane, count }) =>
    plane === null ? restOf(count) : fill(options.words.channel, { channel: String(plane) }),
  );
  const wide = Math.max(...labels.map((label) => widthOf(label, 12.5, 600)));
  const w = Math.max(46, Math.min(size.chip[0] + 14, room.w - wide - 14));
  const chipX = Math.min(x + 6 + wide + 8, gutter.to - w - 4);
  const step = Math.min(pitch, (gutter.bottom - bottom - 22) / told.length);
  const h = Math.min(rowH, step - 4);
  const middle = (/** @type {number} */ i) => bottom + 22 + (i + 0.5) * step;
  const tallest = Math.max(...told.map(({ sum }) => Math.abs(sum)), 1e-300);
  told.forEach(({ sum, spots, plane }, i) => {
    const y = middle(i);
    const last = spots.at(-1);
    const begins = last ? when(last.k) : 0;
    const motion = since(begins);
    const bounds = { x: chipX, y: y - h / 2, w, h };
    if (frame.isMoving) shapes.push(place(bounds, { motion: { shown: [[0, begins]] } }));
    shapes.push(
      text(labels[i], x + 6, y, 12.5, {
        ...{ anchor: "start", part: plane === null ? "bundle" : "channel" },
        ...(plane === open?.plane ? { weight: 700 } : { fill: "ink2" }),
      }),
      ...chip(bounds, sum, { size: size.font, most: tallest, term: [sum, 1, sum], motion }),
    );
    if (i > 0 && step - h > 15 && !isPhone)
      shapes.push(...plus(chipX + w / 2, y - step / 2, { motion }));
  });
  shapes.push(
    ...arrow([chipX + w / 2, bottom + 2], [chipX + w / 2, middle(0) - h / 2 - 2], {
      ...{ stroke: signOf(told[0].sum), width: 2.4, motion: since(frame.start) },
    }),
  );
  shapes.push(brace(back, middle(0), middle(told.length - 1)));
  return { shapes, back, top: middle(0), bottom: middle(told.length - 1) };
}

/**
 * A product in its tap's place.
 * @param {Box} box
 * @param {Term} term
 * @param {number} size
 * @param {number} most
 * @param {Motion|undefined} motion
 * @returns {Shape[]}
 */
function tile(box, { upstream, factor, product }, size, most, motion) {
  const fit = fitted(product, box.w - 3, size, 10);
  const ink = product ? { weight: 700 } : { fill: "ink3" };
  const term = /** @type {[number, number, number]} */ ([upstream, factor, product]);
  return [
    rect(box, { fill: heat(product, most), radius: Math.min(7, box.h / 4), part: "chip", motion }),
    text(fit.text, box.x + box.w / 2, box.y + box.h / 2, fit.size, {
      ...{ ...ink, part: "label", term, motion },
    }),
  ];
}

/**
 * Where the products of a mat lie: as their cells lie on the map.
 * @param {Spot[]} spots
 * @param {Box} room
 * @param {boolean} isPhone
 */
function gridded(spots, room, isPhone) {
  const ordered = (/** @type {"row"|"column"} */ axis) =>
    [...new Set(spots.map((spot) => spot[axis]))].toSorted((a, b) => a - b);
  const [rows, columns] = [ordered("row"), ordered("column")];
  const gap = columns.length > 3 || isPhone ? 4 : 7;
  const w = Math.min(58, (room.w - 12 - gap * (columns.length - 1)) / columns.length);
  const h = Math.min(44, w * 0.85, (room.h - 16 - gap * (rows.length - 1)) / rows.length);
  const boxes = spots.map(({ row, column }) => ({
    x: room.x + 6 + columns.indexOf(column) * (w + gap),
    y: room.y + rows.indexOf(row) * (h + gap),
    w,
    h,
  }));
  return { boxes, bounds: around(boxes) };
}
