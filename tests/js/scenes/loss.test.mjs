import assert from "node:assert/strict";
import test from "node:test";
import { moment } from "../../../static/js/stage/motion.js";
import { pairOf } from "../../../static/js/stage/pair.js";
import { compose } from "../../../static/js/stage/scenes.js";
import { widthOf } from "../../../static/js/stage/shapes.js";
import { grid, OPTIONS, SIZES } from "./pairs.mjs";

/** Scores that softmax makes probabilities of: the first class is the right one. */
function scored(
  count,
  { phase = "arrive", isQuestion = false, isShare = true, noun = "class" } = {},
) {
  const share = Array.from({ length: count }, (_, i) => (i + 1) / ((count * (count + 1)) / 2));
  const target = share.map((_, i) => (i === 0 ? 1 : 0));
  const gradient = share.map((p, i) => p - target[i]);
  const compared = {
    names: share.map((_, i) => `${noun} ${i}`),
    ...{ prediction: share, target, factor: 1, is_share: isShare },
    titles: ["Probability p", "Target y", "p − y, the gradient"],
  };
  const grids = [
    grid("0", "Fully connected", [count], share.map(Math.log), gradient),
    grid("head", "Probabilities", [count], share, gradient, { note: "loss 1.5", compared }),
  ];
  const shown = { phase, layer: null, pair: { kind: "loss", source: "head", target: "0" } };
  const from = phase === "arrive" ? 0 : 1;
  const step = { phase, values_to: 0, gradients_from: from, parameters_from: 1 };
  const picture = { grids, moves: {}, loss: 1.5 };
  const hides = isQuestion ? ({ key }) => key === "0" : null;
  const subject = { key: "0", at: 0 };
  return pairOf({ picture, before: null, step, shown, pinned: null, subject, hides, guess: "" });
}

const boxOf = ({ text, size, weight, anchor, x, y }) => {
  const w = widthOf(text, size, weight);
  const left = anchor === "end" ? x - w : anchor === "middle" ? x - w / 2 : x;
  return { x: left, y: y - size * 0.72, w, h: size * 0.72 };
};
const meet = (a, b) =>
  a.x + 1 < b.x + b.w && b.x + 1 < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;

for (const [scale, box] of Object.entries(SIZES))
  for (const count of [1, 3, 10]) {
    const options = { ...OPTIONS, scale };

    test(`on a ${scale} page, ${count} outputs have a row each, with their cells and one label`, () => {
      const { cells, shapes, terms } = compose(scored(count), box, options);
      for (const key of ["0", "head"])
        assert.deepEqual(
          cells.filter((each) => each.key === key).map(({ at }) => at),
          Array.from({ length: count }, (_, i) => i),
        );
      for (const { x, y, w, h } of cells) {
        assert.ok(x >= 0 && x + w <= box.w && y >= 0 && y + h <= box.h);
        assert.ok(w > 24 && h > 15);
      }
      const labels = moment(shapes).filter(({ kind, term }) => kind === "text" && term);
      assert.deepEqual(
        labels.map(({ term }) => term),
        terms.map(({ upstream, factor, product }) => [upstream, factor, product]),
      );
    });

    test(`on a ${scale} page, no text of ${count} outputs covers another or leaves the room`, () => {
      for (const pair of [
        scored(count),
        scored(count, { isShare: false }),
        scored(count, { isShare: false, noun: "neuron" }),
        scored(count, { noun: "the neuron of class" }),
      ]) {
        const { shapes } = compose(pair, box, options);
        const texts = moment(shapes).filter(({ kind }) => kind === "text");
        texts.forEach((a, i) => {
          const own = boxOf(a);
          assert.ok(own.x >= -1 && own.x + own.w <= box.w + 1, a.text);
          for (const b of texts.slice(i + 1))
            assert.ok(!meet(own, boxOf(b)), `${a.text} on ${b.text}`);
        });
      }
    });
  }

test("forwards comes first, and the difference travels back once it stands there", () => {
  const { duration, shapes, terms } = compose(scored(3), SIZES.wide, OPTIONS);
  const at = (ms, part) => moment(shapes, ms).filter((each) => each.part === part);
  assert.equal(at(0, "share").length, 0);
  assert.equal(at(400, "share").length, 3);
  assert.equal(at(400, "difference").length, 0);
  assert.ok(at(1000, "difference").length);
  assert.ok(at(1000, "trunk").every(({ stroke }) => stroke === "wire"));
  assert.ok(at(duration, "trunk").some(({ stroke }) => stroke === "negative"));
  assert.ok(terms[0].lands > 1000 && terms[0].lands <= duration);
});

test("while an output's gradient is asked for, its difference is not told", () => {
  const pair = scored(3, { isQuestion: true });
  const { ask, shapes } = compose(pair, SIZES.wide, OPTIONS);
  assert.ok(ask);
  assert.equal(moment(shapes).filter(({ part }) => part === "difference").length, 0);
  assert.ok(!moment(shapes).some(({ text }) => text?.includes("−0.8333")));
});
