// The terms of one cell as chips between two maps, with one way from all of them to the cell. No DOM.

import { figure } from "../../../shared/figures.js";
import { fill } from "../../../shared/texts.js";
import { since, until } from "../../motion.js";
import { largestProduct, sumOf } from "../../pair.js";
import {
  arrow,
  brace,
  chip,
  equals,
  line,
  place,
  plus,
  signOf,
  text,
  widthOf,
} from "../../shapes.js";
import { travelled } from "../travelled.js";

/** @import {Pair, Term} from "../../pair.js" */
/** @import {Options} from "../../scenes.js" */
/** @import {Box, Path, Shape} from "../../shapes.js" */
/** @import {Mapped, Size} from "./maps.js" */

/** Milliseconds. */
export const BEGIN = 300;
export const EACH = 450;
export const TRUNK = 350;

/**
 * The terms in the gutter, the brace and the trunk.
 * @param {{pair: Pair, shown: Term[], others: Term[], room: Box, size: Size, here: Box,
 *   map: Mapped, lands: (k: number) => number, added: boolean,
 *   isMoving: boolean, arrived: number, options: Options}} of
 * @returns {Shape[]}
 */
export function gathered({
  pair,
  shown,
  others,
  room,
  size,
  here,
  map,
  lands,
  added,
  isMoving,
  arrived,
  options,
}) {
  const [w, h] = size.chip;
  const rows = shown.length + (others.length ? 1 : 0);
  const pitch = Math.min(h + 24, room.h / Math.max(1, rows));
  // Where many terms stand close, without signs between them.
  const isClose = pitch < 30;
  const high = Math.min(h, pitch - (isClose ? 3 : 12));
  const tall = rows * pitch;
  const center = here.y + here.h / 2;
  const top = Math.max(room.y, Math.min(room.y + room.h - tall, center - tall / 2));
  const most = largestProduct(pair);
  const x = room.x + 18;
  /** @type {Shape[]} */
  const shapes = [];
  const middle = (/** @type {number} */ k) => top + k * pitch + pitch / 2;
  const begins = (/** @type {number} */ k) => BEGIN + k * EACH;
  shown.forEach((term, k) => {
    const y = middle(k);
    const bounds = { x, y: y - high / 2, w, h: high };
    const motion = isMoving ? since(begins(k)) : undefined;
    if (isMoving && added) shapes.push(place(bounds, { motion: until(begins(k)) }));
    shapes.push(
      ...chip(bounds, term.product, {
        size: size.font,
        most,
        term: [term.upstream, term.factor, term.product],
        motion,
      }),
    );
    const written = equals([term.upstream, term.factor], x + w + 8, y, size.font, {
      room: room.w - w - 14,
      motion,
      part: "expression",
    });
    // Where even small figures find no room, the receipt has them.
    if (x + w + 8 + widthOf(written.text, written.size, 600) <= room.x + room.w + 6)
      shapes.push(written);
    if (k > 0 && !isClose)
      shapes.push(...plus(x + w / 2, y - pitch / 2, { motion, room: pitch - high }));
  });
  if (others.length) {
    const y = middle(shown.length);
    const bounds = { x, y: y - high / 2, w, h: high };
    const { sum } = /** @type {{sum: number}} */ (pair.bundle);
    shapes.push(
      ...chip(bounds, sum, { size: size.font, most, term: [sum, 1, sum] }),
      text(fill(options.words.other_terms, { n: others.length }), x + w + 10, y, 13, {
        ...{ anchor: "start", fill: "ink2", part: "bundle" },
      }),
    );
  }
  if (rows > 1) shapes.push(brace(x - 14, middle(0), middle(rows - 1)));
  const home = pair.all.find(({ key }) => key === pair.subject?.key);
  const gradient = home?.gradient[(pair.subject?.at ?? 0) - home.first] ?? 0;
  const moved = added && gradient !== 0;
  const from = /** @type {[number, number]} */ ([
    rows > 1 ? x - 14 : x - 3,
    (middle(0) + middle(rows - 1)) / 2,
  ]);
  const target = /** @type {[number, number]} */ ([here.x + here.w / 2, here.y + here.h + 4]);
  const isBeside = map.boxes.every((each) => each.x <= here.x + 1 || Math.abs(each.y - here.y) > 1);
  const lane = here.y + here.h + Math.max(5, map.gap / 2 + 1);
  const turn = Math.min(
    from[0] - 6,
    Math.max(map.bounds.x + map.bounds.w, here.x + here.w - 4) + 12,
  );
  const isStraight = isBeside && Math.abs(from[1] - center) < here.h / 2 - 6;
  const way = (/** @type {Partial<Path>} */ { width = 2, ...more }) =>
    isStraight
      ? arrow(from, [here.x + here.w + 7, from[1]], { ...more, width })
      : [
          line([from, [turn, from[1]], [turn, lane], [target[0], lane]], 7, {
            ...{ ...more, width: Math.min(width, map.gap + 2), part: "trunk" },
          }),
          ...arrow([target[0], lane + 1], [target[0], target[1] - 2], { ...more, width: 1.8 }),
        ];
  const at = !moved ? null : isMoving ? arrived - TRUNK : 0;
  const waits = isMoving && added ? {} : { width: 2.5 };
  shapes.push(...travelled(way, at, waits, { stroke: signOf(gradient), width: 5 }));
  if (added && shown.length > 1 && options.scale !== "phone") {
    const sum = `${sumOf(shown.map(({ product }) => product))}${others.length ? " + …" : ""} = ${figure(gradient)}`;
    const y = middle(rows - 1) + pitch / 2 + 12;
    if (widthOf(sum, 14) < room.w && y < room.y + room.h + 12)
      shapes.push(
        text(sum, x, y, 14, {
          anchor: "start",
          fill: "ink2",
          part: "sum",
          motion: isMoving ? since(lands(rows - 1)) : undefined,
        }),
      );
  }
  return shapes;
}
