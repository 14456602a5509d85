import assert from "node:assert/strict";
import test from "node:test";
import { Journey } from "../../static/js/stage/journey.js";

// Two products to cell 0, three to cell 4; the head pays the outputs.
const moves = {
  source: "1",
  target: "0",
  sources: [0, 1, 0, 1, 2],
  targets: [0, 0, 4, 4, 4],
  upstream: [1, 2, 1, 2, 0],
  factors: [1, 1, 3, 0, 5],
  products: [1, 2, 3, 0, 0],
};
const picture = {
  moves: { 1: moves },
  grids: [
    { key: "0", first: 10, value: [0, 0, 0, 0, 0, 0] },
    { key: "1", first: 0, value: [0, 0, 0], gradient: [7, 8, 9] },
    { key: "head", gradient: [7, 8, 9] },
  ],
};
const journey = (phase, layer = 1, byCell = false) =>
  new Journey(picture, { phase, layer }, byCell);

test("all products of a step move at once, and every sum has all of its own at the end", () => {
  const add = journey("add");
  for (const i of moves.targets.keys()) {
    assert.equal(add.along(i, 0), 0.5);
    assert.equal(add.along(i, 1), 1);
  }
  assert.equal(add.arrived(0, 1), 2);
  assert.equal(add.arrived(4, 1), 3);
  assert.equal(add.arrived(4, 0), 0);
});

test("products arrive one after the other", () => {
  const add = journey("add");
  const counts = Array.from({ length: 101 }, (_, k) => add.arrived(4, k / 100));
  assert.deepEqual([...new Set(counts)], [0, 1, 2, 3]);
});

test("multiplying takes them halfway, where adding goes on", () => {
  assert.equal(journey("multiply").along(0, 1), journey("add").along(0, 0));
});

test("by cell, the first cell's products are there before the second's set off", () => {
  const add = journey("add", 1, true);
  assert.equal(add.parts, 2);
  assert.equal(add.arrived(0, 0.5), 2);
  assert.equal(add.along(2, 0.5), 0.5);
  assert.equal(add.arrived(4, 1), 3);
  assert.deepEqual([add.turn(0), add.turn(0.5), add.turn(0.51), add.turn(1)], [0, 0, 1, 1]);
  assert.deepEqual(add.part(1), { key: "0", at: 4 });
});

test("on the way forward a part is a window, wherever its channel begins", () => {
  const forward = journey("forward", 0);
  assert.equal(forward.moves, null);
  assert.equal(forward.parts, 6);
  assert.deepEqual(forward.part(2), { key: "0", at: 12 });
});

test("a step in which nothing moves has one part", () => {
  assert.equal(journey("parameters").parts, 1);
  assert.equal(journey("done", null).parts, 1);
});

test("what arrives at the outputs is what the head says", () => {
  const arrive = journey("arrive", null);
  assert.deepEqual(arrive.moves.products, [7, 8, 9]);
  assert.equal(arrive.moves.target, "1");
});

test("labels stand at the pinned cell, else at the one the step tells of, if they fit", () => {
  const step = { phase: "add", layer: 1, example: { key: "0", at: 0 } };
  const add = new Journey(picture, step, false);
  assert.equal(add.labelled({ key: "0", at: 4 }, 0, 12), 4);
  assert.equal(add.labelled({ key: "0", at: 4 }, 0, 2), -1);
  assert.equal(add.labelled({ key: "9", at: 0 }, 0, 12), 0);
  assert.equal(add.labelled(null, 0, 1), -1);
  assert.equal(journey("add").labelled(null, 0, 12), -1);
});

test("by cell, labels stand at the cell whose turn it is, and its terms can be told", () => {
  const multiply = journey("multiply", 1, true);
  assert.equal(multiply.labelled({ key: "0", at: 0 }, 1, 12), 4);
  assert.deepEqual(
    multiply.terms(1).map(({ upstream, factor }) => upstream * factor),
    [3, 0, 0],
  );
  assert.deepEqual(journey("parameters").terms(0), []);
});

test("a product is labelled with what it is of, and then with how much it is", () => {
  assert.equal(journey("multiply").label(2), "1 × 3");
  assert.equal(journey("add").label(2), "3");
});
