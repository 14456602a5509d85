import assert from "node:assert/strict";
import test from "node:test";
import { described, filled, isBlock } from "../../../static/js/editing/blocks.js";

test("several numbers are a block, one number is none", () => {
  for (const text of ["1 2", "1\n2", "1\t2", "[[1, 2]]", "0,5 1,5", "1;2"])
    assert.ok(isBlock(text));
  for (const text of ["", "7", " -2.5\n", "1/3", "½"]) assert.ok(!isBlock(text));
});

test("a grid is filled in its shape, and no two of its rows are the same array", () => {
  const grid = filled([1, 2, 3], 0.5);
  assert.deepEqual(grid, [
    [
      [0.5, 0.5, 0.5],
      [0.5, 0.5, 0.5],
    ],
  ]);
  assert.notEqual(grid[0][0], grid[0][1]);
});

test("a block that can be read in several ways says how it was read", () => {
  const words = { block_read: "{sentence} Read with {how}." };
  const block = { array: [1], shape: [1], fits: true, sentence: "One number.", how: "" };
  assert.equal(described(block, words), "One number.");
  assert.equal(described({ ...block, how: "commas" }, words), "One number. Read with commas.");
});
