import assert from "node:assert/strict";
import test from "node:test";
import { dragged, gridOf, headerOf, partOf } from "../../../static/js/builder/pixels.js";

const bytesOf = (/** @type {any[]} */ ...parts) =>
  Uint8Array.from(
    parts.flatMap((part) => (typeof part === "string" ? [...Buffer.from(part, "latin1")] : part)),
  );
const PNG = bytesOf(
  [0x89],
  "PNG\r\n\x1a\n",
  [0, 0, 0, 13],
  "IHDR",
  [0, 0, 1, 44, 0, 0, 0, 200, 8, 2, 0, 0, 0],
);
const SEGMENT = [0xff, 0xe0, 0, 6, 0xff, 0xc0, 1, 2];
const FRAME = [0xff, 0xc2, 0, 11, 8, 0, 200, 1, 44, 1, 1, 0x11, 0];
const JPEG = bytesOf([0xff, 0xd8], SEGMENT, [0xff, 0xff, 0xff, 0xc4, 0, 2], FRAME);

test("the first bytes of a PNG and of a JPEG say its kind and size", () => {
  assert.deepEqual(headerOf(PNG), { type: "image/png", width: 300, height: 200 });
  assert.deepEqual(headerOf(JPEG), { type: "image/jpeg", width: 300, height: 200 });
});

test("what is neither PNG nor JPEG has no header, whatever it is called", () => {
  for (const text of ["", "GIF89a", "<svg xmlns='http://www.w3.org/2000/svg'/>", "RIFF....WEBP"])
    assert.equal(headerOf(bytesOf(text)), null);
  assert.equal(headerOf(bytesOf([0xff, 0xd8], SEGMENT, [0xff, 0xda, 0, 8])), null);
});

test("a picture that ends before its size, at any byte, has no header", () => {
  const ends = { png: [PNG, 24], jpeg: [JPEG, JPEG.length - 4] };
  for (const [bytes, needed] of Object.values(ends))
    for (let length = 0; length < needed; length += 1)
      assert.equal(headerOf(bytes.subarray(0, length)), null);
});

test("a picture without rows or columns has no header", () => {
  for (const at of [18, 22]) {
    const none = PNG.slice();
    none.fill(0, at, at + 2);
    assert.equal(headerOf(none), null);
  }
});

test("the largest frame has the grid's proportions, and touches two edges of the picture", () => {
  const picture = { width: 300, height: 200 };
  const frame = { across: 0.5, down: 0.5, size: 1 };
  assert.deepEqual(partOf(picture, { rows: 4, columns: 4 }, frame), {
    left: 50,
    top: 0,
    width: 200,
    height: 200,
  });
  assert.deepEqual(partOf(picture, { rows: 1, columns: 3 }, { ...frame, down: 1 }), {
    left: 0,
    top: 100,
    width: 300,
    height: 100,
  });
});

test("a frame is dragged by pixels of the picture, and stops at its edges", () => {
  const picture = { width: 300, height: 200 };
  const grid = { rows: 2, columns: 2 };
  const frame = { across: 0, down: 0, size: 0.5 };
  const once = dragged(picture, grid, frame, [30, 20]);
  const { left, top } = partOf(picture, grid, once);
  assert.ok(Math.abs(left - 30) < 1e-9 && Math.abs(top - 20) < 1e-9);
  assert.deepEqual(dragged(picture, grid, frame, [999, -5]), { ...frame, across: 1 });
  const whole = { across: 0.5, down: 0.5, size: 1 };
  assert.equal(dragged(picture, grid, whole, [0, 10]).down, 0.5);
});

/** Four pixels in two rows: red, green; blue, white. */
const PIXELS = {
  width: 2,
  height: 2,
  data: [255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255, 255, 255, 255, 255],
};
const WHOLE = { left: 0, top: 0, width: 2, height: 2 };

test("three channels are red, green and blue; one is their luma", () => {
  assert.deepEqual(gridOf(PIXELS, WHOLE, [3, 2, 2], false), [
    [
      [1, 0],
      [0, 1],
    ],
    [
      [0, 1],
      [0, 1],
    ],
    [
      [0, 0],
      [1, 1],
    ],
  ]);
  assert.deepEqual(gridOf(PIXELS, WHOLE, [1, 2, 2], false), [
    [
      [0.299, 0.587],
      [0.114, 1],
    ],
  ]);
  assert.deepEqual(gridOf(PIXELS, WHOLE, [1, 2, 2], true), [
    [
      [0.701, 0.413],
      [0.886, 0],
    ],
  ]);
});

test("a cell is the mean of the pixels it covers, each by the share that it covers", () => {
  assert.deepEqual(gridOf(PIXELS, WHOLE, [3, 1, 1], false), [[[0.5]], [[0.5]], [[0.5]]]);
  // Half of the left column, and a quarter of it from the right one.
  const part = { left: 0.5, top: 0, width: 0.75, height: 1 };
  assert.deepEqual(gridOf(PIXELS, part, [3, 1, 1], false), [[[0.667]], [[0.333]], [[0]]]);
});

test("a cell that is smaller than a pixel has that pixel's number", () => {
  const rows = gridOf(PIXELS, WHOLE, [3, 4, 4], false)[0];
  assert.deepEqual(rows, [
    [1, 1, 0, 0],
    [1, 1, 0, 0],
    [0, 0, 1, 1],
    [0, 0, 1, 1],
  ]);
});
