// Pooling whose windows tile the map: the windows pulled apart, each beside its pooled cell. A maximum
// takes the whole gradient of its window; of an average, each cell takes its share.
//
// The interface is told in ../scenes.js.

import { figure } from "../../shared/figures.js";
import { fill } from "../../shared/texts.js";
import { cell } from "../cell.js";
import { apart, askUnder, headings } from "../rows.js";
import {
  arrow,
  bracketed,
  line,
  lineWidth,
  plate,
  ring,
  signOf,
  text,
  widthOf,
} from "../shapes.js";
import { compose as generic } from "./generic.js";
import { compose as overlap } from "./overlap.js";
import { ROUTE } from "./sizes.js";
import { travelled } from "./travelled.js";

/** @import {Pair, View} from "../pair.js" */
/** @import {Composition, Options} from "../scenes.js" */
/** @import {Box, CellBox, Shape} from "../shapes.js" */

/** Pixels of a cell; where they would be smaller, the maps stand whole. */
const LEAST = 30;
/** Milliseconds: the pinned window first, then all others. */
const BEGIN = 300;
const FIRST = 500;
const OTHERS = 400;

/**
 * @typedef {{at: number, row: number, column: number, factor: number}} Tap a cell of a window, and how
 *   much of the window's gradient it takes
 */

/**
 * @param {Pair} pair
 * @param {Box} box
 * @param {Options} options
 * @returns {Composition}
 */
export function compose(pair, box, options) {
  const { source, target, subject } = pair;
  const size = ROUTE[options.scale];
  const windows = tiles(pair);
  const high = 1 + Math.max(0, ...(windows ?? []).flat().map(({ row }) => row));
  const wide = 1 + Math.max(0, ...(windows ?? []).flat().map(({ column }) => column));
  const plateOf = (/** @type {number} */ c) => ({
    w: wide * c + (wide - 1) * size.gap + 2 * size.pad,
    h: high * c + (high - 1) * size.gap + 2 * size.pad,
  });
  const [gapX, gapY] = size.between;
  const grid = apart(source, source.value.length, {
    room: {
      x: box.x + size.side,
      y: box.y + size.head + size.lane,
      w: box.w - 2 * size.side,
      h: box.h - size.head - 3 * size.lane - 6,
    },
    unit: (c) => ({ w: plateOf(c).w + size.gutter + c, h: plateOf(c).h }),
    between: [gapX, gapY],
    most: size.most,
  });
  if (!windows) return overlap(pair, box, options);
  if (grid.cell < LEAST) return generic(pair, box, options);

  const isKnown = source.is.gradient && options.reading !== "values" && !pair.isQuestion;
  const arrives = isKnown && target.is.gradient;
  const own = subject?.key === target.key ? subject.at : -1;
  const first = windows.findIndex((taps) => taps.some(({ at }) => at === own));
  const lands = arrives ? BEGIN + FIRST : 0;
  const c = grid.cell;
  /** @type {CellBox[]} */
  const cells = [];
  /** @type {Shape[]} */
  const shapes = [];
  /** @type {Shape[]} */
  const above = [];
  grid.units.forEach((unit, i) => {
    const taps = windows[i];
    const ground = { x: unit.x, y: unit.y, ...plateOf(c) };
    const pooled = {
      x: ground.x + ground.w + size.gutter,
      y: unit.y + (ground.h - c) / 2,
      w: c,
      h: c,
    };
    const when = arrives ? (i === first ? lands : lands + OTHERS) : 0;
    cells.push({ key: source.key, at: source.first + i, ...pooled });
    shapes.push(
      plate(ground, i === first ? {} : { fill: "hair", opacity: 0.5 }),
      ...cell(source, i, pooled, options),
    );
    const boxes = taps.map(({ at, row, column }) => {
      const x = ground.x + size.pad + column * (c + size.gap);
      const y = ground.y + size.pad + row * (c + size.gap);
      const here = { x, y, w: c, h: c };
      cells.push({ key: target.key, at, ...here });
      const says = pair.isQuestion && at === own ? "?" : undefined;
      shapes.push(...cell(target, at - target.first, here, options, { arrives: when, says }));
      if (at === own) above.push(ring(here, { key: "ring", radius: Math.max(5, c / 7) }));
      return here;
    });
    if (pair.pinned?.key === source.key && pair.pinned.at === source.first + i)
      above.push(ring(pooled, { radius: Math.max(5, c / 7) }));
    const isAverage = pair.kind === "avg_pool";
    const sent = source.gradient[i];
    if (isKnown && sent !== 0) {
      const ways = isAverage
        ? shared([...new Set(boxes.map(({ y }) => y + c / 2))], ground, pooled, size)
        : taps.flatMap(({ factor, row, column }, k) =>
            factor
              ? [
                  way(boxes[k], ground, pooled, size, {
                    row,
                    isLast: column === wide - 1,
                    isTop: row === 0 && high > 1,
                  }),
                ]
              : [],
          );
      for (const points of ways)
        above.push(
          ...sending(points, sent, source.most[1], arrives ? when : null, c / ways.length),
        );
    }
    above.push(...named(source, i, pooled, ground, box, options));
    if (isKnown) above.push(...label(pair, taps, own, pooled, ground));
    if (isKnown && isAverage && i !== first)
      above.push(...share(taps, pooled, ground, options.words));
  });
  const ground = plateOf(c).w;
  const heads = headings([target, source], grid.columns, box.y + size.head - 14, (view) => ({
    x: view ? ground + size.gutter + c / 2 : ground / 2,
    room: view ? c + 2 * Math.min(size.gutter / 2, size.side - 2) : ground,
  }));
  return {
    cells,
    shapes: [...heads, ...shapes, ...above],
    terms: pair.terms.map((term) => ({ ...term, lands })),
    duration: arrives ? lands + OTHERS + 100 : 0,
    ask: pair.isQuestion ? askUnder(box, grid.units[Math.max(0, first)], options.scale) : undefined,
  };
}

/**
 * The cells of each window, where every cell of the map lies in exactly one; null elsewhere.
 * @param {Pair} pair
 * @returns {Tap[][]|null}
 */
function tiles({ source, target, moves }) {
  if (!moves || moves.targets.length !== target.value.length) return null;
  const { columns } = target;
  /** @type {Tap[][]} */
  const windows = source.value.map(() => []);
  const seen = new Set();
  moves.targets.forEach((at, i) => {
    const place = at - target.first;
    seen.add(at);
    windows[moves.sources[i] - source.first]?.push({
      at,
      row: Math.floor(place / columns),
      column: place % columns,
      factor: moves.factors[i],
    });
  });
  if (seen.size !== target.value.length || windows.some((taps) => !taps.length)) return null;
  return windows.map((taps) => {
    const top = Math.min(...taps.map(({ row }) => row));
    const left = Math.min(...taps.map(({ column }) => column));
    return taps.map((tap) => ({ ...tap, row: tap.row - top, column: tap.column - left }));
  });
}

/**
 * From a pooled cell to every row of its window: each cell takes its share.
 * @param {number[]} rows the middle of each row
 * @param {Box} ground
 * @param {Box} pooled
 * @param {typeof ROUTE.wide} size
 * @returns {[number, number][][]}
 */
function shared(rows, ground, pooled, { gutter }) {
  const [px, py] = [pooled.x - 3, pooled.y + pooled.h / 2];
  const edge = ground.x + ground.w;
  const turn = edge + gutter * 0.55;
  return rows.map((y) =>
    Math.abs(y - py) < 2
      ? [
          [px, py],
          [edge + 2, py],
        ]
      : [
          [px, py],
          [turn, py],
          [turn, y],
          [edge + 2, y],
        ],
  );
}

/**
 * From a pooled cell to its winner: straight to one at the plate's edge, else by a lane outside the
 * plate or between its rows, so that no line crosses a number.
 * @param {Box} winner
 * @param {Box} ground
 * @param {Box} pooled
 * @param {typeof ROUTE.wide} size
 * @param {{row: number, isLast: boolean, isTop: boolean}} of
 * @returns {[number, number][]}
 */
function way(winner, ground, pooled, { gap, gutter, lane }, { isLast, isTop }) {
  const [px, py] = [pooled.x - 3, pooled.y + pooled.h / 2];
  const turn = ground.x + ground.w + gutter * 0.42;
  const middle = winner.y + winner.h / 2;
  if (isLast) {
    const end = winner.x + winner.w + 3;
    if (Math.abs(middle - py) < 2)
      return [
        [px, py],
        [end, middle],
      ];
    return [
      [px, py],
      [turn, py],
      [turn, middle],
      [end, middle],
    ];
  }
  const isBottom = winner.y + winner.h + gap >= ground.y + ground.h - gap - 2;
  const outside = isTop ? ground.y - lane : isBottom ? ground.y + ground.h + lane : 0;
  const level = outside || winner.y + winner.h + gap / 2;
  const edge = isTop ? winner.y - 2 : winner.y + winner.h + 2;
  const x = winner.x + winner.w / 2;
  return [
    [px, py],
    [turn, py],
    [turn, level],
    [x, level],
    [x, edge],
  ];
}

/**
 * @param {[number, number][]} points
 * @param {number} gradient
 * @param {number} most
 * @param {number|null} arrives null: it has not set off yet
 * @param {number} c
 * @returns {Shape[]}
 */
function sending(points, gradient, most, arrives, c) {
  const width = Math.min(lineWidth(gradient, most), c / 12);
  const drawn = (/** @type {Partial<import("../shapes.js").Path>} */ more) => {
    const last = points[points.length - 1];
    const before = points[points.length - 2];
    return [
      ...(points.length > 2 ? [line([...points.slice(0, -1), near(before, last)], 10, more)] : []),
      ...arrow(points.length > 2 ? near(before, last) : before, last, more),
    ];
  };
  const at = arrives && arrives - OTHERS;
  return travelled(drawn, at, { width: 1.6 }, { stroke: signOf(gradient), width });
}

/**
 * A little before the end of a line, where its arrow begins.
 * @param {[number, number]} from
 * @param {[number, number]} to
 * @returns {[number, number]}
 */
function near(from, to) {
  const long = Math.hypot(to[0] - from[0], to[1] - from[1]) || 1;
  const share = Math.max(0, 1 - 16 / long);
  return [from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share];
}

/**
 * How much of a pooled gradient each cell of its window takes, where all take as much.
 * @param {Tap[]} taps
 * @param {Box} pooled
 * @param {Box} ground
 * @param {Record<string, string>} words
 * @returns {Shape[]}
 */
function share([first, ...others], pooled, ground, words) {
  if (others.some(({ factor }) => factor !== first.factor)) return [];
  const said = fill(words.share_each, { factor: figure(first.factor) });
  const right = pooled.x + pooled.w;
  const font = [12.5, 11].find((each) => widthOf(said, each) <= right - ground.x - ground.w - 8);
  if (!font) return [];
  const x = Math.min(pooled.x + pooled.w / 2, right - widthOf(said, font) / 2);
  return [text(said, x, pooled.y + pooled.h + 16, font, { fill: "ink2", part: "note" })];
}

/**
 * Which row and column a pooled cell has, above it.
 * @param {View} source
 * @param {number} i
 * @param {Box} pooled
 * @param {Box} ground
 * @param {Box} box
 * @param {Options} options
 * @returns {Shape[]}
 */
function named({ columns, drawn, value }, i, { x, y, w }, ground, box, { words, scale }) {
  if (scale === "phone" || value.length < 2 || drawn.length < 2) return [];
  const high = drawn[drawn.length - 2];
  const row = String(Math.floor(i / columns) % high);
  const said = fill(words.row_and_column, { row, column: String(i % columns) });
  const wide = widthOf(said, 12);
  const middle = Math.min(x + w / 2, box.x + box.w - 4 - wide / 2);
  // The way to the maximum turns in the gutter.
  const left = ground.x + ground.w + (x - ground.x - ground.w) * 0.5;
  if (middle - wide / 2 < left) return [];
  return [text(said, middle, y - 15, 12, { fill: "ink2", part: "index" })];
}

/**
 * The subject's product under the cell that sends it: «7 × 1 = 7».
 * @param {Pair} pair
 * @param {Tap[]} taps
 * @param {number} own
 * @param {Box} pooled
 * @param {Box} ground
 * @returns {Shape[]}
 */
function label({ terms }, taps, own, pooled, ground) {
  if (!taps.some(({ at }) => at === own) || !terms.length) return [];
  const [{ upstream, factor, product }] = terms;
  const room = pooled.x + pooled.w - (ground.x + ground.w) - 8;
  const whole = `${figure(upstream)} × ${bracketed(factor)} = ${figure(product)}`;
  const size = [13, 12, 11].find((each) => widthOf(whole, each, 600) <= room);
  const said = size ? whole : `× ${figure(factor)}`;
  const half = widthOf(said, size ?? 12, 600) / 2;
  const x = Math.min(pooled.x + pooled.w / 2, pooled.x + pooled.w - half);
  return [
    text(said, x, pooled.y + pooled.h + 16, size ?? 12, {
      weight: 600,
      fill: product ? signOf(product) : "ink2",
      part: "label",
      term: [upstream, factor, product],
    }),
  ];
}
