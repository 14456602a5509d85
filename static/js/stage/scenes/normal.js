// A batch normalization: every cell of a channel is moved and scaled by the same numbers. Both maps stand
// apart; between them the explained cell's way forwards, operation by operation, and its gradient's way
// back, which only the scale and the deviation change.
//
// The interface is told in ../scenes.js.

import { cell } from "../cell.js";
import { heats } from "../lens.js";
import { ring } from "../shapes.js";
import { heading, mapped, padded } from "./generic/maps.js";
import { chain, leastOf } from "./normal/chain.js";
import { NORMAL } from "./sizes.js";

/** @import {Pair, View} from "../pair.js" */
/** @import {Composition, Options} from "../scenes.js" */
/** @import {Box, CellBox, Shape} from "../shapes.js" */
/** @import {Mapped} from "./generic/maps.js" */

/** Milliseconds: the source's way, the product, the way to the cell, all others. */
const BEGIN = 300;
const EACH = 450;
const TRUNK = 350;
const OTHERS = 500;

/**
 * @param {Pair} pair
 * @param {Box} box
 * @param {Options} options
 * @returns {Composition}
 */
export function compose(pair, box, options) {
  const { source, target, subject, pinned, isQuestion } = pair;
  const size = NORMAL[options.scale];
  const own = subject?.key === target.key ? subject.at - target.first : -1;
  const comes = source.is.gradient && options.reading !== "values" && !isQuestion;
  const passes = comes && target.is.gradient;
  const arrived = BEGIN + EACH + TRUNK;
  const { left, right, room, side } = placed(pair, box, size);

  /** @type {CellBox[]} */
  const cells = [];
  /** @type {Shape[]} */
  const shapes = [];
  /** @type {Shape[]} */
  const above = [];
  for (const [view, map, isTarget] of /** @type {[View, Mapped, boolean][]} */ ([
    [target, left, true],
    [source, right, false],
  ])) {
    shapes.push(...heading(view, map, size), ...padded(view, map));
    if (map.isHeat) shapes.unshift(...heats(view, map.boxes, options.reading));
    map.boxes.forEach((each, i) => {
      cells.push({ key: view.key, at: i, ...each });
      const isOwn = isTarget && i === own;
      if (isOwn || (pinned?.key === view.key && pinned.at === view.first + i))
        above.push(
          ring(each, { key: isOwn ? "ring" : undefined, radius: Math.max(4, each.w / 7) }),
        );
      if (map.isHeat && !isOwn) return;
      const arrives = passes && isTarget ? (isOwn ? arrived : arrived + OTHERS / 2) : 0;
      const says = isOwn && isQuestion ? "?" : undefined;
      shapes.push(...cell(view, i, each, options, { arrives, says }));
    });
  }
  const between = chain(pair, room, size, options, {
    ...{ own, comes, passes, side, left, right, begins: BEGIN, arrives: BEGIN + EACH, arrived },
  });
  cells.push(...between.cells);
  return {
    cells,
    shapes: [...shapes, ...between.shapes, ...above],
    terms: pair.terms.map((term) => ({ ...term, lands: passes ? arrived : 0 })),
    duration: passes ? arrived + OTHERS + 100 : 0,
    ask: isQuestion ? { x: room.x, y: room.y + room.h + 8, w: 200, side: "below" } : undefined,
  };
}

/**
 * The chain between the maps, or above them: where the cells become larger.
 * @param {Pair} pair
 * @param {Box} box
 * @param {typeof NORMAL.wide} size
 * @returns {{left: Mapped, right: Mapped, room: Box, side: 1|-1}} ``side``: of the target, where its
 *   gradient comes in
 */
function placed({ source, target, weight, bias }, box, size) {
  const { w: wide, h: high } = leastOf(size, weight !== null, bias !== null);
  const inner = box.w - 2 * size.side;
  const x = box.x + size.side;
  const [y, tall] = [box.y + size.head, box.h - size.head - 14];
  const beside = (/** @type {number} */ by) => {
    const w = (inner - wide - 2 * size.gap) / 2;
    return by > 0 ? { x, y, w, h: tall } : { x: x + inner - w, y, w, h: tall };
  };
  const under = (/** @type {number} */ by) => {
    const w = (inner - 3 * size.gap) / 2;
    const top = y + high + size.head - 10;
    const h = box.y + box.h - 10 - top;
    return { x: by > 0 ? x + size.gap / 2 : x + inner - w - size.gap / 2, y: top, w, h };
  };
  const fits = (/** @type {(by: number) => Box} */ rooms) =>
    /** @type {[Mapped, Mapped]} */ ([
      mapped(target, rooms(1), size.cell),
      mapped(source, rooms(-1), size.cell),
    ]);
  const [apart, below] = [inner - wide > 80 ? fits(beside) : null, fits(under)];
  const isBeside = apart !== null && high <= tall && apart[0].cell >= below[0].cell;
  if (!isBeside) {
    const [left, right] = below;
    const room = { x: x + (inner - wide) / 2, y: y - 12, w: wide, h: high };
    return { left, right, room, side: -1 };
  }
  // The maps move to the middle, and the chain to that of the maps.
  const down = Math.max(0, (tall - Math.max(apart[0].bounds.h, high)) / 2 - 12);
  const spare = Math.max(0, inner - wide - 2 * size.gap - 2 * apart[0].bounds.w) / 2;
  const [left, right] = apart.map((map, i) =>
    moved(map, i ? map.room.w - map.bounds.w - spare * 0.6 : spare * 0.6, down),
  );
  const top = left.bounds.y + (left.bounds.h - high) / 2;
  const from = left.bounds.x + left.bounds.w;
  const middle = (from + right.bounds.x) / 2;
  const room = { x: middle - wide / 2, y: Math.max(y - 12, top), w: wide, h: high };
  return { left, right, room, side: 1 };
}

/**
 * @param {Mapped} map
 * @param {number} x
 * @param {number} y
 * @returns {Mapped}
 */
function moved(map, x, y) {
  const by = (/** @type {Box} */ box) => ({ ...box, x: box.x + x, y: box.y + y });
  return { ...map, boxes: map.boxes.map(by), bounds: by(map.bounds), room: by(map.room) };
}
