// The whole network once the pass is done: the way of the explained cell's gradient.

import assert from "node:assert/strict";
import test from "node:test";
import { pairOf } from "../../../static/js/stage/pair.js";
import { compose } from "../../../static/js/stage/scenes.js";
import { wayOf } from "../../../static/js/stage/way.js";
import { grid, OPTIONS, SIZES } from "./pairs.mjs";

/** Two cells pooled from four, of which a neuron reads the first alone; two inputs make each of the four. */
function picture() {
  const list = (source, target, some) => ({
    ...{ source, target, running: some.map(([, , product]) => product) },
    sources: some.map(([from]) => from),
    targets: some.map(([, to]) => to),
    upstream: some.map(([, , product]) => product),
    factors: some.map(([, , product]) => Number(product !== 0)),
    products: some.map(([, , product]) => product),
  });
  const pairs = { 2: ["fully_connected", "1"], 1: ["max_pool", "0"], 0: ["convolution", "-1"] };
  return {
    loss: null,
    grids: [
      grid("-1", "Input", [1, 1, 5], [1, 2, 3, 4, 5], [0, 4, 4, 0, 0]),
      grid("0", "Convolution", [1, 1, 4], [1, 2, 4, 3], [0, 4, 0, 0]),
      grid("1", "Max pool", [1, 1, 2], [2, 4], [4, 0]),
      grid("2", "Fully connected", [2], [8, 0], [4, 0]),
      grid("head", "Upstream gradients", [2], [4, 0], [4, 0], { note: "given" }),
    ],
    moves: {
      2: list("2", "1", [[0, 0, 4], [1, 0, 0], [0, 1, 0], [1, 1, 0]]),
      1: list("1", "0", [[0, 0, 0], [0, 1, 4], [1, 2, 0], [1, 3, 0]]),
      0: list("0", "-1", [[0, 0, 0], [0, 1, 0], [1, 1, 4], [1, 2, 4], [2, 2, 0], [2, 3, 0]]),
    },
    steps: Object.entries(pairs).map(([source, [kind, target]]) => ({ pair: { kind, source, target } })),
  }; // biome-ignore format: lists
}

const shown = (subject) => {
  const step = { phase: "done", layer: null, gradients_from: -1, parameters_from: 0, values_to: 2 };
  return pairOf({
    ...{ picture: picture(), before: null, step, shown: { ...step, pair: null }, pinned: subject },
    ...{ subject, hides: null, guess: "" },
  });
};

test("the way of a gradient is all that it came from and all that it goes to", () => {
  const { before, own, after } = wayOf(picture(), { key: "1", at: 0 });
  assert.deepEqual(
    before.map(({ key, cells }) => [key, cells]),
    [["2", [0]]],
  );
  assert.deepEqual([own.did, own.n, own.stopped], ["added", 2, 1]);
  assert.deepEqual(
    after.map(({ key, cells, did, stopped }) => [key, cells, did, stopped]),
    [
      ["0", [1], "routed", 1],
      ["-1", [1, 2], "spread", 0],
    ],
  );
});

test("a gradient of 0 stops where it stands", () => {
  const { own, after } = wayOf(picture(), { key: "0", at: 0 });
  assert.equal(own.did, "stopped");
  assert.deepEqual(
    after.map(({ cells, did }) => [cells, did]),
    [[[], "stopped"]],
  );
});

for (const [scale, box] of Object.entries(SIZES))
  test(`on a ${scale} page, the whole network has the way framed, and a word for each layer on it`, () => {
    const words = new Proxy({}, { get: (_, name) => String(name).replace("did_", "") });
    const options = { ...OPTIONS, scale, words };
    const { cells, shapes } = compose(shown({ key: "1", at: 0 }), box, options);
    const said = shapes.filter(({ part }) => part === "way").map(({ text }) => text);
    assert.deepEqual(said, ["3 · spread", "2 · routed", "1 · added", "came"]);
    const frames = shapes.filter(({ part }) => part === "lit");
    const framed = cells.filter(({ x, y, w, h }) =>
      frames.some(
        (each) =>
          each.x < x && each.y < y && x + w < each.x + each.wide && y + h < each.y + each.high,
      ),
    );
    assert.deepEqual(
      framed.map(({ key, at }) => [key, at]),
      [
        ["-1", 1],
        ["-1", 2],
        ["0", 1],
        ["2", 0],
      ],
    );
  });
