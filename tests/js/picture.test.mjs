import assert from "node:assert/strict";
import test from "node:test";
import {
  canPlay,
  channelsOf,
  flat,
  isLarge,
  known,
  switched,
} from "../../static/js/state/picture.js";

const grid = (key, note = "") => ({ key, note });
const step = (gradients_from, parameters_from, values_to = 9, phase = "add") => ({
  phase,
  gradients_from,
  parameters_from,
  values_to,
});

// Input of two cells; layer 0 adds both into its first cell and copies the second; then a head.
const moves = {
  0: {
    source: "0",
    target: "-1",
    sources: [0, 0, 1],
    targets: [0, 1, 1],
    factors: [2, 3, 5],
    products: [20, 30, 0],
  },
};
const picture = {
  moves,
  steps: [
    { phase: "start", layer: null },
    { phase: "multiply", layer: 0 },
    { phase: "add", layer: 0 },
    { phase: "parameters", layer: 0 },
  ],
};

test("gradients are known from the layer on that the step has reached", () => {
  assert.equal(known(grid("2"), step(2, 3)).gradient, true);
  assert.equal(known(grid("1"), step(2, 3)).gradient, false);
  assert.equal(known(grid("-1"), step(-1, 0)).gradient, true);
});

test("those of parameters are known later than those of the cells they made", () => {
  assert.equal(known(grid("2.weight"), step(2, 3)).gradient, false);
  assert.equal(known(grid("2.weight"), step(1, 2)).gradient, true);
});

test("on the way forward values are known up to a layer, parameters' always", () => {
  const forward = step(9, 9, 1, "forward");
  assert.equal(known(grid("1"), forward).value, true);
  assert.equal(known(grid("2"), forward).value, false);
  assert.equal(known(grid("2.weight"), forward).value, true);
  assert.equal(known(grid("1"), forward).gradient, false);
});

test("winners are known once the layer that chooses them is computed", () => {
  assert.equal(known(grid("1"), step(9, 9, 1, "forward")).won, false);
  assert.equal(known(grid("1"), step(9, 9, 2, "forward")).won, true);
});

test("given upstream gradients are known from the start, a loss only after the forward pass", () => {
  assert.equal(known(grid("head", "given"), step(9, 9, -1, "input")).value, true);
  assert.equal(known(grid("head", "loss 2"), step(9, 9, -1, "input")).value, false);
  assert.equal(known(grid("head", "loss 2"), step(9, 9, 8, "start")).gradient, true);
});

test("an index counts cells in C order", () => {
  assert.equal(flat({ shape: [2, 3, 4] }, "1,2,3"), 23);
  assert.equal(flat({ shape: [2, 3, 4] }, "0,1,0"), 4);
  assert.equal(flat({ shape: [5] }, "3"), 3);
});

test("a network is large where channels have thumbnails", () => {
  assert.equal(isLarge({ grids: [grid("-1"), grid("0")] }), false);
  assert.equal(isLarge({ grids: [grid("-1"), { ...grid("0"), levels: ["", ""] }] }), true);
});

test("a window has switched where it pays another cell than before", () => {
  const routed = (...factors) => ({
    steps: [{ phase: "route", layer: 2 }],
    moves: {
      2: {
        source: "2",
        target: "1",
        sources: [0, 0, 1, 1],
        targets: [0, 1, 2, 3],
        factors,
        products: factors,
      },
    },
  });
  const before = routed(1, 0, 0, 1);
  assert.deepEqual(switched(before, before), []);
  assert.deepEqual(switched(routed(0, 1, 0, 1), before), [
    { window: { key: "2", at: 0 }, winners: [{ key: "1", at: 1 }], losers: [{ key: "1", at: 0 }] },
  ]);
  assert.equal(switched(routed(0, 1, 1, 0), before).length, 2);
});

test("what travels to a cell can be played if it is part of the picture", () => {
  assert.ok(canPlay(picture, { key: "-1", at: 1 }));
  assert.ok(!canPlay(picture, { key: "-1", at: 2 }));
  assert.ok(!canPlay(picture, { key: "0", at: 0 }));
  assert.ok(canPlay(picture, { key: "head", at: 0 }));
});

test("a pool and an activation have the channels of the layer before them that makes some", () => {
  const picture = { open: { "-1": 0, 0: 2, 3: 1, 10: 0 } };
  const layers = [-1, 0, 1, 2, 3, 5, 9, 10, 11];
  assert.deepEqual(
    layers.map((layer) => channelsOf(picture, layer)),
    [-1, 0, 0, 0, 3, 3, 3, 10, 10],
  );
});
