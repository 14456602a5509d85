import assert from "node:assert/strict";
import test from "node:test";
import { landing } from "../../../static/js/builder/dragging.js";
import { openAfter } from "../../../static/js/builder/structure.js";

const LAYERS = ["a", "b", "c", "d", "e"];

test("the open row is the same layer's wherever another one moves", () => {
  for (const at of LAYERS.keys())
    for (const to of LAYERS.keys()) {
      const after = LAYERS.filter((_, i) => i !== at);
      after.splice(to, 0, LAYERS[at]);
      for (const open of LAYERS.keys())
        assert.equal(after[openAfter(open, { do: "move", at, to })], LAYERS[open]);
    }
});

test("the open row is the same layer's after another one is removed, or none", () => {
  for (const at of LAYERS.keys()) {
    const after = LAYERS.filter((_, i) => i !== at);
    for (const open of LAYERS.keys()) {
      const now = openAfter(open, { do: "remove", at });
      assert.equal(now === null ? null : after[now], open === at ? null : LAYERS[open]);
    }
  }
});

test("a copy of the open layer is open, and the input and the head stay open", () => {
  assert.equal(openAfter(2, { do: "duplicate", at: 2 }), 3);
  assert.equal(openAfter(1, { do: "duplicate", at: 2 }), 1);
  assert.equal(openAfter(3, { do: "duplicate", at: 2 }), 4);
  assert.equal(openAfter("head", { do: "remove", at: 2 }), "head");
  assert.equal(openAfter(null, { do: "move", at: 2, to: 0 }), null);
});

test("a dragged row lands behind those whose middle lies above the pointer", () => {
  const middles = [10, 30, 120, 200];
  assert.equal(landing(middles, 1, 5), 0);
  assert.equal(landing(middles, 1, 30), 1);
  assert.equal(landing(middles, 1, 119), 1);
  assert.equal(landing(middles, 1, 121), 2);
  assert.equal(landing(middles, 1, 999), 3);
});
