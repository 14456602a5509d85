import { cell } from "../cell.js";
import { heats } from "../lens.js";
import { bundled } from "../pair.js";
import { rect, ring } from "../shapes.js";
import { atRight, heading, mapped, padded, rooms } from "./generic/maps.js";
import { BEGIN, EACH, gathered, TRUNK } from "./generic/terms.js";
import { footed } from "./kernel/map.js";
import { GENERIC } from "./sizes.js";

/** @import {Pair, View} from "../pair.js" */
/** @import {Composition, Landing, Options} from "../scenes.js" */
/** @import {Box, CellBox, Shape} from "../shapes.js" */
/** @import {Mapped, Rooms} from "./generic/maps.js" */

/** Terms that are all drawn; of more, the largest. */
const ALL = 9;
/** The least side of a cell, in pixels, with what it meets at its foot. */
const FOOTED = 44;
/** Milliseconds. */
const OTHERS = 500;

/**
 * @param {Pair} pair
 * @param {Box} box
 * @param {Options} options
 * @returns {Composition}
 */
export function compose(pair, box, options) {
  const { source, target, subject, weight, bias, phase } = pair;
  const size = GENERIC[options.scale];
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
  const hasWeight = weight !== null && !learns;
  const rows = shown.length + (others.length && hasTerms ? 1 : 0);
  const upper = rooms(box, size, isPhone, goal, source, hasWeight, rows);
  // Two low maps stand in the middle.
  const tall = Math.max(
    mapped(goal, upper.goal, size.cell).bounds.h,
    mapped(source, upper.source, size.cell).bounds.h,
  );
  const by = isPhone || hasWeight || learns ? 0 : Math.max(0, (upper.source.h - tall) / 2 - 12);
  const low = { ...box, y: box.y + by, h: box.h - by };
  const room = by ? rooms(low, size, isPhone, goal, source, hasWeight, rows) : upper;
  const goalRoom = learns && bias && !isPhone ? { ...room.goal, h: room.goal.h * 0.6 } : room.goal;
  const beside = isPhone || learns ? goalRoom : atRight(goal, goalRoom, size.cell);
  const left = mapped(goal, beside, Math.min(size.cell, isPhone ? 50 : size.cell));
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
  const arrived = isMoving && added ? BEGIN + rows * EACH + TRUNK : 0;
  const duration = !isMoving ? 0 : added ? arrived + OTHERS + 100 : BEGIN + rows * EACH;

  // The maps.
  const inputs = new Set(
    hasTerms ? shown.filter((term) => term.key === source.key).map(({ at }) => at) : [],
  );
  // What each output meets of a parameter that learns.
  const factors = new Map(
    hasTerms && pair.kind === "normalization"
      ? pair.terms.map(({ at, factor }) => [at, factor])
      : [],
  );
  for (const [view, map, isGoal] of /** @type {[View, Mapped, boolean][]} */ ([
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
      const meets = learns && !isGoal ? factors.get(at) : undefined;
      if (meets !== undefined && each.w >= FOOTED) {
        const live = source.gradient[i] !== 0 && meets !== 0;
        shapes.push(...footed(source, i, each, options, { factors: [meets], live, fill: "lane" }));
        return;
      }
      shapes.push(
        ...cell(view, i, each, options, {
          arrives: !isGoal || !added || !isMoving ? 0 : isSubject ? arrived : arrived + OTHERS / 2,
          strong: false,
          says: isAsked ? "?" : undefined,
        }),
      );
      if (isSubject) above.push(ring(each, { key: "ring", radius: Math.max(4, each.w / 7) }));
    });
    if (map.isHeat) shapes.unshift(...heats(view, map.boxes, options.reading));
  }
  for (const [view, map] of /** @type {[View|null, Mapped|null][]} */ ([
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
      ? /** @type {Mapped} */ (home[0]).boxes[subject.at - /** @type {View} */ (home[1]).first]
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
 * Where the field for a guess stands.
 * @param {Box} box
 * @param {Rooms} room
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

/**
 * @param {Box} box
 * @param {number} by
 * @returns {Box}
 */
const grown = ({ x, y, w, h }, by) => ({ x: x - by, y: y - by, w: w + 2 * by, h: h + 2 * by });
