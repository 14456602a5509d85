// A convolution: the kernel laid over the map that gradients come from, under the cell that is
// explained and turned half round, so that each tap stands on the cell that it multiplies. Few products
// are lines of their own, each led there by a lane between the cells; more are a mat, each in its tap's
// place. Several channels follow one another. And its kernel, which collects the same way.
//
// The interface is told in ../scenes.js.

import { cell, radius } from "../cell.js";
import { counting } from "../counting.js";
import { placed, planesOf, seen } from "../lens.js";
import { since as seenSince } from "../motion.js";
import { around, grey, rect, ring, text } from "../shapes.js";
import { lined } from "./kernel/lines.js";
import { also, behind, footed, heading, kernelAt, plates, TURN, turnedNote } from "./kernel/map.js";
import { matted } from "./kernel/mat.js";
import { biasesOf, gutterOf, roomsOf, trunkWidth } from "./kernel/rooms.js";
import { grouped, spotOf } from "./kernel/spots.js";
import { TRUNK, trunk } from "./kernel/trunk.js";
import { KERNEL } from "./sizes.js";

/** @import {Pair} from "../pair.js" */
/** @import {Composition, Landing, Options} from "../scenes.js" */
/** @import {Box, CellBox, Shape} from "../shapes.js" */
/** @import {Spot} from "./kernel/spots.js" */

/** Taps that have a line each. */
const LINES = 4;
/** Cells that the taps of a kernel may span before a lens shows a part of them. */
const WIDEST = 8;
/** Milliseconds. */
const EACH = 350;
const SWEEP = 1200;

/**
 * @param {Pair} pair
 * @param {Box} box
 * @param {Options} options
 * @returns {Composition}
 */
export function compose(pair, box, options) {
  const { source, target, subject, weight, bias, phase } = pair;
  const learns = phase === "parameters";
  const goal = learns && weight ? weight : target;
  const isBias = learns && subject !== null && subject.key === bias?.key;
  const from = planesOf(source);
  const to = planesOf(goal);
  const kernel = weight ? weight.shape.slice(-2) : [1, 1];
  const isTold =
    pair.terms.length > 0 && !pair.isQuestion && source.is.gradient && options.reading !== "values";
  const home = isBias ? bias : goal;
  const added = isTold && home?.is.gradient === true;
  const isMoving = isTold && (added || phase === "multiply");

  // The planes in front, and where on them the terms stand.
  const own = subject?.key === goal.key ? subject.at : -1;
  const wanted = own >= 0 ? Math.floor(own / to.size) : to.first;
  const goalPlane = wanted >= to.first && wanted < to.first + to.count ? wanted : to.first;
  const spots = pair.terms.map((term, k) => spotOf(pair, term, k));
  const shownPlane = (/** @type {number} */ at) => at >= from.first && at < from.first + from.count;
  const wished =
    pair.pinned?.key === source.key
      ? Math.floor(pair.pinned.at / from.size)
      : (spots.find(({ plane }) => shownPlane(plane))?.plane ?? from.first);
  const front = shownPlane(wished) ? wished : from.first;
  const groups = grouped(pair, spots);
  const open = groups.find(({ plane }) => plane === front);
  const here = open?.spots ?? [];
  const others = groups.filter((each) => each !== open);
  // The kernel decides, so that nothing jumps from one cell to the next.
  const asLines = pair.moves?.weights
    ? false
    : learns
      ? here.filter(({ term }) => term.product !== 0).length <= LINES && !others.length
      : kernel[0] * kernel[1] <= LINES && !others.length && from.first + from.count <= 1;

  // The fields that choose a channel lie at the foot.
  const foot = goal.planes > 1 || source.planes > 1 ? 34 : 6;
  const taken = { x: box.x, y: box.y, w: box.w, h: box.h - foot };
  const isPhone = options.scale === "phone";
  const design = KERNEL[options.scale];
  const isBroad = !learns && kernel[1] > 3 && !isPhone;
  const lines = asLines ? design.gutter : design.mat;
  const size = { ...design, gutter: lines + (isBroad ? 50 : 0) };
  const rooms = roomsOf(taken, size, options, goal, source, learns ? kernel : null);
  const width = trunkWidth(pair, home, isTold && added);
  const isOwnSeen = own >= goal.first && own < goal.first + goal.value.length;
  const ownRow = isOwnSeen ? Math.floor((own % to.size) / to.columns) : -1;
  const ownColumn = isOwnSeen ? own % to.columns : -1;
  // Around the terms; where they lie all over a large map, around the largest.
  const near = (/** @type {"row"|"column"} */ axis) => {
    const all = here.map((spot) => spot[axis]);
    if (Math.max(...all) - Math.min(...all) < WIDEST) return all;
    const size = (/** @type {Spot} */ { term }) => Math.abs(term.product);
    return [here.reduce((a, b) => (size(b) > size(a) ? b : a))[axis]];
  };
  const goalGap = isPhone ? 0.08 : 0.13;
  const sourceGap = isPhone ? 0.09 : asLines ? 0.2 : 0.12;
  const lane = width + 15;
  const left = placed(goal, {
    plane: goalPlane,
    rows: seen(to.rows, ownRow < 0 ? [] : [ownRow]),
    columns: seen(to.columns, ownColumn < 0 ? [] : [ownColumn]),
    room: rooms.goal,
    most: learns ? size.cell * 1.1 : size.cell,
    gap: goalGap,
    thumb: size.thumb,
    open: ownRow < 0 ? undefined : { row: ownRow, by: lane },
    reading: options.reading,
    // On a phone, beside the map, where no kernel is drawn.
    aside: isPhone && !asLines && !learns ? rooms.kernel : undefined,
    words: options.words,
  });
  const right = placed(source, {
    plane: front,
    rows: seen(from.rows, near("row")),
    columns: seen(from.columns, near("column")),
    room: rooms.source,
    most: size.cell,
    gap: sourceGap,
    thumb: size.thumb,
    reading: options.reading,
    side: "end",
    words: options.words,
  });
  const gutter = gutterOf(rooms, left, right, size, options);

  /** @type {CellBox[]} */
  const cells = [];
  /** @type {Shape[]} */
  const shapes = [];
  /** @type {Shape[]} */
  const above = [];

  // When what happens: the taps lie down, the terms come in their order, then the others.
  const start = learns ? 500 : TURN;
  const order = new Map(here.map(({ k }, i) => [k, i]));
  const steps = here.length + others.length;
  const pace = Math.min(EACH, 4200 / Math.max(1, steps));
  const when = (/** @type {number} */ k) => {
    if (!isMoving) return 0;
    const i = order.get(k);
    if (i !== undefined) return start + (i + 1) * pace;
    const group = others.findIndex(({ spots: some }) => some.some((spot) => spot.k === k));
    return start + (here.length + group + 1) * pace;
  };
  /** @type {Landing[]} */
  const terms = pair.terms.map((term, k) => ({ ...term, lands: added ? when(k) : 0 }));
  const arrived = isMoving ? start + steps * pace + TRUNK : 0;
  const duration = !isMoving ? 0 : added ? arrived + SWEEP + 100 : start + steps * pace + 100;

  // What lies at the left.
  shapes.push(...heading(goal, left, rooms.goal, size, box, options));
  shapes.push(...left.shapes);
  left.boxes.forEach((each, i) => {
    const at = goal.first + i;
    cells.push({ key: goal.key, at: i, ...each });
    const isSubject = at === own;
    if (!left.isLarge[i]) return;
    const sweep = arrived + (SWEEP * i) / left.boxes.length;
    const arrives = !isMoving || !added ? 0 : isSubject ? when(0) : sweep;
    const drawn = cell(goal, i, each, options, {
      arrives,
      says: isSubject && pair.isQuestion ? "?" : undefined,
    });
    shapes.push(...(isSubject && arrives ? counting(drawn, terms, arrives, goal) : drawn));
    if (isSubject) above.push(ring(each, { key: "ring", radius: Math.max(5, each.w / 7) }));
  });
  if (learns && bias) {
    const beside = biasesOf(bias, rooms, left, size);
    if (beside) {
      shapes.push(
        text(bias.title, beside[0].x, beside[0].y - 14, 13, {
          ...{ weight: 700, anchor: "start", part: "heading" },
        }),
      );
      beside.forEach((each, i) => {
        cells.push({ key: bias.key, at: i, ...each });
        const isSubject = isBias && subject?.at === bias.first + i;
        shapes.push(...cell(bias, i, each, options, { arrives: isMoving ? arrived : 0 }));
        if (isSubject) above.push(ring(each, { key: "ring", radius: 8 }));
      });
      const i = isBias ? (subject?.at ?? 0) - bias.first : -1;
      if (i >= 0 && beside[i]) gutter.here = beside[i];
    }
  }
  if (isOwnSeen) gutter.here = left.boxes[own - goal.first] ?? null;

  // What lies at the right, with the taps at the foot of its cells.
  shapes.push(...heading(source, right, rooms.source, size, box, options));
  shapes.push(...behind(right, from.count, size));
  shapes.push(...right.shapes);
  /** @type {Map<number, Spot[]>} */
  const under = new Map();
  for (const spot of here) under.set(spot.term.at, [...(under.get(spot.term.at) ?? []), spot]);
  const isSeen = (/** @type {Spot} */ spot) => right.isLarge[spot.term.at - source.first] === true;
  const cover = here.filter(isSeen);
  shapes.push(...plates(cover, right, learns));
  const cards = weight && !learns ? kernelAt(weight, rooms.kernel, asLines) : null;
  right.boxes.forEach((each, i) => {
    cells.push({ key: source.key, at: i, ...each });
    if (!right.isLarge[i]) return;
    const spots = under.get(source.first + i);
    const isPinned = pair.pinned?.key === source.key && pair.pinned.at === source.first + i;
    if (isPinned && own !== source.first + i)
      above.push(ring(each, { radius: Math.max(5, each.w / 7) }));
    if (!spots || options.reading === "values" || !source.is.gradient) {
      shapes.push(...cell(source, i, each, options));
      return;
    }
    const factors = spots.map(({ term }) => term.factor);
    const from = cards?.get(spots.length === 1 ? spots[0].tap : -1);
    shapes.push(
      ...footed(source, i, each, options, {
        factors,
        live: spots.some(({ term }) => term.upstream !== 0 && term.factor !== 0),
        fill: learns ? grey(factors[0], target.most[0]) : "card",
        from: isMoving ? from : undefined,
      }),
    );
  });

  // The kernel, from which the taps come.
  if (weight && cards && rooms.kernel.h > 30) {
    const plane = kernel[0] * kernel[1];
    const live = new Set(here.map(({ tap }) => tap));
    const [first] = cards.values();
    shapes.push(
      text(
        weight.title,
        first.x,
        first.y - (options.scale === "phone" ? 12 : 24),
        options.scale === "phone" ? 13 : 14,
        {
          ...{ weight: 700, anchor: "start", part: "heading" },
        },
      ),
      ...turnedNote(
        options,
        first,
        around([...cards.values()]),
        isPhone ? box.x + box.w : gutter.to - 20,
      ),
    );
    for (const [tap, each] of cards) {
      const i = tap - weight.first;
      if (i < 0 || i >= weight.value.length || plane < 1) continue;
      cells.push({ key: weight.key, at: i, ...each });
      shapes.push(...cell(weight, i, each, options, {}));
      if (live.has(tap))
        shapes.push(rect(each, { stroke: "wire", width: 1.6, radius: radius(each), part: "tap" }));
    }
  }

  if (isTold && gutter.here) {
    const since = (/** @type {number} */ at) => (isMoving ? seenSince(at) : undefined);
    const frame = {
      pair,
      gutter,
      size,
      options,
      when,
      since,
      isMoving,
      added,
      arrived,
      start,
      width,
    };
    const rows = asLines
      ? lined(frame, here, right, learns)
      : matted(frame, open, others, from.first + from.count > 1 || others.length > 0);
    above.push(...rows.shapes);
    above.push(...trunk(frame, rows, left, isBias));
  }
  if (added && !learns && left.boxes.length > 1) above.push(...also(left, rooms, options, to.size));
  return {
    cells,
    shapes: [...shapes, ...above],
    terms,
    duration,
    ask: pair.isQuestion
      ? {
          x: rooms.gutter.x + 8,
          y: Math.min(box.y + box.h - 96, rooms.gutter.y + 10),
          w: Math.min(240, rooms.gutter.w - 24),
          side: "below",
        }
      : undefined,
  };
}
