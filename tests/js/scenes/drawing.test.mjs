import assert from "node:assert/strict";
import test from "node:test";
import { fieldsOf } from "../../../static/js/stage/fields.js";
import { planesOfAll } from "../../../static/js/stage/heat.js";
import { moment } from "../../../static/js/stage/motion.js";
import { pairOf } from "../../../static/js/stage/pair.js";
import { compose } from "../../../static/js/stage/scenes.js";
import { grid, OPTIONS, SIZES } from "./pairs.mjs";

const wave = (count) => Array.from({ length: count }, (_, i) => ((i * 7) % 11) - 5);
const packed = (numbers) => btoa(String.fromCharCode(...numbers.map((x) => (x + 256) % 256)));

/** Four channels of 10 × 10, pooled to 5 × 5, read by 110 neurons and three outputs. */
function picture() {
  const levels = [packed(wave(400)), packed(wave(400).map((x) => -x))];
  const small = [packed(wave(100)), packed(wave(100))];
  const slides = (count, by, taps) => [Array.from({ length: count }, (_, i) => i * by), taps];
  const over = (of, count, by, taps) => {
    const [starts, reads] = slides(count, by, taps);
    return { of, starts: [starts, starts], taps: [reads, reads], own_channel: false };
  };
  const map = (key, side, more) =>
    grid(key, `Map ${key}`, [1, side, side], wave(side * side), wave(side * side), more);
  const grids = [
    map("-1", 12),
    map("0", 10, { levels, planes: 4, drawn: [10, 10], windows: over("-1", 10, 1, [0, 1, 2]) }),
    map("1", 5, { levels: small, planes: 4, drawn: [5, 5], windows: over("0", 5, 2, [0, 1]) }),
    grid("2", "Fully connected 1", [110], wave(110), wave(110), { columns: 11 }),
    grid("3", "Fully connected 2", [3], wave(3), wave(3)),
    grid("head", "Upstream gradients", [3], wave(3), wave(3), { note: "given" }),
  ];
  const products = wave(110);
  const all = products.map((_, i) => i);
  const moves = { source: "2", target: "1", sources: all, targets: all.map(() => 6), upstream: products, factors: all.map(() => 1), products, running: products }; // biome-ignore format: a list
  return { grids, moves: { 2: moves }, steps: [], loss: null };
}

function done(subject = { key: "1", at: 6 }) {
  const step = { phase: "done", values_to: 3, gradients_from: -1, parameters_from: 0, pair: null };
  return pairOf({ picture: picture(), before: null, step, shown: step, pinned: subject, subject, hides: null, guess: "" }); // biome-ignore format: a list
}

for (const [scale, box] of Object.entries(SIZES))
  test(`on a ${scale} page, all maps, bars and outputs of a large network lie apart and in the room`, () => {
    const { cells } = compose(done(), box, { ...OPTIONS, scale });
    const around = new Map();
    for (const { key, x, y, w, h } of cells) {
      const { left = 1e9, top = 1e9, right = 0, bottom = 0 } = around.get(key) ?? {};
      around.set(key, {
        left: Math.min(left, x),
        top: Math.min(top, y),
        right: Math.max(right, x + w),
        bottom: Math.max(bottom, y + h),
      });
    }
    assert.deepEqual([...around.keys()].toSorted(), ["-1", "0", "1", "2", "3", "head"]);
    const boxes = [...around.values()];
    boxes.forEach((a, i) => {
      assert.ok(a.left >= 0 && a.top >= 0 && a.right <= box.w && a.bottom <= box.h);
      for (const b of boxes.slice(i + 1))
        assert.ok(
          a.right <= b.left + 0.1 || b.right <= a.left + 0.1 ||
            a.bottom <= b.top + 0.1 || b.bottom <= a.top + 0.1,
        ); // biome-ignore format: four sides
    });
  });

test("each neuron that sends something to the pinned cell has a strand of its sign to it", () => {
  const { shapes } = compose(done(), SIZES.wide, OPTIONS);
  const strands = moment(shapes).filter(({ part }) => part === "strand");
  const sent = wave(110).filter((x) => x !== 0);
  assert.equal(strands.length, sent.length);
  assert.deepEqual(new Set(strands.map(({ stroke }) => stroke)), new Set(["positive", "negative"]));
});

test("the receptive field is what windows read, layer by layer back to the input", () => {
  const { grids } = picture();
  const fields = fieldsOf(grids, { key: "1", at: 6 });
  assert.deepEqual(Object.fromEntries(fields), {
    1: [1, 1, 2, 2],
    0: [2, 2, 4, 4],
    "-1": [2, 2, 6, 6],
  });
  assert.equal(fieldsOf(grids, { key: "2", at: 0 }).size, 0);
});

test("the planes of an array of which one is drawn are unpacked, values as sizes", () => {
  const [, map] = picture().grids;
  const [values, gradients] = [false, true].map((isGradient) => planesOfAll(map, isGradient));
  assert.deepEqual([values.length, values[0].length], [4, 100]);
  assert.deepEqual(
    values.flat(),
    wave(400).map((x) => Math.abs(x) / 127),
  );
  assert.deepEqual(
    gradients.flat().map((x) => x * 127 + 0),
    wave(400).map((x) => -x + 0),
  );
});
