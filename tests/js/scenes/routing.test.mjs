// What passes one cell at a time: windows pulled apart beside their pooled cells, and gates.

import assert from "node:assert/strict";
import test from "node:test";
import { moment } from "../../../static/js/stage/motion.js";
import { pairOf } from "../../../static/js/stage/pair.js";
import { compose } from "../../../static/js/stage/scenes.js";
import { widthOf } from "../../../static/js/stage/shapes.js";
import { grid, OPTIONS, SIZES } from "./pairs.mjs";

const MAP = [1, 8, 5, 7, 4, 9, 9, 8, 6, 5, 5, 8, 5, 1, 0, 6];
const SENT = [-0.5, -1, 7, -3];
const WINNERS = [5, 6, 8, 11];

/** Which of four windows of two by two a cell of the map lies in. */
const windowOf = (at) => 2 * Math.floor(at / 8) + Math.floor((at % 4) / 2);

function pooled(kind, { phase = "add", subject = 5, known = true } = {}) {
  const shares = MAP.map((_, at) =>
    kind === "avg_pool" ? 0.25 : Number(WINNERS[windowOf(at)] === at),
  );
  const gradient = MAP.map((_, at) => SENT[windowOf(at)] * shares[at]);
  const won = MAP.map((_, at) => shares[at] === 1);
  const zero = gradient.map((each) => (each ? null : "lost"));
  return pairWith(kind, phase, subject, known, {
    target: grid("0", "ReLU", [1, 4, 4], MAP, gradient, { won, zero }),
    source: grid("1", "Max pool", [1, 2, 2], [9, 9, 6, 8], SENT),
    sources: MAP.map((_, at) => windowOf(at)),
    upstream: MAP.map((_, at) => SENT[windowOf(at)]),
    factors: shares,
  });
}

function activated(slopes, { phase = "pass", subject = 0, known = true } = {}) {
  const values = slopes.map((_, i) => i - 1);
  const upstream = slopes.map((_, i) => i + 2);
  const gradient = slopes.map((slope, i) => slope * upstream[i]);
  const zero = gradient.map((each) => (each ? null : "blocked"));
  return pairWith("activation", phase, subject, known, {
    target: grid("0", "Convolution", [1, 2, slopes.length / 2], values, gradient, { zero }),
    source: grid("1", "ReLU", [1, 2, slopes.length / 2], values.map(Math.abs), upstream),
    sources: slopes.map((_, i) => i),
    upstream,
    factors: slopes,
  });
}

function pairWith(kind, phase, subject, known, { target, source, sources, upstream, factors }) {
  const products = upstream.map((each, i) => each * factors[i]);
  const targets = target.value.map((_, at) => at);
  const moves = { source: "1", target: "0", sources, targets, upstream, factors, products };
  const step = { phase, layer: 1, gradients_from: known ? 0 : 1, parameters_from: 1, values_to: 1 };
  const pair = { kind, source: "1", target: "0", weight: null, bias: null };
  return pairOf({
    picture: { loss: null, grids: [target, source], moves: { 1: { ...moves, running: products } } },
    before: null,
    step,
    shown: { ...step, pair },
    pinned: { key: "0", at: subject },
    subject: { key: "0", at: subject },
    hides: null,
    guess: "",
  });
}

const paths = (shapes, part) => shapes.filter((shape) => shape.part === part);

/** Every point that a path names. */
const points = ({ d }) =>
  [...d.matchAll(/(-?[\d.]+) (-?[\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)]);

const inside = ([x, y], box, by = 0) =>
  x > box.x + by && x < box.x + box.w - by && y > box.y + by && y < box.y + box.h - by;

function boxOf(shape) {
  const wide = widthOf(shape.text, shape.size, shape.weight);
  const from = { start: 0, middle: wide / 2, end: wide }[shape.anchor];
  // Figures reach from the line three quarters of their size upwards.
  return { x: shape.x - from, y: shape.y - 0.75 * shape.size, w: wide, h: 0.78 * shape.size };
}

const meet = (a, b) => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;

for (const [scale, box] of Object.entries(SIZES)) {
  const options = { ...OPTIONS, scale };

  test(`on a ${scale} page, each window stands alone, its pooled cell at its right`, () => {
    const { cells } = compose(pooled("max_pool"), box, options);
    const at = (key, i) => cells.find((each) => each.key === key && each.at === i);
    for (let i = 0; i < 16; i += 1) {
      const own = at("1", windowOf(i));
      assert.ok(at("0", i).x + at("0", i).w < own.x);
    }
    // The gap between two windows is wider than the one within.
    assert.ok(at("0", 8).y - at("0", 4).y > at("0", 4).y - at("0", 0).y);
  });

  test(`on a ${scale} page, no line to a maximum crosses a cell on its way`, () => {
    const { cells, shapes } = compose(pooled("max_pool"), box, options);
    const lines = paths(moment(shapes), "curve");
    assert.ok(lines.length >= 3);
    for (const line of lines)
      for (const point of points(line))
        for (const cell of cells) assert.ok(!inside(point, cell, 1), `${line.d} in ${cell.at}`);
  });

  for (const [name, pair] of [
    ["max pool", pooled("max_pool")],
    ["average pool", pooled("avg_pool")],
    ["ReLU", activated([1, 0, 1, 1])],
    ["a curved slope", activated([0.25, -0.125, 1.07, 0.5])],
  ])
    test(`on a ${scale} page, no text of a ${name} leaves the room or covers another`, () => {
      const { shapes } = compose(pair, box, options);
      const boxes = moment(shapes).filter(({ kind }) => kind === "text").map((each) => [each, boxOf(each)]); // biome-ignore format: one list
      for (const [shape, own] of boxes) {
        assert.ok(own.x >= box.x - 1 && own.x + own.w <= box.x + box.w + 1, shape.text);
        for (const [other, theirs] of boxes)
          if (other !== shape) assert.ok(!meet(own, theirs), `${shape.text} on ${other.text}`);
      }
    });
}

for (const [name, pair] of [
  ["windows", pooled("max_pool")],
  ["gates", activated([1, 0, 1, 1])],
])
  test(`the names of both maps of ${name} stand over the first column alone, and the places are said`, () => {
    const words = { row_and_column: "row {row}, column {column}" };
    const { shapes } = compose(pair, SIZES.wide, { ...OPTIONS, words });
    assert.equal(paths(shapes, "heading").length, 2);
    const said = paths(shapes, "index").map(({ text }) => text);
    const cells = ["0, column 0", "0, column 1", "1, column 0", "1, column 1"];
    const places = cells.map((each) => `row ${each}`);
    assert.deepEqual(said, name === "gates" ? ["0", "1", "0", "1"] : places);
  });

test("on a phone each cell of a window shows its value, so that one sees which is the largest", () => {
  const { shapes } = compose(pooled("max_pool"), SIZES.phone, { ...OPTIONS, scale: "phone" });
  const values = paths(moment(shapes), "value").map(({ text }) => Number(text.replace("−", "-")));
  assert.deepEqual(
    values.toSorted((a, b) => a - b),
    [...MAP, 9, 9, 6, 8].toSorted((a, b) => a - b),
  );
});

test("every cell with a gradient gets a line of its sign, and a maximum the whole", () => {
  const { shapes, terms } = compose(pooled("max_pool"), SIZES.wide, OPTIONS);
  const strokes = paths(moment(shapes), "arrow").map(({ stroke }) => stroke);
  assert.deepEqual(strokes.toSorted(), ["negative", "negative", "negative", "positive"]);
  assert.deepEqual(terms.map(({ upstream, factor, product }) => [upstream, factor, product]), [[-0.5, 1, -0.5]]); // biome-ignore format: one term
});

test("the pinned window comes first, and all others follow together", () => {
  const { duration, shapes, terms } = compose(pooled("max_pool"), SIZES.wide, OPTIONS);
  const seen = (ms) =>
    moment(shapes, ms).filter(({ part }) => part === "gradient").map(({ text }) => text); // biome-ignore format: one list
  const [{ lands }] = terms;
  assert.equal(seen(lands).filter((text) => text === "−0.5").length, 2);
  assert.equal(seen(lands).filter((text) => text === "7").length, 1);
  assert.equal(seen(duration).filter((text) => text === "7").length, 2);
});

test("a gate is shut where the slope is 0, and open as far as the slope is large", () => {
  const posts = (slope) =>
    paths(compose(activated([slope, 1]), SIZES.wide, OPTIONS).shapes, "gate")
      .filter(({ y, x }, _, all) => x === all[0].x && y >= 0)
      .reduce((high, { high: each }) => high + each, 0);
  assert.ok(posts(0) > posts(0.25) && posts(0.25) > posts(1));
});

test("nothing has travelled while the gradients of the target are not known", () => {
  const { shapes, duration } = compose(pooled("max_pool", { known: false }), SIZES.wide, OPTIONS);
  assert.ok(paths(shapes, "arrow").every(({ stroke }) => stroke === "wire"));
  assert.equal(duration, 0);
});

test("windows that overlap, or leave cells out, are not pulled apart", () => {
  const pair = pooled("max_pool");
  pair.moves = { ...pair.moves, targets: pair.moves.targets.slice(1) };
  const { cells } = compose(pair, SIZES.wide, OPTIONS);
  const rows = new Set(cells.filter(({ key }) => key === "0").map(({ y }) => y));
  const gaps = [...rows].map((y, i, all) => (i ? y - all[i - 1] : 0)).slice(1);
  assert.ok(gaps.every((gap) => Math.abs(gap - gaps[0]) < 0.01));
});

test("of maps of one row, each row says its channel", () => {
  const pair = activated([1, 0, 1, 1, 0.5, 1]);
  for (const view of [pair.source, pair.target])
    Object.assign(view, { shape: [3, 1, 2], drawn: [3, 1, 2], columns: 2 });
  const words = { channel: "channel {channel}" };
  const rows = (scale) =>
    paths(compose(pair, SIZES[scale], { ...OPTIONS, scale, words }).shapes, "index")
      .slice(2)
      .map(({ text }) => text);
  assert.deepEqual(rows("wide"), ["channel 0", "channel 1", "channel 2"]);
  for (const scale of Object.keys(SIZES))
    assert.equal(new Set(rows(scale)).size, rows(scale).length);
});
