import assert from "node:assert/strict";
import test from "node:test";
import { moment } from "../../../static/js/stage/motion.js";
import { pairOf } from "../../../static/js/stage/pair.js";
import { compose } from "../../../static/js/stage/scenes.js";
import { grid, OPTIONS, SIZES } from "./pairs.mjs";

const all = (count, of) => Array.from({ length: count }, (_, i) => of(i));
const [MEAN, DEVIATION, SCALE, SHIFT] = [[1, 2], [2, 4], [3, -1], [0.5, 1]]; // biome-ignore format: rows

/** Two channels of a map, and their batch normalization. */
function picture(side) {
  const [size, shape] = [side * side, [2, side, side]];
  const of = (i) => Math.floor(i / size);
  const inputs = all(2 * size, (i) => i % 5);
  const between = [
    inputs.map((x, i) => x - MEAN[of(i)]),
    inputs.map((x, i) => (x - MEAN[of(i)]) / DEVIATION[of(i)]),
    inputs.map((x, i) => ((x - MEAN[of(i)]) / DEVIATION[of(i)]) * SCALE[of(i)]),
  ];
  const upstream = inputs.map((_, i) => (i % 3) + 1);
  const slope = SCALE.map((scale, i) => scale / DEVIATION[i]);
  const factors = inputs.map((_, i) => slope[of(i)]);
  const products = upstream.map((gradient, i) => gradient * factors[i]);
  const cells = inputs.map((_, i) => i);
  return {
    ...{ loss: null, open: {} },
    moves: {
      1: {
        ...{ source: "1", target: "0", sources: cells, targets: cells },
        ...{ upstream, factors, products, running: products },
      },
    },
    grids: [
      grid("0", "Convolution", shape, inputs, products),
      grid("1.weight", "Scales", [2], SCALE, [1, 2]),
      grid("1.bias", "Bias", [2], SHIFT, [1, 2]),
      grid(
        "1",
        "Batch norm",
        shape,
        between[2].map((x, i) => x + SHIFT[of(i)]),
        upstream,
        { normalized: { mean: MEAN, deviation: DEVIATION, slope, between } },
      ),
    ],
  };
}

const scene = { source: "1", target: "0", weight: "1.weight", bias: "1.bias" };

function pass(side, at, known = {}) {
  const step = { phase: "pass", values_to: 1, gradients_from: 0, parameters_from: 2, ...known };
  const shown = { phase: step.phase, layer: 1, pair: { kind: "normalization", ...scene } };
  const subject = { key: "0", at };
  const told = { before: null, step, shown, pinned: null, subject, hides: null, guess: "" };
  return pairOf({ picture: picture(side), ...told });
}

const texts = (shapes) => shapes.filter(({ kind }) => kind === "text").map((each) => each.text);

for (const scale of Object.keys(SIZES))
  for (const side of [3, 4])
    test(`on a ${scale} page, cells, operations and numbers of two ${side} × ${side} channels lie apart`, () => {
      const box = SIZES[scale];
      for (const at of [0, side + 1, 2 * side * side - 1]) {
        const { cells, shapes } = compose(pass(side, at), box, { ...OPTIONS, scale });
        assert.equal(cells.filter(({ key }) => !key.includes(".")).length, 4 * side * side);
        for (const { x, y, w, h } of cells) {
          assert.ok(x >= box.x && x + w <= box.x + box.w, `${x} ${w}`);
          assert.ok(y >= box.y && y + h <= box.y + box.h + 0.5, `${y} ${h}`);
        }
        const tags = shapes.filter(({ part }) => part === "tag" || part === "chip");
        for (const { x, y, wide, high } of tags)
          for (const each of cells)
            assert.ok(
              x + wide <= each.x || each.x + each.w <= x || y + high <= each.y || each.y + each.h <= y,
              `${scale}: ${each.key}`,
            ); // biome-ignore format: four sides
      }
    });

test("the operations of the cell's own channel are written, with what each of them makes", () => {
  const said = texts(moment(compose(pass(3, 9 + 4), SIZES.wide, OPTIONS).shapes));
  // (3 − 2) ÷ 4 × (−1) + 1
  for (const each of ["= 1", "= 0.25", "= −0.25", "= 0.75", "÷ 4", "× (−1)"])
    assert.ok(said.includes(each), each);
});

test("its product is written once, with its three numbers, and the shift is no part of it", () => {
  const { shapes, terms } = compose(pass(3, 1), SIZES.wide, OPTIONS);
  const written = moment(shapes).filter(({ term, kind }) => term && kind === "text");
  assert.deepEqual(
    written.map(({ term }) => term),
    [[2, 1.5, 3]],
  );
  assert.equal(terms.length, 1);
  assert.equal(moment(shapes).filter(({ part }) => part === "tag").length, 2);
});

test("nothing has come back before the output's gradient is there", () => {
  for (const known of [{ gradients_from: 2 }, { phase: "forward", gradients_from: 2 }]) {
    const { shapes, duration } = compose(pass(3, 1, known), SIZES.wide, OPTIONS);
    assert.equal(duration, 0);
    assert.ok(!shapes.some(({ part }) => part === "chip"));
  }
});
