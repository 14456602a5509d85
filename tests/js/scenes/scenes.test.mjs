import assert from "node:assert/strict";
import test from "node:test";
import { isFree } from "../../../static/js/stage/guess.js";
import { landed, moment } from "../../../static/js/stage/motion.js";
import { compose as generic } from "../../../static/js/stage/scenes/generic.js";
import { compose } from "../../../static/js/stage/scenes.js";
import { widthOf } from "../../../static/js/stage/shapes.js";
import { network, OPTIONS, pair, SIZES } from "./pairs.mjs";

const texts = (shapes) =>
  shapes.filter(({ kind }) => kind === "text" && true).map((each) => each.text);
const labels = (shapes) => shapes.filter(({ term, kind }) => term && kind === "text");

for (const scale of Object.keys(SIZES))
  for (const kind of ["fully_connected", "convolution", "max_pool", "activation"]) {
    test(`on a ${scale} page, every cell of a ${kind} pair has a place of its own in the room`, () => {
      const picture = network();
      const box = SIZES[scale];
      const options = { ...OPTIONS, scale };
      for (const phase of ["multiply", "add", "parameters"]) {
        const { cells } = compose(pair(picture, phase, { kind }), box, options);
        for (const key of ["0", "1"]) {
          const boxes = cells.filter((each) => each.key === key);
          const { length } = picture.grids.find((grid) => grid.key === key).value;
          if (phase === "parameters" && key === "0" && kind !== "fully_connected") continue;
          assert.deepEqual(new Set(boxes.map(({ at }) => at)).size, length, `${phase} ${key}`);
        }
        for (const { x, y, w, h } of cells) {
          assert.ok(w > 8 && h > 8);
          assert.ok(x >= box.x && x + w <= box.x + box.w + 0.5);
          assert.ok(y >= box.y && y + h <= box.y + box.h + 0.5, `${phase}: ${y + h}`);
        }
        for (const a of cells)
          for (const b of cells)
            if (a !== b)
              assert.ok(
                a.x + a.w <= b.x + 0.01 || b.x + b.w <= a.x + 0.01 ||
                  a.y + a.h <= b.y + 0.01 || b.y + b.h <= a.y + 0.01,
                `${phase}: ${JSON.stringify([a, b])}`,
              ); // biome-ignore format: four sides
      }
    });

    test(`on a ${scale} page, each term of a ${kind} pair is written once, with its three numbers`, () => {
      const options = { ...OPTIONS, scale };
      const composed = compose(pair(network(), "add", { kind }), SIZES[scale], options);
      const written = labels(moment(composed.shapes)).map(({ term }) => term);
      assert.deepEqual(written, [
        [1, -0.75, -0.75],
        [2, 0.25, 0.5],
        [3, -0.5, -1.5],
      ]);
      assert.deepEqual(
        composed.terms.map(({ product }) => product),
        [-0.75, 0.5, -1.5],
      );
    });
  }

test("while the question is open, nothing in the scene tells of the answer", () => {
  const composed = compose(pair(network(), "add", { isQuestion: true }), SIZES.wide, OPTIONS);
  const said = texts(moment(composed.shapes));
  assert.ok(said.includes("?"));
  assert.ok(!said.some((text) => text.includes("−1.75")));
  assert.deepEqual(labels(composed.shapes), []);
  assert.ok(composed.ask);
});

test("terms land one after the other, the sum counts, and the others follow once it is done", () => {
  const composed = compose(pair(network(), "add"), SIZES.wide, OPTIONS);
  const { duration, shapes, terms } = composed;
  assert.equal(landed(terms, 0), 0);
  assert.equal(landed(terms, terms[1].lands), 2);
  assert.equal(landed(terms), 3);
  assert.ok(terms[2].lands < duration);
  const said = (ms) => texts(moment(shapes, ms));
  assert.ok(said(terms[1].lands).includes("−0.25"));
  assert.ok(!said(terms[1].lands).includes("−1.75"));
  assert.ok(said(duration).includes("−1.75"));
});

test("a composition at its end is the one without motion", () => {
  const { duration, shapes } = compose(pair(network(), "add"), SIZES.wide, OPTIONS);
  const plain = (ms) => moment(shapes, ms).map(({ motion, ...shape }) => shape);
  assert.deepEqual(plain(duration), plain());
});

test("what stands still is the same object at every moment", () => {
  const { shapes } = compose(pair(network(), "add"), SIZES.wide, OPTIONS);
  const [early, late] = [moment(shapes, 10), moment(shapes, 500)].map((some) => new Set(some));
  assert.ok([...early].filter((shape) => late.has(shape)).length > shapes.length / 3);
});

test("of many neurons the largest terms have a row of their own, and the others one together", () => {
  const picture = network({ neurons: 20, columns: 4, rows: 4 });
  const composed = compose(pair(picture, "add"), SIZES.wide, OPTIONS);
  assert.equal(labels(moment(composed.shapes)).length, 6);
  const bundle = composed.shapes.find(({ part }) => part === "bundle");
  assert.match(bundle.text, /15/);
  assert.equal(composed.terms.length, 20);
});

test("a weight's product is that of its row's gradient and its column's value", () => {
  const subject = { key: "1.weight", at: 9 };
  const composed = compose(pair(network(), "parameters", { subject }), SIZES.wide, OPTIONS);
  assert.deepEqual(
    labels(moment(composed.shapes)).map(({ term }) => term),
    [[3, 2, 6]],
  );
});

test("the width of a text grows with its size, its letters and its weight", () => {
  assert.ok(widthOf("12", 20) > widthOf("1", 20));
  assert.ok(widthOf("1", 20) > widthOf("1", 10));
  assert.ok(widthOf("1", 20, 700) > widthOf("1", 20));
});

for (const scale of Object.keys(SIZES))
  for (const kind of ["fully_connected", "convolution", "max_pool", "avg_pool", "activation"])
    test(`on a ${scale} page, the field for a guess covers nothing of a ${kind} pair`, () => {
      const box = SIZES[scale];
      const told = pair(network(), "add", { kind, isQuestion: true });
      const composed = compose(told, box, { ...OPTIONS, scale });
      assert.ok(isFree(composed, box), JSON.stringify(composed.ask));
    });

test("slopes that learn have their terms beside them, and no gates", () => {
  const picture = network();
  const { sources, upstream } = picture.moves[1];
  const own = sources.flatMap((source, i) => (i % 3 ? [] : [source]));
  picture.moves["1.weight"] = {
    ...picture.moves[1],
    ...{ target: "1.weight", sources: own, targets: own.map(() => 0) },
    upstream: upstream.slice(0, own.length),
  };
  for (const scale of Object.keys(SIZES)) {
    const told = pair(picture, "parameters", {
      kind: "activation",
      subject: { key: "1.weight", at: 0 },
    });
    const { shapes, cells } = compose(told, SIZES[scale], { ...OPTIONS, scale });
    assert.equal(shapes.filter(({ part }) => part === "gate").length, 0);
    const chips = shapes.filter(({ part }) => part === "chip");
    assert.equal(chips.length, own.length);
    for (const { x, y, wide, high } of chips)
      for (const cell of cells)
        assert.ok(
          x + wide <= cell.x || cell.x + cell.w <= x || y + high <= cell.y || cell.y + cell.h <= y,
          `${scale}: ${cell.key}`,
        );
  }
});

test("on a phone, what is added stands above its sum, not under it", () => {
  const picture = network();
  picture.moves[1].products.splice(0, 3, 1, -3, 1.5);
  const { shapes } = compose(pair(picture, "add"), SIZES.phone, { ...OPTIONS, scale: "phone" });
  const sum = moment(shapes).find(({ part }) => part === "sum");
  const own = moment(shapes).find(({ part, x }) => part === "gradient" && x < sum.x);
  assert.match(sum.text, /=$/);
  assert.ok(sum.y < own.y);
});

test("the neurons that read have their numbers beside them, outside of every cell", () => {
  for (const scale of Object.keys(SIZES)) {
    const { x, w } = SIZES[scale];
    const { shapes, cells } = compose(pair(network(), "add"), SIZES[scale], { ...OPTIONS, scale });
    const numbers = shapes.filter(({ part }) => part === "index");
    assert.deepEqual(
      numbers.map((each) => each.text),
      ["0", "1", "2"],
    );
    const right = Math.max(...cells.map((each) => each.x + each.w));
    for (const each of numbers) assert.ok(each.x - 4 > right && each.x + 4 < x + w, scale);
  }
});

for (const scale of ["wide", "middle", "tall"])
  test(`on a ${scale} page, two small maps stand beside each other in the middle of the room`, () => {
    const box = SIZES[scale];
    const { cells } = generic(pair(network(), "add"), box, { ...OPTIONS, scale });
    const sides = (key) => {
      const boxes = cells.filter((each) => each.key === key);
      return [Math.min(...boxes.map(({ x }) => x)), Math.max(...boxes.map(({ x, w }) => x + w))];
    };
    const [[left, end], [begin, right]] = [sides("0"), sides("1")];
    assert.ok(begin - end < 360, `${end} to ${begin}`);
    assert.ok(Math.abs(left - box.x - (box.x + box.w - right)) < box.w * 0.2);
  });
