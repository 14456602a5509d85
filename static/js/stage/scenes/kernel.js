// A convolution: the kernel laid over the map that gradients come from, under the cell that is
// explained and turned half round, so that each tap stands on the cell that it multiplies. Few products
// are lines of their own, each led there by a lane between the cells; more are a mat, each in its tap's
// place. Several channels follow one another. And its kernel, which collects the same way.
//
// The interface is told in ../scenes.js.

import { figure } from "../../shared/figures.js";
import { fill } from "../../shared/texts.js";
import { cell, inset, radius } from "../cell.js";
import { counting } from "../counting.js";
import { placed, planesOf, seen } from "../lens.js";
import {
  arrow,
  brace,
  bracketed,
  chip,
  expression,
  fitted,
  grey,
  heat,
  line,
  lineWidth,
  place,
  plate,
  plus,
  rect,
  ring,
  signOf,
  text,
  widthOf,
} from "../shapes.js";

/** @import {Pair, Term, View} from "../pair.js" */
/** @import {Composition, Landing, Options} from "../scenes.js" */
/** @import {Box, CellBox, Motion, Shape} from "../shapes.js" */
/** @import {Placed} from "../lens.js" */

const SIZES = {
  wide: {
    side: 26,
    head: 50,
    gutter: 272,
    mat: 250,
    cell: 92,
    chip: [62, 38],
    font: 18,
    thumb: 84,
  },
  middle: {
    side: 20,
    head: 46,
    gutter: 236,
    mat: 206,
    cell: 76,
    chip: [48, 32],
    font: 14,
    thumb: 56,
  },
  tall: {
    side: 24,
    head: 46,
    gutter: 236,
    mat: 190,
    cell: 84,
    chip: [50, 34],
    font: 15,
    thumb: 64,
  },
  phone: {
    side: 14,
    head: 23,
    gutter: 164,
    mat: 164,
    cell: 48,
    chip: [42, 28],
    font: 13,
    thumb: 40,
  },
};
/** Taps that have a line each; so many of one channel are all shown; of more, the largest. */
const LINES = 4;
const ALL = 25;
const FEW = 5;
/** Cells that the taps of a kernel may span before a lens shows a part of them. */
const WIDEST = 8;
/** Channels that are told one by one. */
const CHANNELS = 3;
/** Milliseconds. */
const TURN = 600;
const EACH = 350;
const TRUNK = 250;
const SWEEP = 1200;

/**
 * Where the terms stand, in the order they are added.
 * @typedef {{term: Term, k: number, plane: number, row: number, column: number, tap: number}} Spot
 */

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
  const here = spots.filter(({ plane }) => plane === front);
  const others = grouped(spots.filter(({ plane }) => plane !== front));
  // The kernel decides, so that nothing jumps from one cell to the next.
  const asLines = learns
    ? here.filter(({ term }) => term.product !== 0).length <= LINES && !others.length
    : kernel[0] * kernel[1] <= LINES && !others.length && from.first + from.count <= 1;

  // The fields that choose a channel lie at the foot.
  const foot = goal.planes > 1 || source.planes > 1 ? 34 : 6;
  const taken = { x: box.x, y: box.y, w: box.w, h: box.h - foot };
  const isPhone = options.scale === "phone";
  const design = SIZES[options.scale];
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
  const single = chosen(here, learns, asLines);
  const rest = here.filter((spot) => !single.includes(spot));
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
  const under = new Map(here.map((spot) => [spot.term.at, spot]));
  const isSeen = (/** @type {Spot} */ spot) => right.isLarge[spot.term.at - source.first] === true;
  const cover = here.filter(isSeen);
  shapes.push(...plates(cover, right, learns));
  const cards = weight && !learns ? kernelAt(weight, rooms.kernel, asLines) : null;
  right.boxes.forEach((each, i) => {
    cells.push({ key: source.key, at: i, ...each });
    if (!right.isLarge[i]) return;
    const spot = under.get(source.first + i);
    const isPinned = pair.pinned?.key === source.key && pair.pinned.at === source.first + i;
    if (isPinned && own !== source.first + i)
      above.push(ring(each, { radius: Math.max(5, each.w / 7) }));
    if (!spot || options.reading === "values" || !source.is.gradient) {
      shapes.push(...cell(source, i, each, options));
      return;
    }
    const factor = spot.term.factor;
    const from = cards?.get(spot.tap);
    shapes.push(
      ...footed(source, i, each, options, {
        factor,
        live: spot.term.upstream !== 0 && factor !== 0,
        fill: learns ? grey(factor, target.most[0]) : "card",
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
    const frame = { pair, gutter, size, options, when, isMoving, added, arrived, start, width };
    const rows = asLines
      ? lined(frame, single, rest, right, learns)
      : matted(
          frame,
          { here, front, others, left, right, isBias },
          from.first + from.count > 1 || others.length > 0,
        );
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

/**
 * @param {Pair} pair
 * @param {Term} term
 * @param {number} k
 * @returns {Spot}
 */
function spotOf({ source, target, weight, subject }, term, k) {
  const { columns, size } = planesOf(source);
  const plane = Math.floor(term.at / size);
  const row = Math.floor((term.at % size) / columns);
  const column = term.at % columns;
  return { term, k, plane, row, column, tap: tapOf() };

  /** The flat index of the weight between, −1 where none is; a group has its own channels. */
  function tapOf() {
    const { windows } = source;
    if (!windows || !weight || !subject || subject.key !== target.key) return -1;
    const { columns: wide, size: of } = planesOf(target);
    const channel = Math.floor(subject.at / of);
    const [y, x] = [Math.floor((subject.at % of) / wide), subject.at % wide];
    const [high, across] = weight.shape.slice(-2);
    const channels = weight.shape.length > 2 ? weight.shape[weight.shape.length - 3] : 1;
    const down = windows.taps[0].indexOf(y - windows.starts[0][row]);
    const over = windows.taps[1].indexOf(x - windows.starts[1][column]);
    return ((plane * channels + (channel % channels)) * high + down) * across + over;
  }
}

/**
 * The spots of each plane, with what they come to.
 * @param {Spot[]} spots
 * @returns {{plane: number, sum: number, spots: Spot[]}[]}
 */
function grouped(spots) {
  /** @type {Map<number, Spot[]>} */
  const found = new Map();
  for (const spot of spots) found.set(spot.plane, [...(found.get(spot.plane) ?? []), spot]);
  return [...found].map(([plane, some]) => ({ plane, sum: summed(some), spots: some }));
}

/** @param {Spot[]} spots */
const summed = (spots) => spots.reduce((sum, { term }) => sum + term.product, 0);

/**
 * Those that are drawn one by one: of a kernel all its taps, of what a weight met those that count.
 * @param {Spot[]} spots
 * @param {boolean} learns
 * @param {boolean} asLines
 */
function chosen(spots, learns, asLines) {
  if (learns && asLines) return spots.filter(({ term }) => term.product !== 0);
  if (spots.length <= ALL) return spots;
  return largestOf(spots);
}

/** @param {Spot[]} spots */
function largestOf(spots) {
  if (spots.length <= FEW) return spots;
  const sizes = spots.map(({ term }) => Math.abs(term.product)).toSorted((a, b) => b - a);
  return spots.filter(({ term }) => Math.abs(term.product) >= sizes[FEW - 1]).slice(0, FEW);
}

/**
 * @param {Box} box
 * @param {typeof SIZES.wide} size
 * @param {Options} options
 * @param {View} goal
 * @param {View} source
 * @param {number[]|null} kernel of a kernel that learns
 */
function roomsOf(box, size, { scale }, goal, source, kernel) {
  const { side, head, gutter } = size;
  const [to, from] = [goal, source].map((view) => {
    const { rows, columns } = planesOf(view);
    return { rows: rows > 8 ? 5 : rows, columns: columns > 8 ? 5 : columns };
  });
  const inner = box.w - 2 * side;
  const y = box.y + head;
  if (scale === "phone") {
    const high = box.h - 2 * head - 8;
    const rings = goal.ring && planesOf(goal).count === 1 ? 0.4 : 0;
    const share = Math.max(0.38, Math.min(0.6, from.rows / (from.rows + to.rows + 0.45 + rings)));
    const [upper, lower] = [high * share, high * (1 - share)];
    const below = y + upper + head + 4;
    return {
      source: { x: box.x + side + gutter, y, w: inner - gutter, h: upper },
      gutter: { x: box.x + side, y: y - 8, w: gutter, h: upper + 8 },
      goal: { x: box.x + side + 14, y: below, w: inner * 0.6 - 14, h: lower },
      kernel: {
        x: box.x + side + inner * 0.66,
        y: below + 16,
        w: inner * 0.34,
        h: Math.min(110, lower * 0.5),
      },
      bias: { x: box.x + side + inner * 0.68, y: below + 16, w: inner * 0.3, h: lower - 16 },
    };
  }
  const maps = inner - gutter;
  const ringed = (/** @type {View} */ view) => (view.ring && planesOf(view).count === 1 ? 0.9 : 0);
  const share = Math.max(
    kernel ? 0.26 : 0.36,
    Math.min(
      0.6,
      (to.columns + ringed(goal)) / (to.columns + ringed(goal) + from.columns + ringed(source)),
    ),
  );
  const high = box.h - head - 34;
  const goalW = maps * share;
  const x = box.x + side + goalW;
  const kernelH = kernel ? 0 : Math.min(104, high * 0.28);
  return {
    goal: { x: box.x + side + 2, y, w: goalW - 2, h: high },
    source: { x: x + gutter, y: y + 4, w: maps - goalW, h: high },
    gutter: { x: x + 14, y: y - 10, w: gutter - 18, h: high + 20 },
    kernel: { x: x + (scale === "wide" ? 52 : 34), y: y - 2, w: gutter - 90, h: kernelH },
    bias: { x: box.x + side + 2, y, w: goalW, h: high },
  };
}

/**
 * The room between the maps, once they have their places.
 * @param {ReturnType<typeof roomsOf>} rooms
 * @param {Placed} left
 * @param {Placed} right
 * @param {typeof SIZES.wide} size
 * @param {Options} options
 */
function gutterOf(rooms, left, right, size, { scale }) {
  const isPhone = scale === "phone";
  const x = isPhone ? rooms.gutter.x : left.bounds.x + left.bounds.w + 14;
  const to = right.bounds.x - 8;
  return {
    x,
    to,
    y: rooms.gutter.y,
    bottom: rooms.gutter.y + rooms.gutter.h,
    isPhone,
    kernel: rooms.kernel.y + rooms.kernel.h + 6,
    here: /** @type {Box|null} */ (null),
    size,
  };
}

/**
 * @param {Pair} pair
 * @param {View|null} home
 * @param {boolean} isKnown
 */
function trunkWidth({ subject }, home, isKnown) {
  if (!isKnown || !home || !subject) return 3;
  const gradient = home.gradient[subject.at - home.first] ?? 0;
  return gradient ? 3.5 + (3.5 * Math.abs(gradient)) / (home.most[1] || 1) : 3;
}

/**
 * @param {View} view
 * @param {Placed} map
 * @param {Box} room
 * @param {typeof SIZES.wide} size
 * @param {Box} box
 * @param {Options} options
 * @returns {Shape[]}
 */
function heading(view, map, room, { head }, box, { words }) {
  const x = Math.min(map.bounds.x, Math.max(room.x, map.bounds.x));
  const small = head < 40;
  const y = small ? room.y - 14 : box.y + 12;
  const [note] = view.note.split(" · ");
  const { rows, columns } = map;
  const part = fill(words.part_of_map, {
    rows: `${rows[0]}–${rows[rows.length - 1]}`,
    columns: `${columns[0]}–${columns[columns.length - 1]}`,
    size: note,
  });
  const most = map.bounds.w + 14;
  const said = [map.isLens ? part : note, note].find((each) => widthOf(each, 12.5) <= most);
  const title = text(view.title, x, y, small ? 13 : 14, {
    ...{ weight: 700, anchor: "start", part: "heading" },
  });
  if (!said) return [title];
  if (!small)
    return [title, text(said, x, y + 17, 12.5, { anchor: "start", fill: "ink2", part: "note" })];
  const beside = x + widthOf(view.title, 13, 700) + 8;
  if (beside + widthOf(said, 12) > box.x + box.w - 4) return [title];
  return [title, text(said, beside, y, 12, { anchor: "start", fill: "ink2", part: "note" })];
}

/**
 * The edges of the planes that lie behind the open one.
 * @param {Placed} map
 * @param {number} count
 * @param {typeof SIZES.wide} size
 * @returns {Shape[]}
 */
function behind({ bounds: { x, y, w, h } }, count, { head }) {
  if (count < 2 || head < 40) return [];
  const pad = 5;
  return [8, 0].map((by) =>
    rect(
      { x: x - pad + by, y: y - pad - by, w: w + 2 * pad, h: h + 2 * pad },
      { fill: "panel", stroke: "hair", width: 1.2, radius: 10, part: "plane" },
    ),
  );
}

/**
 * What lies under the kernel's taps: one plate where they touch, else one each.
 * @param {Spot[]} spots
 * @param {Placed} map
 * @param {boolean} learns
 * @returns {Shape[]}
 */
function plates(spots, map, learns) {
  if (!spots.length || learns) return [];
  const grow = Math.max(2, map.gap / 2);
  const boxes = spots.map(({ row, column }) => map.at(row, column));
  const rows = new Set(spots.map(({ row }) => row));
  const columns = new Set(spots.map(({ column }) => column));
  const isTight = [rows, columns].every(
    (all) => Math.max(...all) - Math.min(...all) === all.size - 1,
  );
  if (!isTight || rows.size * columns.size !== spots.length)
    return boxes.map((each) => plate(inset(each, -grow)));
  return [plate(inset(around(boxes), -grow))];
}

/**
 * @param {Box[]} boxes
 * @returns {Box}
 */
function around(boxes) {
  const x = Math.min(...boxes.map((each) => each.x));
  const y = Math.min(...boxes.map((each) => each.y));
  const right = Math.max(...boxes.map((each) => each.x + each.w));
  const bottom = Math.max(...boxes.map((each) => each.y + each.h));
  return { x, y, w: right - x, h: bottom - y };
}

/**
 * A cell with what it is multiplied by at its foot.
 * @param {View} view
 * @param {number} i
 * @param {Box} box
 * @param {Options} options
 * @param {{factor: number, live: boolean, fill: string, from: Box|undefined}} of
 * @returns {Shape[]}
 */
function footed(view, i, box, options, { factor, live, fill, from }) {
  const { x, y, w, h } = box;
  if (h < 33) return cell(view, i, box, options);
  const foot = Math.max(15, Math.min(24, h * 0.3));
  const low = Math.max(2, Math.min(5, h * 0.06));
  const side = Math.max(2, w * 0.1);
  const card = { x: x + side, y: y + h - foot - low, w: w - 2 * side, h: foot };
  const ground = heat(view.zero[i] ? 0 : view.gradient[i], view.most[1]);
  const plain = { ...view, is: { ...view.is, won: false } };
  const upper = { x, y, w, h: h - foot - low + 2 };
  const most = Math.min(15, foot * 0.72);
  const { said, size } = footnote(factor, card.w - 4, most);
  const by = from && {
    x: from.x + from.w / 2 - (x + w / 2),
    y: from.y + from.h / 2 - (card.y + foot / 2),
  };
  const moved = (/** @type {{x: number, y: number}} */ to) =>
    by && { tweens: [{ start: 0, end: TURN, from: { x: to.x + by.x, y: to.y + by.y } }] };
  const label = text(said, x + w / 2, card.y + foot / 2, size, {
    ...{ weight: live ? 700 : 400, fill: live ? "ink" : "ink2", part: "factor" },
  });
  return [
    rect(box, { fill: ground, radius: radius(box), part: "cell" }),
    ...cell(plain, i, upper, options, { ground: false }),
    rect(card, {
      ...{ fill, radius: Math.min(7, foot / 3), part: "card", motion: moved(card) },
      ...(fill === "card" ? { stroke: live ? "wire" : "hair", width: 1.3 } : {}),
    }),
    { ...label, motion: moved(label) },
  ];
}

/**
 * «× (−1)», closer where there is less room.
 * @param {number} factor
 * @param {number} room
 * @param {number} most
 */
function footnote(factor, room, most) {
  const number = figure(factor);
  for (const said of [`× ${bracketed(factor)}`, `×${bracketed(factor)}`, `×${number}`])
    for (let size = Math.max(11, most); size >= 10.5; size -= 0.5)
      if (widthOf(said, size, 700) <= room) return { said, size };
  const { text: short, size } = fitted(factor, room - widthOf("×", 10.5, 700), 11, 10);
  return { said: `×${short}`, size };
}

/**
 * Where the kernel's weights lie above the gutter, by their flat index.
 * @param {View} weight
 * @param {Box} room
 * @param {boolean} isShown
 * @returns {Map<number, Box>|null}
 */
function kernelAt(weight, room, isShown) {
  const { rows, columns, size } = planesOf(weight);
  if (!isShown || size !== weight.value.length) return null;
  const side = Math.min(44, (room.h - 30) / rows, room.w / columns);
  if (side < 20) return null;
  return new Map(
    Array.from({ length: size }, (_, i) => [
      weight.first + i,
      {
        x: room.x + (i % columns) * side,
        y: room.y + 4 + (room.h > 60 ? 0 : 0) + Math.floor(i / columns) * (side * 0.84),
        w: side - 4,
        h: side * 0.84 - 4,
      },
    ]),
  );
}

/**
 * That the kernel lies there turned: above it, or where that is too narrow, in lines beside or under it.
 * @param {Options} options
 * @param {Box} first
 * @param {Box} bounds
 * @param {number} right
 * @returns {Shape[]}
 */
function turnedNote({ words, scale }, first, bounds, right) {
  const ink = { fill: "ink2", anchor: /** @type {const} */ ("start"), part: "note" };
  const said = words.kernel_turned;
  if (scale !== "phone" && widthOf(said, 12) <= right - first.x)
    return [text(said, first.x, first.y - 9, 12, ink)];
  const isBelow = scale === "phone";
  const x = isBelow ? first.x : bounds.x + bounds.w + 8;
  const y = isBelow ? bounds.y + bounds.h + 14 : bounds.y + 8;
  const lines = [""];
  for (const word of said.split(" ")) {
    const longer = `${lines[lines.length - 1]} ${word}`.trim();
    if (widthOf(longer, 12) <= right - x - 6) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines.filter(Boolean).map((each, i) => text(each, x, y + 16 * i, 12, ink));
}

/**
 * @typedef {{pair: Pair, gutter: ReturnType<typeof gutterOf>, size: typeof SIZES.wide,
 *   options: Options, when: (k: number) => number, isMoving: boolean, added: boolean,
 *   arrived: number, start: number, width: number}} Frame
 * @typedef {{shapes: Shape[], back: number, top: number, bottom: number}} Rows what stands in the
 *   gutter, and from where to where its back goes
 */

/**
 * @param {Frame} frame
 * @param {number} from
 * @returns {Motion|undefined}
 */
const since = ({ isMoving }, from) =>
  isMoving ? { shown: [[from, Number.POSITIVE_INFINITY]] } : undefined;

/** @param {Pair} pair the largest product: the end of the chips' colours */
const largest = ({ moves }) => Math.max(...(moves?.products ?? [1]).map(Math.abs), 1e-300);

/**
 * The terms as lines, each led by a lane between the cells from its cell to its product. They stand in
 * the order of the lanes, so that none crosses another.
 * @param {Frame} frame
 * @param {Spot[]} single
 * @param {Spot[]} rest that come to nothing
 * @param {Placed} map
 * @param {boolean} learns
 * @returns {Rows}
 */
function lined(frame, single, rest, map, learns) {
  const { pair, gutter, size, options, when } = frame;
  const [w, h] = size.chip;
  const ways = exits(single, map, pair).toSorted((a, b) => a.y - b.y);
  const count = ways.length + (rest.length ? 1 : 0);
  const { isPhone } = gutter;
  const back = gutter.x + (isPhone ? 2 : options.scale === "wide" ? 24 : 14);
  const x = back + 14;
  const first = isPhone || learns ? gutter.y : gutter.kernel;
  const high = gutter.bottom - first;
  const pitch = Math.min(h + 26, high / Math.max(1, count));
  const tall = Math.min(h, pitch - 6);
  const middleOf = ways.length ? (ways[0].y + ways[ways.length - 1].y) / 2 : first + high / 2;
  const top = Math.max(
    first,
    Math.min(gutter.bottom - count * pitch, middleOf - (count * pitch) / 2),
  );
  const middle = (/** @type {number} */ i) => top + (i + 0.5) * pitch;
  const most = largest(pair);
  /** @type {Shape[]} */
  const shapes = [];
  const heads = ways.map(({ spot }, i) => {
    const { term, k } = spot;
    const y = middle(i);
    const bounds = { x, y: y - tall / 2, w, h: tall };
    const begins = when(k);
    const motion = since(frame, begins);
    if (frame.isMoving) shapes.push(place(bounds, { motion: { shown: [[0, begins]] } }));
    shapes.push(
      ...chip(bounds, term.product, {
        ...{ size: size.font, most, motion },
        term: [term.upstream, term.factor, term.product],
      }),
    );
    if (i > 0 && pitch - tall > 19) shapes.push(...plus(x + w / 2, y - pitch / 2, { motion }));
    const room = gutter.to - 34 - (x + w + 6);
    const written = expression([term.upstream, term.factor], 0, y, Math.min(size.font, 17), {
      ...{ room: room + (isPhone ? 14 : 0), motion, part: "expression" },
    });
    const runs = (written.runs ?? []).slice(0, -1);
    if (options.scale === "wide") runs.unshift({ text: "= ", fill: "ink2" });
    const said = runs.map((run) => run.text).join("");
    shapes.push({ ...written, runs, text: said, x: x + w + 6, anchor: "start" });
    return { x: x + w + 6 + widthOf(said, written.size, 600) + 6, y };
  });
  // Those that go up turn the nearer the higher they lie; those that go down the other way round.
  const up = ways.map((way, i) => ({ way, i })).filter(({ way, i }) => middle(i) < way.y);
  const down = ways.map((way, i) => ({ way, i })).filter(({ way, i }) => middle(i) >= way.y);
  const turns = new Map([
    ...up.map(({ i }, k) => /** @type {[number, number]} */ ([i, k])),
    ...down.toReversed().map(({ i }, k) => /** @type {[number, number]} */ ([i, k])),
  ]);
  const most2 = pair.source.most[1];
  ways.forEach(({ spot, points, y }, i) => {
    const { upstream, product } = spot.term;
    if (product === 0) return;
    const ink = signOf(upstream);
    const width = Math.min(map.gap > 9 ? 4 : 2.6, Math.max(1.8, lineWidth(upstream, most2)));
    const motion = since(frame, when(spot.k) - 120);
    const to = heads[i];
    const turn = Math.max(to.x + 12, gutter.to - 2 - (turns.get(i) ?? 0) * 6);
    const isLevel = Math.abs(y - to.y) < 1.5;
    const path = isLevel
      ? [...points, /** @type {[number, number]} */ ([to.x + 8, y])]
      : [...points, [turn, y], [turn, to.y], [to.x + 8, to.y]];
    shapes.push(
      line(/** @type {[number, number][]} */ (path), 5, { stroke: ink, width, motion }),
      ...arrow([to.x + 9, isLevel ? y : to.y], [to.x, isLevel ? y : to.y], {
        stroke: ink,
        width: Math.min(width, 2.4),
        motion,
      }),
    );
  });
  if (rest.length) {
    const y = middle(count - 1);
    const bounds = { x, y: y - tall / 2, w, h: tall };
    shapes.push(
      ...chip(bounds, summed(rest), { size: size.font, most, term: [0, 1, summed(rest)] }),
      text(fill(options.words.other_terms, { n: rest.length }), x + w + 8, y, 13, {
        ...{ anchor: "start", fill: "ink2", part: "bundle" },
      }),
    );
    if (count > 1 && pitch - tall > 19) shapes.push(...plus(x + w / 2, y - pitch / 2));
  }
  if (count > 1) shapes.push(brace(back, middle(0), middle(count - 1)));
  return { shapes, back: count > 1 ? back : x - 3, top: middle(0), bottom: middle(count - 1) };
}

/**
 * How each spot's line leaves the map: by a lane above the first row of them or below the last, those
 * farther right the farther out; at the map's left edge straight on.
 * @param {Spot[]} spots
 * @param {Placed} map
 * @param {Pair} pair
 * @returns {{spot: Spot, points: [number, number][], y: number}[]}
 */
function exits(spots, map, { source }) {
  const rows = [...new Set(spots.map(({ row }) => row))].toSorted((a, b) => a - b);
  void source;
  /** @type {Map<string, Spot[]>} */
  const lanes = new Map();
  for (const spot of spots) {
    const inRow = spots
      .filter(({ row }) => row === spot.row)
      .toSorted((a, b) => a.column - b.column);
    const isLow =
      rows.length > 1
        ? spot.row === rows[rows.length - 1]
        : inRow.indexOf(spot) < inRow.length / 2 && inRow.length > 1;
    const isStraight =
      spot.column === map.columns[0] &&
      (spot.row !== rows[0] || rows.length > 1 || !isLow || inRow.length < 2);
    const key = isStraight ? `=${spot.row}` : `${isLow ? "v" : "^"}${spot.row}`;
    lanes.set(key, [...(lanes.get(key) ?? []), spot]);
  }
  /** @type {{spot: Spot, points: [number, number][], y: number}[]} */
  const out = [];
  for (const [key, some] of lanes) {
    const sorted = some.toSorted((a, b) => a.column - b.column);
    sorted.forEach((spot, k) => {
      const each = map.at(spot.row, spot.column);
      const middle = each.y + each.h / 2;
      if (key[0] === "=") {
        out.push({
          spot,
          y: middle,
          points: /** @type {[number, number][]} */ ([[each.x, middle]]),
        });
        return;
      }
      const step = map.gap / (some.length + 1);
      const isLow = key[0] === "v";
      const edge = isLow ? each.y + each.h : each.y;
      const y = isLow ? edge + (k + 1) * step : edge - (k + 1) * step;
      const x = each.x + each.w / 2;
      out.push({
        spot,
        y,
        points: /** @type {[number, number][]} */ ([
          [x, edge],
          [x, y],
        ]),
      });
    });
  }
  return out;
}

/**
 * The products as a mat, each in its tap's place; under it what each channel comes to.
 * @param {Frame} frame
 * @param {{here: Spot[], front: number, others: ReturnType<typeof grouped>, left: Placed,
 *   right: Placed, isBias: boolean}} of
 * @param {boolean} hasChannels
 * @returns {Rows}
 */
function matted(frame, { here, front, others, right }, hasChannels) {
  const { pair, gutter, size, options, when } = frame;
  const { isPhone } = gutter;
  const most = largest(pair);
  const back = gutter.x + (isPhone ? 2 : 22);
  const x = back + 16;
  const to = gutter.to - (isPhone ? 10 : 34);
  /** @type {Shape[]} */
  const shapes = [];
  const told = hasChannels ? channelRows(front, summed(here), others, isPhone ? 2 : CHANNELS) : [];
  const rowH = isPhone ? 24 : 32;
  const pitch = rowH + (isPhone ? 3 : 16);
  const wanted = told.length ? told.length * pitch + 26 : 0;
  const top = gutter.y + (isPhone ? 8 : 24);
  const room = { x, y: top, w: to - x, h: gutter.bottom - top - wanted };
  const grid = here.length > ALL ? null : gridded(here, room, isPhone);
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
      const motion = since(frame, when(k));
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
  } else {
    const single = largestOf(here);
    const rest = here.filter((spot) => !single.includes(spot));
    const all = single.length + (rest.length ? 1 : 0);
    const step = Math.min(size.chip[1] + 14, room.h / all);
    const [w, h] = [size.chip[0], Math.min(size.chip[1], step - 4)];
    single.forEach(({ term, k }, i) => {
      const y = top + (i + 0.5) * step;
      const motion = since(frame, when(k));
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
    const sum = summed(rest);
    if (rest.length)
      shapes.push(
        ...chip({ x, y: y - h / 2, w, h }, sum, { size: size.font, most, term: [sum, 1, sum] }),
        text(fill(options.words.other_terms, { n: rest.length }), x + w + 8, y, 12.5, {
          ...{ anchor: "start", fill: "ink2", part: "bundle" },
        }),
      );
    bottom = top + all * step;
    if (!told.length) {
      shapes.push(brace(back, top + step / 2, y));
      return { shapes, back, top: top + step / 2, bottom: y };
    }
  }
  void right;
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
    const last = (plane === front ? here : spots).at(-1);
    const begins = last ? when(last.k) : 0;
    const motion = since(frame, begins);
    const bounds = { x: chipX, y: y - h / 2, w, h };
    if (frame.isMoving) shapes.push(place(bounds, { motion: { shown: [[0, begins]] } }));
    shapes.push(
      text(labels[i], x + 6, y, 12.5, {
        ...{ anchor: "start", part: plane === null ? "bundle" : "channel" },
        ...(plane === front ? { weight: 700 } : { fill: "ink2" }),
      }),
      ...chip(bounds, sum, { size: size.font, most: tallest, term: [sum, 1, sum], motion }),
    );
    if (i > 0 && step - h > 15 && !isPhone)
      shapes.push(...plus(chipX + w / 2, y - step / 2, { motion }));
  });
  shapes.push(
    ...arrow([chipX + w / 2, bottom + 2], [chipX + w / 2, middle(0) - h / 2 - 2], {
      ...{ stroke: signOf(told[0].sum), width: 2.4, motion: since(frame, frame.start) },
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
 * A row for each channel, or for the largest and one for all others.
 * @param {number} front
 * @param {number} sum
 * @param {ReturnType<typeof grouped>} others
 * @param {number} most that are told one by one
 * @returns {{plane: number|null, sum: number, count: number, spots: Spot[]}[]}
 */
function channelRows(front, sum, others, most) {
  const own = { plane: front, sum, count: 1, spots: /** @type {Spot[]} */ ([]) };
  const single = (/** @type {typeof others} */ some) => some.map((each) => ({ ...each, count: 1 }));
  if (others.length < most) return [own, ...single(others)];
  const sizes = others.map((each) => Math.abs(each.sum)).toSorted((a, b) => b - a);
  const few = others.filter((each) => Math.abs(each.sum) >= sizes[most - 2]).slice(0, most - 1);
  const rest = others.filter((each) => !few.includes(each));
  const spots = rest.flatMap((each) => each.spots);
  return [own, ...single(few), { plane: null, sum: summed(spots), count: rest.length, spots }];
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

/**
 * One way from all the terms to the cell that gets them.
 * @param {Frame} frame
 * @param {Rows} rows
 * @param {Placed} map
 * @param {boolean} isBias
 * @returns {Shape[]}
 */
function trunk(frame, { back, top, bottom }, map, isBias) {
  const { pair, gutter, isMoving, added, arrived, width } = frame;
  const here = /** @type {Box} */ (gutter.here);
  const { subject, all } = pair;
  const home = all.find(({ key }) => key === subject?.key);
  const gradient = home && subject ? (home.gradient[subject.at - home.first] ?? 0) : 0;
  const moved = added && gradient !== 0;
  const lane = here.y + here.h + 11 + width / 2;
  const x = here.x + here.w / 2;
  const middle = here.y + here.h / 2;
  const isLast = here.x + here.w >= map.bounds.x + map.bounds.w - 2 || isBias;
  /** @type {[number, number][]} */
  let points;
  /** @type {[[number, number], [number, number]]} */
  let tip;
  if (gutter.isPhone) {
    const start = Math.max(top, Math.min(bottom, (top + bottom) / 2));
    const margin = gutter.x - 4;
    points = [[back, start], [margin, start], [margin, lane], [x, lane]];
    tip = [[x, lane + 1], [x, here.y + here.h + 5]];
  } else if (isLast && !isBias) {
    const start = Math.max(top, Math.min(bottom, middle));
    const turn = Math.max(here.x + here.w + 16, back - 8);
    points = [[back, start], [turn, start], [turn, middle], [here.x + here.w + 14, middle]];
    tip = [[here.x + here.w + 17, middle], [here.x + here.w + 6, middle]];
  } else {
    const start = Math.max(top, Math.min(bottom, lane));
    const turn = Math.max(map.bounds.x + map.bounds.w + 8, back - 8);
    points = [[back, start], [turn, start], [turn, lane], [x, lane]];
    tip = [[x, lane + 1], [x, here.y + here.h + 5]];
  } // biome-ignore format: points
  points = points.filter(
    (each, i) => i === 0 || Math.hypot(each[0] - points[i - 1][0], each[1] - points[i - 1][1]) > 1,
  );
  const drawn = (
    /** @type {string} */ stroke,
    /** @type {number} */ wide,
    /** @type {Motion|undefined} */ motion,
  ) => [
    line(points, 6, { stroke, width: wide, motion, part: "trunk" }),
    ...arrow(tip[0], tip[1], { stroke, width: Math.max(2.4, wide * 0.7), motion, part: "trunk" }),
  ];
  const ink = moved ? signOf(gradient) : "wire";
  if (!isMoving || !added) return drawn(ink, moved ? width : 2, undefined);
  return [
    ...drawn("wire", 2, { shown: [[0, arrived - TRUNK]] }),
    ...drawn(ink, moved ? width : 2, { shown: [[arrived - TRUNK, Number.POSITIVE_INFINITY]] }),
  ];
}

/**
 * That the others get theirs in the same way.
 * @param {Placed} map
 * @param {ReturnType<typeof roomsOf>} rooms
 * @param {Options} options
 * @param {number} count
 * @returns {Shape[]}
 */
function also({ bounds, thumbs }, rooms, { words, scale }, count) {
  if (scale === "phone" || thumbs.length) return [];
  const y = bounds.y + bounds.h + 22;
  const said = [words.also_others, words.also_others_short]
    .map((each) => fill(each, { n: count - 1 }))
    .find((each) => widthOf(each, 13) <= bounds.w + 10);
  if (!said || y > rooms.goal.y + rooms.goal.h + 18) return [];
  return [text(said, bounds.x, y, 13, { anchor: "start", fill: "ink2", part: "note" })];
}

/**
 * Where the biases lie: beside the kernel, or under it.
 * @param {View} bias
 * @param {ReturnType<typeof roomsOf>} rooms
 * @param {Placed} left
 * @param {typeof SIZES.wide} size
 * @returns {Box[]|null}
 */
function biasesOf(bias, rooms, { bounds, thumbs }, size) {
  const isPhone = size.head < 40;
  const count = bias.value.length;
  const side = Math.min(isPhone ? 40 : 64, (rooms.bias.w - 6 * (count - 1)) / count);
  if (side < 9) return null;
  const below = Math.max(bounds.y + bounds.h, ...thumbs.map(({ y, h }) => y + h));
  const y = isPhone ? rooms.bias.y + 10 : below + 44;
  const x = isPhone ? rooms.bias.x : bounds.x;
  if (y + side * 0.8 > rooms.bias.y + rooms.bias.h + 30) return null;
  return Array.from({ length: count }, (_, i) => ({
    x: x + i * (side + 6),
    y,
    w: side,
    h: Math.min(52, side * 0.8),
  }));
}
