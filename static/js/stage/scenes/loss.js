// A loss that compares: a row for each output. Forwards in grey, from the output to its probability,
// minus its target; back in colour, the difference, which is the output's gradient.
//
// The interface is told in ../scenes.js.

import { figure } from "../../shared/figures.js";
import { cell } from "../cell.js";
import { since } from "../motion.js";
import {
  arrow,
  bracketed,
  chip,
  fitted,
  line,
  lineWidth,
  rect,
  ring,
  signOf,
  text,
  widthOf,
  written,
} from "../shapes.js";
import { compose as generic } from "./generic.js";
import { LOSS } from "./sizes.js";
import { travelled } from "./travelled.js";

/** @import {Pair} from "../pair.js" */
/** @import {Compared} from "../../state/picture.js" */
/** @import {Composition, Options} from "../scenes.js" */
/** @import {Run} from "../shapes.js" */
/** @import {Box, CellBox, Motion, Shape} from "../shapes.js" */

/** Pixels of a row; where they would be smaller, the two maps stand apart. */
const LEAST = 26;
/** Milliseconds: grey runs right, then colour runs back. */
const COLUMN = 300;
const BACK = 500;

/**
 * @param {Pair} pair
 * @param {Box} box
 * @param {Options} options
 * @returns {Composition}
 */
export function compose(pair, box, options) {
  const { source, target, subject } = pair;
  const size = LOSS[options.scale];
  const rows = /** @type {Compared} */ (source.compared);
  const count = rows.names.length;
  const free = box.h - size.head - 34;
  const gap = count > 6 ? 3 : size.gap;
  const high = Math.min(size.row, (free - (count - 1) * gap) / count);
  const isSame = target.value.length === count && source.value.length === count;
  if (!isSame || high < LEAST || options.reading === "values") return generic(pair, box, options);

  const asked = pair.isQuestion;
  const isKnown = source.is.gradient && !asked;
  const arrives = isKnown && target.is.gradient;
  const lands = arrives ? 4 * COLUMN + BACK : 0;
  const at = places(box, size, rows.is_share);
  /** @type {CellBox[]} */
  const cells = [];
  /** @type {Shape[]} */
  const shapes = [];
  /** @type {Shape[]} */
  const above = [];
  const seen = (/** @type {number} */ column) => (arrives ? since(column * COLUMN) : undefined);
  rows.names.forEach((name, i) => {
    const y = box.y + size.head + i * (high + gap);
    const isOwn = subject?.key === target.key && subject.at === i;
    const pad = high > 60 ? 7 : 3;
    const lane = { x: at.output - pad, y, w: at.end - at.output + 2 * pad, h: high };
    shapes.push(
      rect(lane, { fill: isOwn ? "tint" : "lane", radius: high > 60 ? 12 : 6, part: "lane" }),
    );
    if (size.name) {
      const right = at.output - pad - 8;
      const weight = isOwn ? 700 : 400;
      const font = [high > 40 ? 13.5 : 12, 12, 11.5, 11].find(
        (each) => widthOf(name, each, weight) <= right - box.x - 2,
      );
      // A long name is written without its number's noun.
      const said = font ? name : (name.split(" ").at(-1) ?? "");
      shapes.push(
        text(said, right, y + high / 2, font ?? 12, {
          ...{ anchor: "end", fill: isOwn ? "ink" : "ink2", weight, part: "note" },
        }),
      );
    }
    const own = { x: at.output, y: y + pad, w: size.output, h: high - 2 * pad };
    cells.push({ key: target.key, at: i, ...own });
    const says = asked && isOwn ? "?" : undefined;
    shapes.push(
      ...cell(target, i, own, options, { arrives: lands, strong: isOwn && high > 60, says }),
    );
    if (isOwn) above.push(ring(own, { key: "ring", radius: Math.max(5, high / 9) }));

    // What stands in the row leaves its lower edge to the way back.
    const under = Math.max(8, high * 0.2);
    const middle = y + (high - under) / 2 + 1;
    const tall = Math.min(50, high - under - 4);
    const inner = { y: middle - tall / 2, h: tall };
    cells.push({ key: source.key, at: i, x: at.start, w: at.end - at.start, ...inner });
    const pinned = pair.pinned?.key === source.key && pair.pinned.at === i;
    if (pinned) above.push(ring({ x: at.start, w: at.end - at.start, ...inner }, { radius: 8 }));
    if (rows.is_share)
      shapes.push(...bar(rows.prediction[i], { x: at.bar, w: size.bar, ...inner }, size, seen(1)));
    const small = Math.min(tall, 44);
    const goal = { x: at.target, w: size.target, y: middle - small / 2, h: small };
    const grey = (/** @type {number} */ from, /** @type {number} */ to) =>
      arrow([from, middle], [to, middle], { width: 1.6 });
    shapes.push(
      ...grey(at.output + size.output + 6, (rows.is_share ? at.bar : at.minus - 16) - 4),
      ...minus(at.minus, middle, Math.min(10, tall / 3), seen(2)),
      rect(goal, { fill: "card", stroke: "hair", width: 1.3, radius: 7, part: "target" }),
      ...number(rows.target[i], goal, size.font, rows.target[i] !== 0, "target"),
      ...grey(goal.x + goal.w + 4, at.card - 4),
    );
    const card = { x: at.card, w: size.card, ...inner };
    shapes.push(rect(card, { fill: "card", stroke: "hair", width: 1.3, radius: 8, part: "card" }));
    if (!isKnown) return;
    const gradient = source.gradient[i];
    const held = { x: card.x + card.w - size.chip - 5, y: inner.y + 4, w: size.chip, h: tall - 8 };
    shapes.push(...difference(rows, i, held.x - 8, middle, held.x - 16 - card.x, size, seen(3)));
    const term = /** @type {[number, number, number]} */ ([1, gradient, gradient]);
    shapes.push(
      ...chip(held, gradient, {
        ...{ size: Math.min(size.font + 2, held.h * 0.62), most: source.most[1] },
        ...{ term: isOwn ? term : undefined, motion: seen(3) },
      }),
    );
    shapes.push(...back(held, own, y + high, under, gradient, source.most[1], arrives));
  });
  const y = box.y + size.head - 18;
  const foot = box.y + size.head + count * (high + gap) + 8;
  return {
    cells,
    shapes: [
      ...headings(pair, rows, at, y, size),
      ...shapes,
      ...above,
      text(source.note, at.end, Math.min(foot, box.y + box.h - 8), 13, {
        ...{ anchor: "end", fill: "ink2", part: "note" },
      }),
    ],
    terms: pair.terms.map((term) => ({ ...term, lands })),
    duration: arrives ? lands + 100 : 0,
    ask: asked
      ? { x: at.card - 10, y: box.y + size.head + 4, w: size.card, side: "below" }
      : undefined,
  };
}

/**
 * Where the columns of a row begin, as wide as there is room.
 * @param {Box} box
 * @param {typeof LOSS.wide} size
 * @param {boolean} hasBar whether the loss makes probabilities of the outputs
 */
function places(box, size, hasBar) {
  const output = box.x + size.side + size.name;
  const bar = output + size.output + size.way;
  const minus = (hasBar ? bar + size.bar : bar) + size.minus / 2;
  const target = minus + size.minus / 2;
  const card = target + size.target + size.equals;
  return { output, bar, minus, target, card, start: hasBar ? bar : target, end: card + size.card };
}

/**
 * The titles of the columns, each over its own, if it fits.
 * @param {Pair} pair
 * @param {Compared} rows
 * @param {ReturnType<typeof places>} at
 * @param {number} y
 * @param {typeof LOSS.wide} size
 * @returns {Shape[]}
 */
function headings({ target }, { titles, is_share: isShare }, at, y, size) {
  /** @type {[string, number, number][]} */
  const all = [
    [target.title, at.output, (isShare ? at.bar : at.target) - at.output - 10],
    ...(isShare
      ? [/** @type {[string, number, number]} */ ([titles[0], at.bar, at.target - at.bar - 16])]
      : []),
    [titles[1], at.target - 10, size.target + size.equals],
    [titles[2], at.card, size.card],
  ];
  return all.flatMap(([title, x, room], i) => {
    const bold = /** @type {const} */ ({ weight: 700, anchor: "start", part: "heading" });
    if (i === 0 && widthOf(title, 12.5, 700) > room)
      // A layer keeps its whole name, a word a line.
      return title.split(" ").map((word, k, parts) => {
        return text(word, x, y - 13 * (parts.length - 1 - k), 11.5, bold);
      });
    const [first] = title.split(", ");
    const says = [title, first, first.split(" × ")[0], first.split(" ").at(-1) ?? ""];
    for (const said of says)
      for (const font of [14, 12.5, 11])
        if (widthOf(said, font, 700) <= room) return [text(said, x, y, font, bold)];
    return [];
  });
}

/**
 * A probability as a part of a bar.
 * @param {number} share
 * @param {Box} box
 * @param {typeof LOSS.wide} size
 * @param {Motion|undefined} motion
 * @returns {Shape[]}
 */
function bar(share, box, size, motion) {
  const high = Math.min(box.h, 36);
  const { x, w } = box;
  const y = box.y + (box.h - high) / 2;
  const wide = Math.max(2, w * Math.min(1, share));
  const fit = fitted(share, w - 12, size.font - 3);
  const needs = widthOf(fit.text, fit.size, 700) + 10;
  const isInside = wide > needs;
  const end =
    isInside || x + wide + needs > x + w ? Math.max(x + wide, x + needs) - 6 : x + wide + needs - 4;
  return [
    rect(
      { x, y, w, h: high },
      { fill: "card", stroke: "hair", width: 1.3, radius: 6, part: "bar" },
    ),
    rect({ x, y, w: wide, h: high }, { fill: "grey:1", radius: 6, part: "share", motion }),
    text(fit.text, end, y + high / 2, fit.size, {
      ...{ weight: 700, anchor: "end", part: "prediction", motion },
    }),
  ];
}

/**
 * «−» in a ring.
 * @param {number} x
 * @param {number} y
 * @param {number} r
 * @param {Motion|undefined} motion
 * @returns {Shape[]}
 */
const minus = (x, y, r, motion) => [
  { kind: "circle", x, y, r, fill: "panel", stroke: "wire", width: 1.4, part: "minus", motion },
  { kind: "path", d: `M${x - r / 2} ${y}h${r}`, stroke: "ink2", width: 1.8, motion },
];

/**
 * @param {number} of
 * @param {Box} box
 * @param {number} size
 * @param {boolean} strong
 * @param {string} part
 * @returns {Shape[]}
 */
function number(of, { x, y, w, h }, size, strong, part) {
  const fit = fitted(of, w - 6, Math.min(size, h * 0.7));
  const ink = strong ? { weight: 700 } : { fill: "ink2" };
  return [text(fit.text, x + w / 2, y + h / 2, fit.size, { ...ink, part })];
}

/**
 * «0.175 − 1 =», which ends at a place, in the room there is.
 * @param {Compared} rows
 * @param {number} i
 * @param {number} x
 * @param {number} y
 * @param {number} room
 * @param {typeof LOSS.wide} size
 * @param {Motion|undefined} motion
 * @returns {Shape[]}
 */
function difference({ prediction, target, factor }, i, x, y, room, size, motion) {
  const [a, b] = [figure(prediction[i]), bracketed(target[i])];
  const inner = factor === 1 ? [a, " − ", b] : ["(", a, " − ", b, ") × ", figure(factor)];
  const said = `${inner.join("")} =`;
  const fit = [size.font, 16, 14, 12, 11].find((each) => widthOf(said, each, 700) <= room);
  if (!fit) return [];
  /** @type {Run[]} */
  const runs = [...inner, " ="].map((each) =>
    each === a || each === b ? { text: each, weight: 700 } : { text: each, fill: "ink2" },
  );
  return [written(runs, x, y, fit, { anchor: "end", part: "difference", motion })];
}

/**
 * The way back: from under the difference, along the row's lower edge, to the output.
 * @param {Box} from
 * @param {Box} to
 * @param {number} bottom of the row
 * @param {number} under how much of it is for the way
 * @param {number} gradient
 * @param {number} most
 * @param {boolean} arrives
 * @returns {Shape[]}
 */
function back(from, to, bottom, under, gradient, most, arrives) {
  const y = bottom - under / 2 - 1;
  const x = from.x + from.w / 2;
  const start = /** @type {[number, number]} */ ([x, from.y + from.h + 2]);
  const end = /** @type {[number, number]} */ ([to.x + to.w + 5, y]);
  const width = Math.min(under / 3, lineWidth(gradient, most));
  const ways = (/** @type {Partial<import("../shapes.js").Path>} */ more) => [
    line([start, [x, y], [end[0] + 14, y]], 8, { ...more, part: "trunk" }),
    ...arrow([end[0] + 16, y], end, more),
  ];
  const at = arrives && gradient !== 0 ? 4 * COLUMN : null;
  return travelled(ways, at, { width: 1.2 }, { stroke: signOf(gradient), width });
}
