// The spine: the whole network as miniatures on a rail, its steps as stops between the layers, and the
// playhead. It is map, tabs and scrubber in one; a pure function like the scenes. It uses no DOM.

import { fill } from "../shared/texts.js";
import { laid } from "./cell.js";
import { levelsOf } from "./heat.js";
import { grey, heat, n, rect, ring, text, widthOf } from "./shapes.js";

/** @import {View} from "./pair.js" */
/** @import {Place, Step} from "../state/picture.js" */
/** @import {Box, CellBox, Shape} from "./shapes.js" */

/** By scale, in pixels: the places of names, rail and panel, and the side of a small cell. */
export const SPINE = {
  wide: { names: 12, rail: 60, high: 106, cell: 13, side: 30, panel: 0 },
  middle: { names: 12, rail: 52, high: 90, cell: 9.5, side: 22, panel: 0 },
  tall: { names: 12, rail: 52, high: 92, cell: 9, side: 20, panel: 0 },
  phone: { names: 0, rail: 32, high: 68, cell: 8, side: 14, panel: 0 },
};
const HIGHEST = 62;
/** The fewest pixels between two miniatures, which leave room for a stop. */
const APART = 26;
/** The width of folded layers, in pixels. */
const FOLDED = 40;
/** The most cells of a miniature that are drawn one by one; more are drawn as one image. */
const SINGLE = 64;

/**
 * @typedef {{keys: string[], x: number, w: number, name: string, fold: number}} Node a miniature, or
 *   ``fold`` layers in one
 * @typedef {{step: number, x: number, y: number}} Stop
 * @typedef {{cells: CellBox[], shapes: Shape[], stops: Stop[], nodes: Node[], tab: [number, number]|null,
 *   playhead: {x: number, y: number}|null}} Spine
 *
 * @param {{views: View[], steps: Step[], step: number, shown: Step, pinned: Place|null,
 *   isQuestion: boolean}} of ``shown``: whose scene is open
 * @param {number} width
 * @param {{scale: keyof typeof SPINE, reading: string, layers: import("../shared/texts.js").Text}} options
 * @returns {Spine}
 */
export function spine({ views, steps, step, shown, pinned, isQuestion }, width, options) {
  const size = SPINE[options.scale];
  const isPhone = options.scale === "phone";
  const inScene = new Set(
    shown.pair ? Object.values(shown.pair).filter((key) => key !== null) : [],
  );
  const nodes = placed(views, width, size, options, inScene);
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
    if (nodes.some(({ fold, x }) => fold && x === stop.x)) continue;
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
  if (here && !isQuestion) {
    const isLow = here.y > size.rail;
    const { label } = steps[step];
    const half = widthOf(label, 12, 700) / 2;
    const headX = isLow && !isPhone ? here.x - half - 8 : here.x;
    const r = isLow ? 7 : 10;
    above.push(
      { kind: "circle", x: headX, y: here.y, r, fill: "you", part: "playhead" },
      { kind: "path", d: playmark(headX, here.y, r, isLow), fill: "panel" },
    );
    const x = isLow ? here.x + 6 : Math.max(half + 4, Math.min(width - half - 4, here.x));
    if (!isPhone && isLow)
      above.push(text(label, x, here.y, 12, { fill: "you", weight: 700, part: "step" }));
    else if (!isPhone)
      above.push(
        text(label, x, crowds(nodes, x, half) ? size.high - 9 : here.y + 21, 12, {
          fill: "you",
          weight: 700,
          part: "step",
        }),
      );
  }

  for (const node of nodes) {
    const isOpen = node.keys.some((key) => inScene.has(key));
    if (node.fold) {
      const label = fill(options.layers, { n: node.fold });
      shapes.push(
        rect(
          { x: node.x - node.w / 2, y: size.rail - 14, w: node.w, h: 28 },
          { fill: "lane", stroke: "hair", radius: 14, part: "fold" },
        ),
        text(label, node.x, size.rail, 12, { fill: "ink2", part: "name" }),
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
      const { boxes, bounds } = small(view, size.cell);
      const at = { x, y: size.rail - bounds.h / 2 };
      const moved = boxes.map((box) => ({ ...box, x: box.x + at.x, y: box.y + at.y }));
      moved.forEach((box, i) => {
        cells.push({ key, at: i, ...box });
      });
      shapes.push(...miniature(view, moved, { ...bounds, ...at }, options.reading));
      const own = pinned?.key === key ? moved[pinned.at - view.first] : undefined;
      if (own) above.push(ring(own, { key: "mini-ring", radius: 4, width: 2.2, ...tight(own) }));
      x += bounds.w + 4;
    }
  }
  return {
    cells,
    shapes: [...shapes, ...above],
    stops,
    nodes,
    tab: ends,
    playhead: here ? { x: here.x, y: here.y } : null,
  };
}

/**
 * Whether a name at a place would overlap a miniature.
 * @param {Node[]} nodes
 * @param {number} at
 * @param {number} half
 */
const crowds = (nodes, at, half) => nodes.some(({ x, w }) => Math.abs(x - at) < w / 2 + half);

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

/**
 * A grid as a miniature.
 * @param {View} view
 * @param {number} cell
 */
function small(view, cell) {
  const isVector = view.drawn.length === 1 && !view.key.includes(".");
  const side = isVector && view.value.length <= 8 ? cell * 1.4 : cell;
  return laid(
    view,
    { x: 0, y: 0, w: view.key.includes(".") ? 74 : 120, h: HIGHEST },
    side + 1,
    0.06,
  );
}

/**
 * @param {View} view
 * @param {Box[]} boxes
 * @param {Box} bounds
 * @param {string} reading
 * @returns {Shape[]}
 */
function miniature(view, boxes, bounds, reading) {
  const isGradient = view.is.gradient && reading !== "values";
  if (boxes.length > SINGLE && view.drawn.length < 3)
    return [
      {
        kind: "heat",
        ...{ x: bounds.x, y: bounds.y, wide: bounds.w, high: bounds.h, columns: view.columns },
        levels: levelsOf(view, isGradient),
        of: isGradient ? "heat" : "grey",
        key: `mini:${view.key}`,
      },
    ];
  const isCard = view.key.includes(".");
  return boxes.flatMap((box, i) => {
    const radius = Math.min(2.5, box.w / 5);
    /** @type {Shape[]} */
    const shapes = [];
    if (isGradient)
      shapes.push(
        rect(box, { fill: heat(view.zero[i] ? 0 : view.gradient[i], view.most[1]), radius }),
      );
    else if (isCard) shapes.push(rect(box, { fill: "card", stroke: "hair", width: 1, radius }));
    else
      shapes.push(
        rect(box, { fill: view.is.value ? grey(view.value[i], view.most[0]) : "lane", radius }),
      );
    if (view.is.won && view.won?.[i] && isGradient)
      shapes.push(rect(box, { stroke: "ink", width: 1.4, radius }));
    return shapes;
  });
}

/**
 * The miniatures in a row; without enough room, first names are dropped, then layers far from the
 * scene are folded.
 * @param {View[]} views
 * @param {number} width
 * @param {typeof SPINE.wide} size
 * @param {{scale: keyof typeof SPINE}} options
 * @param {Set<string>} open
 * @returns {Node[]}
 */
function placed(views, width, size, { scale }, open) {
  /** @type {{keys: string[], w: number, name: string, fold: number}[]} */
  let nodes = [];
  for (const view of views) {
    const { bounds } = small(view, size.cell);
    const isBias = view.key.endsWith(".bias");
    const before = nodes.at(-1);
    if (isBias && before?.keys[0].endsWith(".weight")) {
      before.keys.push(view.key);
      before.w += bounds.w + 4;
      continue;
    }
    const isParameter = view.key.includes(".");
    const isNamed = scale !== "phone" && (!isParameter || scale === "wide" || scale === "middle");
    const name = isParameter ? view.title.toLowerCase() : view.title;
    nodes.push({ keys: [view.key], w: bounds.w, name: isNamed ? name : "", fold: 0 });
  }
  const inner = width - 2 * size.side;
  const apart = scale === "phone" ? 12 : APART;
  const wideOf = (/** @type {typeof nodes[0]} */ node) =>
    Math.max(node.w, node.name ? widthOf(node.name, 12, 700) - APART + 8 : 0);
  const needed = () =>
    nodes.reduce((sum, node) => sum + wideOf(node), 0) + (nodes.length + 1) * apart;
  if (needed() > inner)
    for (const node of nodes) if (!node.keys.some((key) => open.has(key))) node.name = "";
  // Fold the layers farthest from the scene, but not the ends.
  const middle = () => {
    const at = nodes.flatMap((node, i) => (node.keys.some((key) => open.has(key)) ? [i] : []));
    return at.length ? (at[0] + at[at.length - 1]) / 2 : nodes.length;
  };
  while (needed() > inner && nodes.length > 5) {
    const center = middle();
    const candidates = nodes
      .map((node, i) => ({ node, i, away: Math.abs(i - center) }))
      .filter(
        ({ node, i }) => i > 0 && i < nodes.length - 1 && !node.keys.some((key) => open.has(key)),
      );
    const whole = candidates.filter(({ node }) => !node.fold);
    if (!whole.length) break;
    const { i } = whole.reduce((a, b) => (b.away > a.away ? b : a));
    const count = nodes[i].keys[0].includes(".") ? 0 : 1;
    nodes[i] = { keys: nodes[i].keys, w: 84, name: "", fold: nodes[i].fold + count || 1 };
    // Folded neighbours are joined.
    nodes = nodes.reduce((/** @type {typeof nodes} */ all, node) => {
      const before = all.at(-1);
      if (before?.fold && node.fold) {
        before.keys.push(...node.keys);
        before.fold += node.fold;
      } else all.push({ ...node, keys: [...node.keys] });
      return all;
    }, []);
  }
  const sum = nodes.reduce((all, node) => all + wideOf(node), 0);
  const gap = Math.min(150, (inner - sum) / (nodes.length + 1));
  const used = sum + gap * (nodes.length + 1);
  let x = size.side + Math.max(0, (inner - used) / 2) + gap;
  return nodes.map((node) => {
    const wide = wideOf(node);
    const placed = { ...node, x: x + wide / 2 };
    x += wide + gap;
    return placed;
  });
}

/**
 * @param {Step[]} steps
 * @param {Node[]} nodes
 * @param {Map<string, Node>} byKey
 * @param {number} width
 * @param {{rail: number, high: number}} size
 * @returns {Stop[]}
 */
function stopsOf(steps, nodes, byKey, width, { rail, high }) {
  const low = high - 14;
  const between = (/** @type {Node} */ a, /** @type {Node} */ b) =>
    (a.x + a.w / 2 + b.x - b.w / 2) / 2;
  const [first, last] = [nodes[0], nodes[nodes.length - 1]];
  const left = Math.max(11, first.x - first.w / 2 - 26);
  const right = Math.min(width - 11, last.x + last.w / 2 + 24);
  return steps.flatMap((each, step) => {
    const { phase, pair } = each;
    if (phase === "done") return [{ step, x: left, y: rail }];
    if (phase === "start") return [{ step, x: right, y: rail }];
    if (phase === "input") return [{ step, x: first.x, y: low }];
    if (!pair) return [];
    const [source, target] = [byKey.get(pair.source), byKey.get(pair.target)];
    const weight = pair.weight ? byKey.get(pair.weight) : undefined;
    if (!source || !target) return [];
    // Steps inside a fold share a place.
    if (source === target) return [{ step, x: source.x, y: rail }];
    if (phase === "forward") return [{ step, x: source.x, y: low }];
    if (phase === "multiply" && weight) return [{ step, x: between(weight, source), y: rail }];
    if (phase === "add" && weight) return [{ step, x: between(target, weight), y: rail }];
    if (phase === "parameters" && weight) return [{ step, x: weight.x, y: low }];
    return [{ step, x: between(target, source), y: rail }];
  });
}

/**
 * @param {Step} shown
 * @param {Map<string, Node>} byKey
 * @param {number} width
 * @param {boolean} isPhone
 * @returns {[number, number]|null}
 */
function tabOf({ pair }, byKey, width, isPhone) {
  if (!pair) return null;
  const ends = [pair.target, pair.source].map((key) => byKey.get(key));
  if (!ends[0] || !ends[1]) return null;
  const reach = (/** @type {Node} */ node) =>
    Math.max(node.w / 2, widthOf(node.name, 12, 700) / 2) + (isPhone ? 8 : 18);
  const [a, b] = /** @type {Node[]} */ (ends);
  return [
    Math.max(2, Math.min(a.x - reach(a), b.x - reach(b))),
    Math.min(width - 2, Math.max(a.x + reach(a), b.x + reach(b))),
  ];
}

/**
 * The outline of the panel, with the tab that connects it with the pair.
 * @param {[number, number]|null} tab
 * @param {Box} panel
 * @param {number} top of the tab
 * @param {number} radius
 */
export function outline(tab, panel, top, radius) {
  const { x, y, w, h } = panel;
  const r = radius;
  const [right, bottom] = [x + w, y + h];
  let d = `M${n(x + r)} ${n(y)}`;
  if (tab) {
    const a = Math.max(x, tab[0]);
    const b = Math.min(right, tab[1]);
    d =
      a - x < 2 * r
        ? `M${n(a)} ${n(y + r)}V${n(top + r)}`
        : `M${n(x + r)} ${n(y)}H${n(a - r)}Q${n(a)} ${n(y)} ${n(a)} ${n(y - r)}V${n(top + r)}`;
    d += `Q${n(a)} ${n(top)} ${n(a + r)} ${n(top)}H${n(b - r)}Q${n(b)} ${n(top)} ${n(b)} ${n(top + r)}`;
    d +=
      right - b < 2 * r
        ? `V${n(y + r)}L${n(right)} ${n(y + 2 * r)}`
        : `V${n(y - r)}Q${n(b)} ${n(y)} ${n(b + r)} ${n(y)}H${n(right - r)}Q${n(right)} ${n(y)} ${n(right)} ${n(y + r)}`;
    d += `V${n(bottom - r)}Q${n(right)} ${n(bottom)} ${n(right - r)} ${n(bottom)}H${n(x + r)}Q${n(x)} ${n(bottom)} ${n(x)} ${n(bottom - r)}V${n(y + (a - x < 2 * r ? 2 * r : r))}`;
    d += a - x < 2 * r ? `L${n(a)} ${n(y + r)}Z` : `Q${n(x)} ${n(y)} ${n(x + r)} ${n(y)}Z`;
    return d;
  }
  d += `H${n(right - r)}Q${n(right)} ${n(y)} ${n(right)} ${n(y + r)}V${n(bottom - r)}Q${n(right)} ${n(bottom)} ${n(right - r)} ${n(bottom)}`;
  return `${d}H${n(x + r)}Q${n(x)} ${n(bottom)} ${n(x)} ${n(bottom - r)}V${n(y + r)}Q${n(x)} ${n(y)} ${n(x + r)} ${n(y)}Z`;
}
