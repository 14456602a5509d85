import assert from "node:assert/strict";
import test from "node:test";
import { moment } from "../../../static/js/stage/motion.js";
import { pairOf } from "../../../static/js/stage/pair.js";
import { compose } from "../../../static/js/stage/scenes.js";
import { widthOf } from "../../../static/js/stage/shapes.js";
import { grid, OPTIONS, SIZES } from "./pairs.mjs";

/** Four windows of two by two over a map of three by three, whose centre all of them send to. */
function overlapping({ kind = "max_pool", known = true } = {}) {
  const factor = kind === "max_pool" ? 1 : 0.25;
  const upstream = [1, -2, 3, 4];
  const moves = { source: "0", target: "-1" };
  for (const name of ["sources", "targets", "upstream", "factors", "products", "running"])
    moves[name] = [];
  let sum = 0;
  const gradient = Array.from({ length: 9 }, () => 0);
  for (let at = 0; at < 9; at += 1) {
    const [row, column] = [Math.floor(at / 3), at % 3];
    sum = 0;
    upstream.forEach((sent, window) => {
      const [top, left] = [Math.floor(window / 2), window % 2];
      if (row < top || row > top + 1 || column < left || column > left + 1) return;
      const takes = kind === "max_pool" && at !== 4 ? 0 : factor;
      sum += sent * takes;
      moves.sources.push(window);
      moves.targets.push(at);
      moves.upstream.push(sent);
      moves.factors.push(takes);
      moves.products.push(sent * takes);
      moves.running.push(sum);
    });
    gradient[at] = sum;
  }
  const windows = { of: "-1", starts: [[0, 1], [0, 1]], taps: [[0, 1], [0, 1]], own_channel: true }; // biome-ignore format: a list
  const grids = [
    grid("-1", "Input", [1, 3, 3], [1, 2, 3, 4, 9, 5, 6, 7, 8], gradient),
    grid("0", "Max pool", [1, 2, 2], [9, 9, 9, 9], upstream, { windows }),
  ];
  const shown = { phase: "route", layer: 0, pair: { kind, source: "0", target: "-1" } };
  const step = { phase: "route", values_to: 0, gradients_from: known ? -1 : 0, parameters_from: 1 };
  const subject = { key: "-1", at: 4 };
  const picture = { grids, moves: { 0: moves }, loss: null };
  return pairOf({
    picture,
    before: null,
    step,
    shown,
    pinned: null,
    subject,
    hides: null,
    guess: "",
  });
}

const boxOf = ({ text, size, weight, anchor, x, y }) => {
  const w = widthOf(text, size, weight);
  const left = anchor === "end" ? x - w : anchor === "middle" ? x - w / 2 : x;
  return { x: left, y: y - size * 0.72, w, h: size * 0.72 };
};
const meet = (a, b) =>
  a.x + 1 < b.x + b.w && b.x + 1 < a.x + a.w && a.y + 1 < b.y + b.h && b.y + 1 < a.y + a.h;

for (const [scale, box] of Object.entries(SIZES))
  for (const kind of ["max_pool", "avg_pool"]) {
    const options = { ...OPTIONS, scale };

    test(`on a ${scale} page, each window of an overlapping ${kind} is listed with what it sends`, () => {
      const { cells, shapes, terms } = compose(overlapping({ kind }), box, options);
      assert.equal(cells.filter(({ key }) => key === "-1").length, 9);
      assert.equal(cells.filter(({ key }) => key === "0").length, 4);
      for (const { x, y, w, h } of cells)
        assert.ok(x >= 0 && x + w <= box.w && y >= 0 && y + h <= box.h && w > 20 && h > 20);
      cells.forEach((a, i) => {
        for (const b of cells.slice(i + 1)) assert.ok(!meet(a, b));
      });
      const labels = moment(shapes).filter(({ kind, term }) => kind === "text" && term);
      assert.deepEqual(
        labels.map(({ term }) => term[2]),
        terms.map(({ product }) => product),
      );
    });

    test(`on a ${scale} page, no text of an overlapping ${kind} covers another or leaves the room`, () => {
      const { shapes } = compose(overlapping({ kind }), box, options);
      const texts = moment(shapes).filter(({ kind, text }) => kind === "text" && text);
      texts.forEach((a, i) => {
        const own = boxOf(a);
        assert.ok(own.x >= -1 && own.x + own.w <= box.w + 1 && own.y + own.h <= box.h, a.text);
        for (const b of texts.slice(i + 1))
          assert.ok(!meet(own, boxOf(b)), `${a.text} on ${b.text}`);
      });
    });
  }

test("the windows come one after the other, and the sum counts with them", () => {
  const { duration, shapes, terms } = compose(overlapping(), SIZES.wide, OPTIONS);
  const lands = terms.map((term) => term.lands);
  assert.deepEqual(
    lands,
    lands.toSorted((a, b) => a - b),
  );
  assert.equal(new Set(lands).size, 4);
  assert.ok(lands[3] < duration);
  const shown = (ms) => moment(shapes, ms).filter(({ part }) => part === "plate").length;
  assert.deepEqual([0, 400, 1200, duration].map(shown), [0, 2, 2, 0]);
  const says = (ms) =>
    moment(shapes, ms)
      .filter(({ part }) => part === "gradient")
      .map(({ text }) => text);
  assert.ok(says(lands[1] + 1).includes("−1"));
  assert.ok(says(duration).includes("6"));
});

test("nothing has travelled before the gradients of the map are known", () => {
  const { duration, shapes } = compose(overlapping({ known: false }), SIZES.wide, OPTIONS);
  assert.equal(duration, 0);
  assert.ok(moment(shapes).filter(({ part }) => part === "trunk").every(({ stroke, fill }) => (stroke ?? fill) === "wire"));
}); // biome-ignore format: one line
