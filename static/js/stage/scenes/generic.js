// Any pair of layers: the source's map at the right, the target's at the left, as large as fits; the
// subject's terms as chips in the gutter, a brace around them, and one trunk by a lane to the subject.
// It shows what no scene of its own shows yet, on the way forward, too.
//
// The interface is told in ../scenes.js.

import { figure } from "../../shared/figures.js";
import { fill } from "../../shared/texts.js";
import { cell, inset, laid } from "../cell.js";
import { levelsOf } from "../heat.js";
import { bundled, sumOf } from "../pair.js";
import {
  arrow,
  brace,
  chip,
  expression,
  line,
  place,
  plus,
  rect,
  ring,
  signOf,
  text,
  widthOf,
} from "../shapes.js";

/** @import {Pair, Term, View} from "../pair.js" */
/** @import {Composition, Landing, Options} from "../scenes.js" */
/** @import {Box, CellBox, Shape} from "../shapes.js" */

const SIZES = {
  wide: { gutter: 280, cell: 88, chip: [66, 36], font: 18, side: 26, head: 46 },
  middle: { gutter: 210, cell: 70, chip: [54, 32], font: 15, side: 20, head: 42 },
  tall: { gutter: 220, cell: 84, chip: [58, 34], font: 16, side: 24, head: 44 },
  phone: { gutter: 176, cell: 56, chip: [46, 28], font: 13, side: 14, head: 36 },
};
/** Terms that are all drawn; of more, the largest. */
const ALL = 9;
/** Milliseconds. */
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
  const { source, target, subject, weight, bias, phase } = pair;
  const size = SIZES[options.scale];
  const isPhone = options.scale === "phone";
  const learns = phase === "parameters" && weight !== null && weight.is.gradient;
  // What gets the gradients stands at the left: the target, or the parameters that learn.
  const goal = learns ? /** @type {View} */ (weight) : target;
  const { single, others } = bundled(pair, ALL);
  const hasTerms =
    pair.terms.length > 0 &&
    !pair.isQuestion &&
    phase !== "start" &&
    phase !== "forward" &&
    source.is.gradient &&
    options.reading !== "values";
  const added = hasTerms && viewOf(pair, subject?.key)?.is.gradient === true;
  const shown = hasTerms ? single : [];
  const isMoving = hasTerms && (added || phase === "multiply");

  /** @type {CellBox[]} */
  const cells = [];
  /** @type {Shape[]} */
  const shapes = [];
  /** @type {Shape[]} */
  const above = [];

  // The maps' places.
  const room = rooms(box, size, isPhone, goal, source, weight !== null && !learns);
  const left = mapped(goal, room.goal, Math.min(size.cell, isPhone ? 50 : size.cell));
  const right = mapped(source, room.source, size.cell);
  const parameters = !learns && weight ? mapped(weight, room.weight, isPhone ? 34 : 50) : null;
  const biases = learns && bias ? mapped(bias, room.bias, 44) : null;

  // When what happens.
  const lands = (/** @type {number} */ k) => (isMoving && added ? BEGIN + (k + 1) * EACH : 0);
  const position = new Map(shown.map((term, k) => [term, k]));
  /** @type {Landing[]} */
  const terms = pair.terms.map((term) => ({
    ...term,
    lands: lands(position.get(term) ?? shown.length),
  }));
  const steps = shown.length + (others.length && hasTerms ? 1 : 0);
  const arrived = isMoving && added ? BEGIN + steps * EACH + TRUNK : 0;
  const duration = !isMoving ? 0 : added ? arrived + OTHERS + 100 : BEGIN + steps * EACH;

  // The maps.
  const inputs = new Set(
    hasTerms ? shown.filter((term) => term.key === source.key).map(({ at }) => at) : [],
  );
  for (const [view, map, isGoal] of /** @type {[View, ReturnType<typeof mapped>, boolean][]} */ ([
    [goal, left, true],
    [source, right, false],
  ])) {
    shapes.push(...heading(view, map, size));
    shapes.push(...padded(view, map));
    map.boxes.forEach((each, i) => {
      const at = view.first + i;
      cells.push({ key: view.key, at: i, ...each });
      if (!isGoal && inputs.has(at))
        shapes.push(rect(grown(each, map.gap * 0.5), { fill: "tint", radius: 8, part: "plate" }));
      const isSubject = subject?.key === view.key && subject.at === at;
      const isAsked = isSubject && pair.isQuestion;
      if (map.isHeat && !isSubject) return;
      shapes.push(
        ...cell(view, i, each, options, {
          arrives: !isGoal || !added || !isMoving ? 0 : isSubject ? arrived : arrived + OTHERS / 2,
          strong: false,
          says: isAsked ? "?" : undefined,
        }),
      );
      if (isSubject) above.push(ring(each, { key: "ring", radius: Math.max(4, each.w / 7) }));
    });
    if (map.isHeat) shapes.unshift(heatOf(view, map, options));
  }
  for (const [view, map] of /** @type {[View|null, ReturnType<typeof mapped>|null][]} */ ([
    [weight, parameters],
    [bias, biases],
  ])) {
    if (!view || !map) continue;
    shapes.push(...heading(view, map, size));
    map.boxes.forEach((each, i) => {
      cells.push({ key: view.key, at: i, ...each });
      shapes.push(...cell(view, i, each, options));
      if (subject?.key === view.key && subject.at === view.first + i)
        above.push(ring(each, { key: "ring", radius: 8 }));
    });
  }
  const pinned = pair.pinned;
  if (pinned && pinned.key === source.key && subject !== pinned) {
    const each = right.boxes[pinned.at - source.first];
    if (each) above.push(ring(each, { radius: Math.max(4, each.w / 7) }));
  }

  // The subject's terms.
  const home = subject
    ? [left, biases]
        .map((map, i) => [map, [goal, bias][i]])
        .find(([, view]) => /** @type {View|null} */ (view)?.key === subject.key)
    : undefined;
  const here =
    home && subject
      ? /** @type {ReturnType<typeof mapped>} */ (home[0]).boxes[
          subject.at - /** @type {View} */ (home[1]).first
        ]
      : undefined;
  if (hasTerms && here)
    above.push(
      ...gathered({
        pair,
        shown,
        others,
        room: room.terms,
        size,
        here,
        map: left,
        lands,
        added,
        isMoving,
        arrived,
        options,
      }),
    );
  return {
    cells,
    shapes: [...shapes, ...above],
    terms,
    duration,
    ask: pair.isQuestion ? askAt(box, room, here, isPhone) : undefined,
  };
}

/**
 * @param {Pair} pair
 * @param {string|undefined} key
 */
const viewOf = (pair, key) => pair.all.find((each) => each.key === key);

/**
 * Where the maps, the terms and the parameters have their room.
 * @param {Box} box
 * @param {typeof SIZES.wide} size
 * @param {boolean} isPhone
 * @param {View} goal
 * @param {View} source
 * @param {boolean} hasWeight
 */
function rooms(box, size, isPhone, goal, source, hasWeight) {
  const { side, head } = size;
  const y = box.y + head;
  const inner = box.w - 2 * side;
  if (isPhone) {
    const high = (box.h - 2 * head - 12) / 2;
    const terms = { x: box.x + side, y, w: size.gutter - 10, h: high };
    const below = y + high + head;
    return {
      source: { x: box.x + side + size.gutter, y, w: inner - size.gutter, h: high },
      terms,
      goal: { x: box.x + side + 14, y: below, w: inner * 0.6, h: high },
      weight: { x: box.x + side + inner * 0.66 + 10, y: below, w: inner * 0.3, h: high * 0.6 },
      bias: { x: box.x + side + inner * 0.66 + 10, y: below, w: inner * 0.3, h: high * 0.6 },
    };
  }
  const [goalColumns, sourceColumns] = [goal, source].map((view) => Math.max(1.4, spread(view)));
  const maps = inner - size.gutter;
  // By their cells, but none much smaller than the other.
  const share = Math.max(0.25, Math.min(0.75, goalColumns / (goalColumns + sourceColumns)));
  const high = box.h - head - 16;
  const goalW = maps * share;
  const gutterX = box.x + side + goalW + 12;
  const weightH = hasWeight ? Math.min(high * 0.3, 108) : 0;
  return {
    goal: { x: box.x + side, y, w: goalW - 10, h: high },
    source: { x: gutterX + size.gutter, y, w: maps - goalW - 12, h: high },
    terms: {
      x: gutterX + 6,
      y: y + (hasWeight ? weightH + 18 : 0),
      w: size.gutter - 26,
      h: high - (hasWeight ? weightH + 18 : 0),
    },
    weight: { x: gutterX + 40, y, w: size.gutter - 80, h: weightH },
    bias: { x: gutterX + 30, y, w: 60, h: high * 0.5 },
  };
}

/** @param {View} view how many cells wide it is, its planes side by side */
function spread(view) {
  const planes =
    view.drawn.length > 2 ? view.drawn.slice(0, -2).reduce((all, each) => all * each, 1) : 1;
  return (
    view.columns * Math.ceil(Math.sqrt(planes)) + (view.ring ? view.ring.left + view.ring.right : 0)
  );
}

/**
 * @param {View} view
 * @param {Box} room
 * @param {number} most
 */
function mapped(view, room, most) {
  const { ring: pad } = view;
  let within = room;
  if (pad && view.drawn.length >= 2) {
    const columns = view.columns + pad.left + pad.right;
    const rows = view.drawn[view.drawn.length - 2] + pad.top + pad.bottom;
    const pitch = Math.min(most * 1.1, room.w / columns, room.h / rows);
    within = {
      x: room.x + pad.left * pitch,
      y: room.y + pad.top * pitch,
      w: room.w - (pad.left + pad.right) * pitch,
      h: room.h - (pad.top + pad.bottom) * pitch,
    };
  }
  const found = laid(view, within, most);
  const bounds = { ...found.bounds };
  const gap = found.cell * 0.1;
  return { ...found, bounds, gap, room, isHeat: found.cell < 15 };
}

/**
 * @param {View} view
 * @param {ReturnType<typeof mapped>} map
 * @param {typeof SIZES.wide} size
 * @returns {Shape[]}
 */
function heading(view, map, { head }) {
  const small = head < 40;
  const y = map.room.y - (small ? 14 : 26);
  const title = text(view.title, map.room.x, y, 14, {
    weight: 700,
    anchor: "start",
    part: "heading",
  });
  const note = view.note.split(" · ")[0];
  const size = 12.5;
  if (small) {
    const x = map.room.x + widthOf(view.title, 14, 700) + 8;
    const fits = x + widthOf(note, size) < map.room.x + Math.max(map.room.w, 150);
    return fits
      ? [title, text(note, x, y, size, { anchor: "start", fill: "ink2", part: "note" })]
      : [title];
  }
  return [
    title,
    text(note, map.room.x, y + 16, size, { anchor: "start", fill: "ink2", part: "note" }),
  ];
}

/**
 * The padding around a map.
 * @param {View} view
 * @param {ReturnType<typeof mapped>} map
 * @returns {Shape[]}
 */
function padded(view, map) {
  const { ring: pad, drawn, columns } = view;
  if (!pad || drawn.length < 2 || map.isHeat) return [];
  const rows = drawn[drawn.length - 2];
  const pitch = map.cell * 1.1;
  const shapes = [];
  // One ring around each plane would need more room than there is: around a single plane only.
  if (map.boxes.length !== rows * columns) return [];
  for (let row = -pad.top; row < rows + pad.bottom; row += 1)
    for (let column = -pad.left; column < columns + pad.right; column += 1) {
      if (row >= 0 && row < rows && column >= 0 && column < columns) continue;
      const box = {
        x: map.boxes[0].x + column * pitch,
        y: map.boxes[0].y + row * pitch,
        w: map.cell,
        h: map.cell,
      };
      shapes.push(
        rect(inset(box, 1), { stroke: "wire", width: 1, dash: [3, 3], radius: 4, part: "pad" }),
      );
      if (map.cell > 20 && pad.text)
        shapes.push(
          text(pad.text, box.x + box.w / 2, box.y + box.h / 2, 12, { fill: "ink3", part: "mark" }),
        );
    }
  return shapes;
}

/**
 * A map whose cells are too small for numbers.
 * @param {View} view
 * @param {ReturnType<typeof mapped>} map
 * @param {Options} options
 * @returns {Shape}
 */
function heatOf(view, { bounds }, { reading }) {
  const isGradient = view.is.gradient && reading !== "values";
  return {
    kind: "heat",
    ...{ x: bounds.x, y: bounds.y, wide: bounds.w, high: bounds.h },
    columns: view.columns,
    levels: levelsOf(view, isGradient),
    of: isGradient ? "heat" : "grey",
    key: `heat:${view.key}`,
  };
}

/**
 * @param {Box} box
 * @param {number} by
 * @returns {Box}
 */
const grown = ({ x, y, w, h }, by) => ({ x: x - by, y: y - by, w: w + 2 * by, h: h + 2 * by });

/**
 * The terms in the gutter, the brace and the trunk.
 * @param {{pair: Pair, shown: Term[], others: Term[], room: Box, size: typeof SIZES.wide, here: Box,
 *   map: ReturnType<typeof mapped>, lands: (k: number) => number, added: boolean,
 *   isMoving: boolean, arrived: number, options: Options}} of
 * @returns {Shape[]}
 */
function gathered({
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
  const high = Math.min(h, pitch - 5);
  const tall = rows * pitch;
  const center = here.y + here.h / 2;
  const top = Math.max(room.y, Math.min(room.y + room.h - tall, center - tall / 2));
  const most = Math.max(...(pair.moves?.products ?? [1]).map(Math.abs), 1e-300);
  const x = room.x + 18;
  /** @type {Shape[]} */
  const shapes = [];
  const middle = (/** @type {number} */ k) => top + k * pitch + pitch / 2;
  const begins = (/** @type {number} */ k) => BEGIN + k * EACH;
  shown.forEach((term, k) => {
    const y = middle(k);
    const bounds = { x, y: y - high / 2, w, h: high };
    const motion = isMoving
      ? { shown: /** @type {[number, number][]} */ ([[begins(k) + (added ? 0 : 0), Infinity]]) }
      : undefined;
    if (isMoving && added) shapes.push(place(bounds, { motion: { shown: [[0, begins(k)]] } }));
    shapes.push(
      ...chip(bounds, term.product, {
        size: size.font,
        most,
        term: [term.upstream, term.factor, term.product],
        motion,
      }),
    );
    const written = expression([term.upstream, term.factor], 0, y, size.font, {
      room: room.w - w - 34,
      motion,
      part: "expression",
    });
    // «= 2 × 0.5», after the chip.
    const runs = (written.runs ?? []).slice(0, -1);
    runs.unshift({ text: "= ", fill: "ink2" });
    shapes.push({
      ...written,
      runs,
      text: runs.map((run) => run.text).join(""),
      x: x + w + 8,
      anchor: "start",
    });
    if (k > 0 && pitch - high > 18) shapes.push(...plus(x + w / 2, y - pitch / 2, { motion }));
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
  const gradient =
    viewOf(pair, pair.subject?.key)?.gradient[
      (pair.subject?.at ?? 0) - (viewOf(pair, pair.subject?.key)?.first ?? 0)
    ] ?? 0;
  const moved = added && gradient !== 0;
  const ink = moved ? signOf(gradient) : "wire";
  const width = moved ? 5 : 2.5;
  const from = /** @type {[number, number]} */ ([
    rows > 1 ? x - 14 : x - 3,
    (middle(0) + middle(rows - 1)) / 2,
  ]);
  const target = /** @type {[number, number]} */ ([here.x + here.w / 2, here.y + here.h + 4]);
  const isBeside = map.boxes.every((each) => each.x <= here.x + 1 || Math.abs(each.y - here.y) > 1);
  const motion =
    isMoving && added
      ? {
          fills: undefined,
          shown: /** @type {[number, number][]} */ ([[arrived - TRUNK, Infinity]]),
        }
      : undefined;
  const before = motion
    ? { shown: /** @type {[number, number][]} */ ([[0, arrived - TRUNK]]) }
    : undefined;
  const ways = /** @type {const} */ ([
    [ink, width, motion],
    ...(before ? [["wire", 2, before]] : []),
  ]);
  for (const [
    stroke,
    wide,
    when,
  ] of /** @type {[string, number, import("../shapes.js").Motion|undefined][]} */ (
    /** @type {unknown} */ (ways)
  )) {
    if (isBeside && Math.abs(from[1] - center) < here.h / 2 - 6)
      shapes.push(
        ...arrow(from, [here.x + here.w + 7, from[1]], { stroke, width: wide, motion: when }),
      );
    else {
      const lane = here.y + here.h + Math.max(5, map.gap / 2 + 1);
      const gate = map.bounds.x + map.bounds.w + 12;
      const turn = Math.min(from[0] - 6, Math.max(gate, here.x + here.w + 8));
      shapes.push(
        line([from, [turn, from[1]], [turn, lane], [target[0], lane]], 7, {
          stroke,
          width: Math.min(wide, map.gap + 2),
          motion: when,
          part: "trunk",
        }),
        ...arrow([target[0], lane + 1], [target[0], target[1] - 2], {
          stroke,
          width: 1.8,
          motion: when,
        }),
      );
    }
  }
  if (added && shown.length > 1 && options.scale !== "phone") {
    const sum = `${sumOf(shown.map(({ product }) => product))}${others.length ? " + …" : ""} = ${figure(gradient)}`;
    const y = middle(rows - 1) + pitch / 2 + 12;
    if (widthOf(sum, 14) < room.w && y < room.y + room.h + 12)
      shapes.push(
        text(sum, x, y, 14, {
          anchor: "start",
          fill: "ink2",
          part: "sum",
          motion: isMoving ? { shown: [[lands(rows - 1), Infinity]] } : undefined,
        }),
      );
  }
  return shapes;
}

/**
 * Where the field for a guess stands.
 * @param {Box} box
 * @param {ReturnType<typeof rooms>} room
 * @param {Box|undefined} here
 * @param {boolean} isPhone
 */
function askAt(box, room, here, isPhone) {
  const w = Math.min(240, room.terms.w);
  const y = here ? Math.min(box.y + box.h - 90, Math.max(room.terms.y, here.y)) : room.terms.y;
  return {
    x: room.terms.x + (isPhone ? 0 : 10),
    y: isPhone ? room.terms.y + 20 : y,
    w,
    side: /** @type {const} */ ("below"),
  };
}
