// A pair of layers to compose scenes from: three neurons that read a pooled map of two by two.

import { pairOf } from "../../../static/js/stage/pair.js";

const all = (count, of) => Array.from({ length: count }, (_, i) => of(i));

/** @param {string} key */
export function grid(key, title, shape, value, gradient, more = {}) {
  const columns = shape.length > 1 ? shape.at(-1) : 1;
  return {
    ...{ key, title, note: shape.join(" × "), shape, first: 0, drawn: shape, columns, planes: 1 },
    ...{ editable: key.includes("."), value, gradient, zero: gradient.map(() => null), won: null },
    most: [Math.max(...value.map(Math.abs)), Math.max(...gradient.map(Math.abs))],
    ...{ ring: null, windows: null },
    ...more,
  };
}

/**
 * @param {{neurons?: number, columns?: number, rows?: number}} sizes
 */
export function network({ neurons = 3, columns = 2, rows = 2 } = {}) {
  const inputs = columns * rows;
  const upstream = all(neurons, (i) => (i % 3) + 1);
  const weight = all(neurons * inputs, (i) => ((i % 7) - 3) / 4);
  const moves = { source: "1", target: "0", ...lists(upstream, weight, inputs) };
  const sums = all(inputs, (at) =>
    upstream.reduce((sum, gradient, k) => sum + gradient * weight[k * inputs + at], 0),
  );
  const values = all(inputs, (i) => i + 1);
  const learned = all(
    neurons * inputs,
    (i) => upstream[Math.floor(i / inputs)] * values[i % inputs],
  );
  return {
    loss: null,
    open: {},
    moves: { 1: moves },
    grids: [
      grid("0", "Max pool", [1, rows, columns], values, sums),
      grid("1.weight", "Weights", [neurons, inputs], weight, learned),
      grid(
        "1.bias",
        "Bias",
        [neurons],
        all(neurons, () => 0),
        upstream,
      ),
      grid(
        "1",
        "Fully connected",
        [neurons],
        all(neurons, (i) => i),
        upstream,
      ),
      grid("head", "Upstream", [neurons], upstream, upstream, { note: "given" }),
    ],
  };
}

function lists(upstream, weight, inputs) {
  const found = {
    sources: [],
    targets: [],
    upstream: [],
    factors: [],
    products: [],
    running: [],
    bundles: {},
  };
  for (let at = 0; at < inputs; at += 1) {
    let sum = 0;
    upstream.forEach((gradient, k) => {
      const factor = weight[k * inputs + at];
      sum += gradient * factor;
      found.sources.push(k);
      found.targets.push(at);
      found.upstream.push(gradient);
      found.factors.push(factor);
      found.products.push(gradient * factor);
      found.running.push(sum);
    });
    // As the server does: of many, the five largest alone, and the sum of the others.
    const own = found.products.slice(-upstream.length);
    if (own.length <= 9) continue;
    const order = own.map((_, k) => k).toSorted((a, b) => Math.abs(own[b]) - Math.abs(own[a]));
    const single = order.slice(0, 5).toSorted((a, b) => a - b);
    const others = own.filter((_, k) => !single.includes(k));
    found.bundles[at] = { single, sum: others.reduce((all, each) => all + each, 0) };
  }
  return found;
}

const scene = { source: "1", target: "0", weight: "1.weight", bias: "1.bias" };

/**
 * @param {object} picture
 * @param {string} phase
 * @param {object} more
 */
export function pair(
  picture,
  phase,
  { subject = { key: "0", at: 0 }, kind, isQuestion, ...known } = {},
) {
  const shown = { phase, layer: 1, pair: { kind: kind ?? "fully_connected", ...scene } };
  const step = { phase, values_to: 1, gradients_from: 0, parameters_from: 1, ...known };
  const hides = isQuestion ? ({ key }) => key === "0" || key.includes(".") : null;
  return pairOf({ picture, before: null, step, shown, pinned: null, subject, hides, guess: "" });
}

export const OPTIONS = /** @type {const} */ ({
  ...{ scale: "wide", reading: "both", editing: false },
  words: new Proxy({}, { get: (_, name) => `${String(name)} {n}` }),
});

export const SIZES = {
  wide: { x: 0, y: 0, w: 1068, h: 540 },
  middle: { x: 0, y: 0, w: 724, h: 470 },
  tall: { x: 0, y: 0, w: 780, h: 500 },
  phone: { x: 0, y: 0, w: 390, h: 450 },
};
