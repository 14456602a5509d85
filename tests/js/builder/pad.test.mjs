import assert from "node:assert/strict";
import test from "node:test";
import { inkFor, moved, within } from "../../../static/js/builder/pad.js";

const INPUT = [
  [
    [0, 1],
    [2, 3],
    [4, 5],
  ],
];

test("arrow keys move over the pad and stop at its edges", () => {
  const dot = { channel: 0, row: 0, column: 0 };
  assert.deepEqual(moved(dot, "ArrowDown", INPUT), { channel: 0, row: 1, column: 0 });
  assert.deepEqual(moved(dot, "ArrowUp", INPUT), dot);
  assert.deepEqual(moved({ ...dot, column: 1 }, "ArrowRight", INPUT), { ...dot, column: 1 });
  assert.equal(moved(dot, "x", INPUT), null);
});

test("a place that the input no longer has becomes the nearest that it has", () => {
  assert.deepEqual(within({ channel: 3, row: 9, column: -1 }, INPUT), {
    channel: 0,
    row: 2,
    column: 0,
  });
});

test("a stroke draws the pen's number, and takes it away where it is there already", () => {
  assert.equal(inkFor(0, "1"), 1);
  assert.equal(inkFor(1, "1"), 0);
  assert.equal(inkFor(2, "0,5"), 0.5);
  assert.ok(Number.isNaN(inkFor(0, "ink")));
});
