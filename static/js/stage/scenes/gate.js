// An activation: the two maps interleaved, so that each output stands beside the one input it read,
// with a gate between them. The gate is as far open as the slope is large: shut at 0, open at 1.
//
// The interface is told in ../scenes.js.

import { figure } from "../../shared/figures.js";
import { fill } from "../../shared/texts.js";
import { cell } from "../cell.js";
import { apart, askUnder, headings, numbered } from "../rows.js";
import { arrow, lineWidth, rect, ring, signOf, text, widthOf } from "../shapes.js";
import { compose as generic } from "./generic.js";
import { GATE } from "./sizes.js";
import { travelled } from "./travelled.js";

/** @import {Pair, View} from "../pair.js" */
/** @import {Composition, Options} from "../scenes.js" */
/** @import {Box, CellBox, Shape} from "../shapes.js" */

/** Pixels of a cell; where they would be smaller, the maps stand apart. */
const LEAST = 30;
/** Milliseconds: the pinned gate first, then all others. */
const BEGIN = 300;
const FIRST = 500;
const OTHERS = 400;

/**
 * @param {Pair} pair
 * @param {Box} box
 * @param {Options} options
 * @returns {Composition}
 */
export function compose(pair, box, options) {
  const { source, target, moves, subject } = pair;
  const size = GATE[options.scale];
  const grid = apart(target, source.value.length, {
    room: {
      x: box.x + size.side,
      y: box.y + size.head,
      w: box.w - 2 * size.side,
      h: box.h - size.head - 12,
    },
    unit: (c) => ({ w: 2 * c + size.gate + 2 * size.pad, h: c + 2 * size.pad }),
    between: [size.between, Math.max(6, size.between * 0.6)],
    most: size.most,
  });
  if (!moves || source.value.length !== target.value.length || grid.cell < LEAST)
    return generic(pair, box, options);

  const indices = new Map(moves.targets.map((at, i) => [at, i]));
  const isKnown = source.is.gradient && options.reading !== "values" && !pair.isQuestion;
  const passes = isKnown && target.is.gradient;
  const most = source.most[1];
  const own = subject?.key === target.key ? subject.at : -1;
  const lands = passes ? BEGIN + FIRST : 0;
  const arrivals = (/** @type {number} */ at) =>
    passes ? (at === own ? lands : lands + OTHERS) : 0;

  /** @type {CellBox[]} */
  const cells = [];
  /** @type {Shape[]} */
  const shapes = [];
  /** @type {Shape[]} */
  const above = [];
  const c = grid.cell;
  grid.units.forEach((unit, i) => {
    const at = target.first + i;
    const left = { x: unit.x + size.pad, y: unit.y + size.pad, w: c, h: c };
    const right = { ...left, x: left.x + c + size.gate };
    cells.push(
      { key: target.key, at, ...left },
      { key: source.key, at: source.first + i, ...right },
    );
    if (size.pad > 4)
      shapes.push(
        rect(unit, { fill: "card", stroke: "hair", width: 1.2, radius: 12, part: "plate" }),
      );
    const says = pair.isQuestion && at === own ? "?" : undefined;
    shapes.push(
      ...cell(target, i, left, options, { arrives: arrivals(at), says }),
      ...cell(source, i, right, options),
    );
    const k = indices.get(at) ?? -1;
    const [slope, product] = [moves.factors[k] ?? 0, moves.products[k] ?? 0];
    const middle = { x: left.x + c, y: left.y, w: size.gate, h: c };
    shapes.push(...gate(middle, slope, target.is.value));
    if (isKnown && product !== 0)
      shapes.push(...passage(middle, product, most, passes ? arrivals(at) : null));
    if (isKnown && at === own) above.push(...label(pair, middle));
    if (at === own) above.push(ring(left, { key: "ring", radius: Math.max(5, c / 7) }));
    const { pinned } = pair;
    if (pinned?.key === source.key && pinned.at === source.first + i)
      above.push(ring(right, { radius: Math.max(5, c / 7) }));
  });
  const isMap = target.drawn.length > 1 && grid.units.length > 1;
  const top = grid.units[0].y - 9;
  const heads = headings([target, source], grid.columns, top - (isMap ? 17 : 5), (view) => ({
    x: size.pad + c / 2 + view * (c + size.gate),
    room: c + size.gate / 2,
  }));
  if (isMap)
    heads.push(...indexes(target, grid, { box, top, pad: size.pad, words: options.words }));
  return {
    cells,
    shapes: [...heads, ...shapes, ...above],
    terms: pair.terms.map((term) => ({ ...term, lands })),
    duration: passes ? lands + OTHERS + 100 : 0,
    ask: pair.isQuestion ? askUnder(box, grid.units[own - target.first], options.scale) : undefined,
  };
}

/**
 * The numbers of the columns above the pairs, and of the rows where there is room beside them. Of maps
 * of one row, the channel of each.
 * @param {View} target
 * @param {import("../rows.js").Units} grid
 * @param {{box: Box, top: number, pad: number, words: Record<string, string>}} where
 * @returns {Shape[]}
 */
function indexes({ columns, drawn, first }, { units, columns: starts }, { box, top, pad, words }) {
  const high = drawn[drawn.length - 2];
  const [{ w, h }] = units;
  const rows = [...new Set(units.map(({ y }) => y))].toSorted((a, b) => a - b);
  const left = starts[0] - (pad > 4 ? 12 : 7);
  const above = numbered(
    starts.map((x, i) => /** @type {[number, number, number]} */ ([i % columns, x + w / 2, top])),
  );
  if (high === 1 && rows.length > 1) {
    if (starts.length > columns) return above;
    const ink = { fill: "ink3", part: "index", anchor: /** @type {const} */ ("end") };
    return [
      ...above,
      ...rows.flatMap((y, i) => {
        const channel = String(first / columns + i);
        const said = [fill(words.channel, { channel }), channel];
        const fits = said.find((each) => widthOf(each, 11.5) <= left + 4 - box.x);
        return fits ? [text(fits, left + 4, y + h / 2, 11.5, ink)] : [];
      }),
    ];
  }
  if (left <= box.x + 5) return above;
  return [...above, ...numbered(rows.map((y, i) => [i % high, left, y + h / 2]))];
}

/**
 * Two posts; what is open between them is the slope.
 * @param {Box} room
 * @param {number} slope
 * @param {boolean} isKnown whether the forward pass has been here
 * @returns {Shape[]}
 */
function gate({ x, y, w, h }, slope, isKnown) {
  const wide = Math.max(3, Math.min(8, w / 5));
  const open = isKnown ? Math.min(1, Math.abs(slope)) : 1;
  const fill = slope === 0 && isKnown ? "ink2" : "wire";
  const post = h * (0.24 + 0.26 * (1 - open));
  const bar = { x: x + w / 2 - wide / 2, w: wide, h: post };
  const more = { fill, radius: wide / 2, part: "gate" };
  if (open === 0) return [rect({ ...bar, y: y + 2, h: h - 4 }, more)];
  return [rect({ ...bar, y: y + 2 }, more), rect({ ...bar, y: y + h - post - 2 }, more)];
}

/**
 * What passes, as an arrow from cell to cell.
 * @param {Box} room
 * @param {number} product
 * @param {number} most
 * @param {number|null} arrives null: it has not set off yet
 * @returns {Shape[]}
 */
function passage({ x, y, w, h }, product, most, arrives) {
  const ends = /** @type {[[number, number], [number, number]]} */ ([
    [x + w - 3, y + h / 2],
    [x + 3, y + h / 2],
  ]);
  const width = Math.min(lineWidth(product, most), w / 7);
  const at = arrives && arrives - OTHERS;
  const gone = { width, stroke: signOf(product) };
  return travelled((more) => arrow(...ends, more), at, { width: 1.5 }, gone);
}

/**
 * The subject's product, at the foot of its gate: «× 0.25».
 * @param {Pair} pair
 * @param {Box} room
 * @returns {Shape[]}
 */
function label({ terms }, { x, y, w, h }) {
  return terms.slice(0, 1).flatMap(({ upstream, factor, product }) => {
    const said = `× ${figure(factor)}`;
    const wide = Math.max(w + 4, 7 * said.length + 6);
    const tag = { x: x + w / 2 - wide / 2, y: y + h - 9, w: wide, h: 18 };
    return [
      rect(tag, { fill: "card", stroke: "wire", width: 1.2, radius: 6, part: "tag" }),
      text(said, x + w / 2, y + h, 11.5, {
        weight: 700,
        part: "label",
        term: [upstream, factor, product],
      }),
    ];
  });
}
