import assert from "node:assert/strict";
import test from "node:test";
import { around, boxOf, padding, windowOf, windowsOver } from "../../static/js/stage/windows.js";

// Windows of 2 × 2, one apart, with one cell of padding, over 2 × 3.
const windows = {
  of: "-1",
  starts: [
    [-1, 0, 1],
    [-1, 0, 1, 2],
  ],
  taps: [
    [0, 1],
    [0, 1],
  ],
  own_channel: true,
};
const spots = (...pairs) => pairs.map(([row, column]) => ({ row, column }));

test("a window lies over padding too", () => {
  assert.deepEqual(
    windowOf(windows, { row: 0, column: 0 }),
    spots([-1, -1], [-1, 0], [0, -1], [0, 0]),
  );
});

test("a dilated window leaves gaps", () => {
  const dilated = { ...windows, taps: [[0, 2], [0]] };
  assert.deepEqual(windowOf(dilated, { row: 1, column: 1 }), spots([0, 0], [2, 0]));
});

test("every window over a cell reads it, and no other window does", () => {
  const cell = { row: 1, column: 2 };
  const over = windowsOver(windows, cell);
  assert.equal(over.length, 4);
  const all = windows.starts[0].flatMap((_, row) =>
    windows.starts[1].map((_, column) => windowOf(windows, { row, column })),
  );
  const reads = (window) => window.some(({ row, column }) => row === 1 && column === 2);
  assert.deepEqual(over, all.filter(reads));
});

test("padding surrounds the map and is never part of it", () => {
  const ring = padding({ top: 1, left: 1, bottom: 0, right: 2, text: "0" }, 2, 3);
  assert.equal(ring.length, 3 * 6 - 2 * 3);
  assert.ok(ring.every(({ row, column }) => row < 0 || column < 0 || column > 2));
});

test("a place of a map has its box, also outside of the table", () => {
  const table = { x: 10, y: 20, width: 30, height: 20 };
  assert.deepEqual(boxOf(table, 2, 3, { row: -1, column: 3 }), {
    x: 40,
    y: 10,
    width: 10,
    height: 10,
  });
});

test("the box around several holds them all and nothing more", () => {
  const boxes = [
    { x: 0, y: 5, width: 2, height: 2 },
    { x: 4, y: 0, width: 2, height: 2 },
  ];
  assert.deepEqual(around(boxes), { x: 0, y: 0, width: 6, height: 7 });
});
