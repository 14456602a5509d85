// The spine: the whole network as miniatures on a rail, its steps as stops between the layers, and the
// playhead. It is map, tabs and scrubber in one; a pure function like the scenes. It uses no DOM.

import { fill } from "../shared/texts.js";
import { n, rect, ring, text, widthOf } from "./shapes.js";
import { arcsOf, drawnArcs } from "./spine/arcs.js";
import { miniature } from "./spine/miniature.js";
import { nodesOf, small } from "./spine/nodes.js";
import { SPINE } from "./spine/sizes.js";
import { stopsOf, tabOf } from "./spine/stops.js";

/** @import {Place, Step} from "../state/picture.js" */
/** @import {View} from "./pair.js" */
/** @import {Way} from "./way.js" */
/** @import {Box, CellBox, Shape} from "./shapes.js" */
/** @import {Node} from "./spine/nodes.js" */

/** The width of folded layers, in pixels. */
const FOLDED = 40;
/** The height of the pill that stands for them. */
const PILL = 28;

/**
 * @typedef {{step: number, x: number, y: number}} Stop
 * @typedef {{cells: CellBox[], shapes: Shape[], stops: Stop[], nodes: Node[], tab: [number, number]|null,
 *   playhead: {x: number, y: number, r: number}|null}} Spine
 *
 * @param {{views: View[], steps: Step[], step: number, shown: Step, pinned: Place|null,
 *   isQuestion: boolean, way?: Way|null}} of ``shown``: whose scene is open; ``way``: of the pinned cell's
 *   gradient, where all of it is known
 * @param {number} width
 * @param {{scale: keyof typeof SPINE, reading: string, layers: import("../shared/texts.js").Text}} options
 * @returns {Spine}
 */
export function spine({ views, steps, step, shown, pinned, isQuestion, way }, width, options) {
  const size = SPINE[options.scale];
  const isPhone = options.scale === "phone";
  const inScene = new Set(
    shown.pair ? Object.values(shown.pair).filter((key) => key !== null) : [],
  );
  const nodes = nodesOf(views, width, size, options, inScene);
  const byKey = new Map(nodes.flatMap((node) => node.keys.map((key) => [key, node])));
  const stops = stopsOf(steps, nodes, byKey, width, size);
  /** @type {CellBox[]} */
  const cells = [];
  /** @type {Shape[]} */
  const shapes = [];
  /** @type {Shape[]} */
  const above = [];

  const ends = /** @type {[number, number]|null} */ (tabOf(shown, byKey, width, isPhone));
  // The part of the rail that the pass has covered is violet, from the right.
  const here = stops.find((stop) => stop.step === step);
  const [first, last] = [stops.at(-1)?.x ?? 0, stops[0]?.x ?? width];
  const edges = nodes.map(({ x, w }) => [x - w / 2 - 5, x + w / 2 + 5]);
  const from = Math.min(first, last, ...edges.map(([a]) => a));
  const to = Math.max(first, last);
  const reached = isQuestion || !here ? Number.POSITIVE_INFINITY : here.x;
  let start = from;
  for (const [a, b] of [...edges, [to, to]]) {
    if (a > start) {
      const cut = Math.max(start, Math.min(a, reached));
      if (cut > start) shapes.push(rail(start, cut, size.rail, false));
      if (cut < a) shapes.push(rail(cut, a, size.rail, true));
    }
    start = Math.max(start, b);
  }
  for (const stop of stops) {
    const isPassed = !isQuestion && here && stop.step <= step && stop !== here;
    if (stop === here && !isQuestion) continue;
    if (nodes.some(({ fold, w, x }) => fold && Math.abs(x - stop.x) < w / 2)) continue;
    if (isPhone && !isPassed && stop.y !== size.rail) continue;
    above.push({
      ...{ kind: "circle", x: stop.x, y: stop.y, r: isPhone ? 3.5 : 4.5, part: "stop" },
      ...(isPassed
        ? { fill: "you" }
        : {
            fill: ends && stop.x > ends[0] && stop.x < ends[1] ? "panel" : "page",
            stroke: "ink3",
            width: 1.6,
          }),
    });
  }
  const arcs = arcsOf(steps, byKey);
  const bottomOf = (/** @type {Node} */ node) =>
    size.rail +
    (node.fold
      ? PILL / 2
      : Math.max(
          ...views
            .filter(({ key }) => node.keys.includes(key))
            .map((view) => small(view, size.cell, node.widest).bounds.h),
        ) / 2);
  const isPassed = (/** @type {number} */ at) => !isQuestion && at <= step;
  if (arcs.length)
    shapes.push(
      ...drawnArcs(arcs, bottomOf, size.high, (arc) => {
        const { source, target } = steps[arc.step].pair ?? {};
        const isOn = (/** @type {import("./way.js").Hop} */ hop) =>
          hop.source === source && hop.target === target && hop.to.length > 0;
        return isPassed(arc.step) && (!way || way.hops.some(isOn));
      }),
    );
  const isLow = here !== undefined && here.y > size.rail;
  const { label } = steps[step];
  const half = widthOf(label, 12, 700) / 2;
  // Beside the name of a step of parameters.
  const headX = (here?.x ?? 0) - (isLow && !isPhone ? half + 8 : 0);
  const r = isLow ? 7 : 10;
  if (here && !isQuestion) {
    above.push(
      { kind: "circle", x: headX, y: here.y, r, fill: "you", part: "playhead" },
      { kind: "path", d: playmark(headX, here.y, r, isLow), fill: "panel" },
    );
    const x = isLow ? here.x + 6 : Math.max(half + 4, Math.min(width - half - 4, here.x));
    if (!isPhone && isLow) {
      if (arcs.length) above.push(ground(x, here.y, half, ends !== null));
      above.push(text(label, x, here.y, 12, { fill: "you", weight: 700, part: "step" }));
    } else if (!isPhone) {
      const isClose = crowds(nodes, x, half);
      const y = isClose ? size.high - 8 : here.y + 21;
      // A high miniature reaches down to the name: it stands on a ground of its own.
      if (isClose) above.push(ground(x, y, half, ends !== null));
      above.push(text(label, x, y, 12, { fill: "you", weight: 700, part: "step" }));
    }
  }

  for (const node of nodes) {
    const isOpen = node.keys.some((key) => inScene.has(key));
    if (node.fold) {
      const label = fill(options.layers, { n: node.fold });
      shapes.push(
        rect(
          { x: node.x - node.w / 2, y: size.rail - PILL / 2, w: node.w, h: PILL },
          { fill: "lane", stroke: "hair", radius: 14, part: "fold" },
        ),
        text(label, node.x, size.rail, node.w < 70 ? 11 : 12, { fill: "ink2", part: "name" }),
      );
      // Each folded layer has a strip of it, so that each cell still gets clicks.
      const folded = views.filter(({ key }) => node.keys.includes(key));
      const sides = folded.map(({ value }) => Math.sqrt(value.length));
      const whole = sides.reduce((sum, side) => sum + side, 0);
      let x = node.x - node.w / 2;
      folded.forEach((view, k) => {
        const wide = (node.w * sides[k]) / whole;
        const rows = Math.ceil(view.value.length / view.columns);
        const [w, h] = [wide / view.columns, FOLDED / rows];
        view.value.forEach((_, at) => {
          const [row, column] = [Math.floor(at / view.columns), at % view.columns];
          const y = size.rail - FOLDED / 2 + row * h;
          cells.push({ key: view.key, at, x: x + column * w, y, w, h });
        });
        x += wide;
      });
      continue;
    }
    if (node.name && !isPhone)
      shapes.push(
        text(node.name, node.x, size.names, 12, {
          ...(isOpen && !node.keys[0].includes(".")
            ? { fill: "ink", weight: 700 }
            : { fill: "ink2" }),
          part: "name",
        }),
      );
    let x = node.x - node.w / 2;
    for (const key of node.keys) {
      const view = /** @type {View} */ (views.find((each) => each.key === key));
      const { boxes, bounds } = small(view, size.cell, node.widest);
      const at = { x, y: size.rail - bounds.h / 2 };
      const moved = boxes.map((box) => ({ ...box, x: box.x + at.x, y: box.y + at.y }));
      moved.forEach((box, i) => {
        cells.push({ key, at: i, ...box });
      });
      shapes.push(...miniature(view, moved, { ...bounds, ...at }, options.reading));
      const own = pinned?.key === key ? moved[pinned.at - view.first] : undefined;
      if (own) above.push(ring(own, { key: "mini-ring", radius: 4, width: 2.2, ...tight(own) }));
      x += bounds.w + 6;
    }
  }
  return {
    cells,
    shapes: [...shapes, ...above],
    stops,
    nodes,
    tab: ends,
    playhead: here ? { x: headX, y: here.y, r } : null,
  };
}

/**
 * What a step's name stands on, so that neither a miniature nor an arc shows through.
 * @param {number} x
 * @param {number} y
 * @param {number} half of the name's width
 * @param {boolean} isTab whether the tab is under it
 */
const ground = (x, y, half, isTab) =>
  rect(
    { x: x - half - 3, y: y - 7, w: 2 * half + 6, h: 14 },
    { fill: isTab ? "panel" : "page", radius: 4, part: "ground" },
  );

/**
 * Whether a name at a place would overlap a miniature.
 * @param {Node[]} nodes
 * @param {number} at
 * @param {number} half
 */
const crowds = (nodes, at, half) => nodes.some(({ x, w }) => Math.abs(x - at) < w / 2 + half + 6);

/**
 * @param {number} x
 * @param {number} y
 * @param {number} r
 * @param {boolean} isUp whether the parameters lie above their stop
 */
function playmark(x, y, r, isUp) {
  const a = r * 0.4;
  return isUp
    ? `M${n(x)} ${n(y - a)}l${n(1.1 * a)} ${n(1.75 * a)}h${n(-2.2 * a)}Z`
    : `M${n(x - a)} ${n(y)}l${n(1.75 * a)} ${n(-1.1 * a)}v${n(2.2 * a)}Z`;
}

/** @param {Box} box */
const tight = ({ x, y, w, h }) => ({ x: x - 1.5, y: y - 1.5, wide: w + 3, high: h + 3 });

/**
 * @param {number} from
 * @param {number} to
 * @param {number} y
 * @param {boolean} isPassed
 * @returns {Shape}
 */
const rail = (from, to, y, isPassed) => ({
  ...{ kind: "path", d: `M${n(from)} ${n(y)}H${n(to)}`, part: "rail" },
  ...(isPassed ? { stroke: "you", width: 3 } : { stroke: "hair", width: 2.2 }),
});
