import assert from "node:assert/strict";
import test from "node:test";
import { opened } from "../../../static/js/editing/exchange.js";

const grid = (key, shape, title = key) => ({ key, shape, title });
const picture = (grids, steps) => ({ grids, steps: Array(steps), forward: Array(3) });
const parts = { pinned: { key: "-1", index: "1,0" } };
const before = picture([grid("-1", [2, 2]), grid("0", [2, 2], "ReLU")], 4);

test("another network stands at its end, with nothing asked and nothing moving", () => {
  const state = { picture: before, pinned: null, wholePass: false };
  const now = opened(state, picture([grid("-1", [2, 2])], 7), parts);
  assert.equal(now.step, 6);
  assert.deepEqual(
    [now.question, now.view, now.progress, now.before],
    [null, null, undefined, null],
  );
});

test("where the forward pass is played too, the end lies behind both passes", () => {
  const state = { picture: before, pinned: null, wholePass: true };
  assert.equal(opened(state, picture([grid("-1", [2, 2])], 7), parts).step, 9);
});

test("the pinned cell stays pinned where its array is still the same", () => {
  const state = { picture: before, pinned: { key: "0", at: 3 }, wholePass: false };
  const same = picture([grid("-1", [2, 2]), grid("0", [2, 2], "ReLU")], 4);
  assert.deepEqual(opened(state, same, parts).pinned, { key: "0", at: 3 });
});

test("else the cell that the new network opens at is pinned", () => {
  const state = { picture: before, pinned: { key: "0", at: 3 }, wholePass: false };
  for (const other of [grid("0", [1, 1], "ReLU"), grid("0", [2, 2], "Tanh"), grid("1", [2, 2])]) {
    const now = opened(state, picture([grid("-1", [2, 2]), other], 4), parts);
    assert.deepEqual(now.pinned, { key: "-1", at: 2 });
  }
});
