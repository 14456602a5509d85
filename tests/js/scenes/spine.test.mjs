// The spine: its skip connections.

import assert from "node:assert/strict";
import test from "node:test";
import { SPINE } from "../../../static/js/stage/spine/sizes.js";
import { spine } from "../../../static/js/stage/spine.js";
import { grid } from "./pairs.mjs";

const WIDTHS = { wide: 1392, middle: 984, tall: 780, phone: 390 };

/**
 * A network of so many layers, each a map, with skip connections.
 * @param {number} layers
 * @param {[number, number][]} skips from the addition back to the layer
 */
function network(layers, skips) {
  const is = { value: true, gradient: true, won: false };
  const keys = Array.from({ length: layers + 1 }, (_, i) => String(i - 1));
  const views = [...keys, "head"].map((key) => ({
    ...grid(key, `Layer ${key}`, [1, 3, 3], Array(9).fill(1), Array(9).fill(1)),
    is,
  }));
  const pairs = keys.slice(1).toReversed().flatMap((key) => [
    ...skips
      .filter(([from]) => String(from) === key)
      .map(([, to]) => ({ phase: "skip", pair: { kind: "addition", source: key, target: String(to) } })),
    { phase: "pass", pair: { kind: "activation", source: key, target: String(Number(key) - 1) } },
  ]); // biome-ignore format: lists
  const start = {
    phase: "start",
    pair: { kind: "loss", source: "head", target: String(layers - 1) },
  };
  const steps = [start, ...pairs, { phase: "done", pair: null }];
  return { views, steps: steps.map((each) => ({ label: "Step", ...each })) };
}

const layers = "{n} layers";
const drawn = (its, scale, step, more = {}) =>
  spine(
    { ...its, step, shown: its.steps[step], pinned: null, isQuestion: false, ...more },
    WIDTHS[scale],
    { scale, reading: "both", layers },
  );
const numbers = ({ d }) =>
  [...d.matchAll(/(-?[\d.]+) (-?[\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)]);
const arcs = ({ shapes }) => shapes.filter(({ part }) => part === "skip");
const lowest = (arc) => Math.max(...numbers(arc).map(([, y]) => y));

for (const scale of Object.keys(WIDTHS)) {
  test(`on a ${scale} page, the stop of a skip connection stands beside those below its arc`, () => {
    const { stops } = drawn(network(4, [[2, -1]]), scale, 0);
    for (const one of stops)
      for (const other of stops)
        assert.ok(one === other || Math.hypot(one.x - other.x, one.y - other.y) > 13);
  });

  test(`on a ${scale} page, nested skip connections are arcs under the rail, within the spine`, () => {
    const its = network(4, [
      [3, -1],
      [2, 0],
    ]);
    const all = drawn(its, scale, its.steps.length - 1);
    const [outer, inner] = arcs(all).toSorted((a, b) => lowest(b) - lowest(a));
    const { rail, high } = SPINE[scale];
    assert.ok(lowest(outer) < high && lowest(inner) > rail);
    assert.equal(Math.round(lowest(outer) - lowest(inner)), 8);
    for (const [arc, from, to] of [[outer, "3", "-1"], [inner, "2", "0"]]) {
      const xs = numbers(arc).map(([x]) => x);
      const at = (key) => all.nodes.find(({ keys }) => keys.includes(key));
      for (const [x, node] of [[Math.max(...xs), at(from)], [Math.min(...xs), at(to)]])
        assert.ok(Math.abs(x - node.x) < node.w / 2 + 6, `${x} ${node.x}`);
    }
  }); // biome-ignore format: tables

  test(`on a ${scale} page, no arc lies on a miniature`, () => {
    for (const skips of [[[3, -1], [2, 0]], [[3, 1], [1, -1]]]) {
      const its = network(4, skips);
      for (let step = 0; step < its.steps.length; step += 1) {
        const { cells, ...all } = drawn(its, scale, step);
        for (const [x, y] of arcs(all).flatMap(numbers))
          for (const cell of cells)
            assert.ok(x < cell.x || x > cell.x + cell.w || y < cell.y || y > cell.y + cell.h, `${x} ${y}`);
      }
    }
  }); // biome-ignore format: tables

  test(`on a ${scale} page, an arc ends at folded layers, and none lies within them`, () => {
    const its = network(40, [
      [39, 10],
      [12, 10],
    ]);
    const all = drawn(its, scale, 2);
    const fold = all.nodes.find(({ keys }) => keys.includes("10"));
    assert.ok(fold.fold > 3 && fold.keys.includes("12"));
    assert.equal(arcs(all).length, 1);
    const xs = numbers(arcs(all)[0]).map(([x]) => x);
    assert.ok(Math.abs(Math.min(...xs) - fold.x) < fold.w / 2);
  });
}

test("an arc is lit once its gradient has been sent, and at the end where the pinned cell's way passes it", () => {
  const its = network(3, [[2, 0]]);
  const at = its.steps.findIndex(({ phase }) => phase === "skip");
  const inks = (step, way) => arcs(drawn(its, "wide", step, { way })).map(({ stroke }) => stroke);
  assert.deepEqual(inks(at - 1), ["hair"]);
  assert.deepEqual(inks(at), ["you"]);
  const last = its.steps.length - 1;
  const hop = { source: "2", target: "0", from: [1], to: [1], met: [1], carries: 1 };
  assert.deepEqual(inks(last, { hops: [hop] }), ["you"]);
  assert.deepEqual(inks(last, { hops: [{ ...hop, to: [] }] }), ["hair"]);
  assert.deepEqual(inks(last, { hops: [{ ...hop, target: "1" }] }), ["hair"]);
});

test("a network without skip connections has no arc", () => {
  const its = network(3, []);
  assert.deepEqual(arcs(drawn(its, "wide", its.steps.length - 1)), []);
});
