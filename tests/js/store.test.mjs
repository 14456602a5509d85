import assert from "node:assert/strict";
import test from "node:test";
import { Store } from "../../static/js/state/store.js";

test("a view is told of the parts it watches, and of no others", () => {
  const store = new Store({ step: 0, reading: "both" });
  const told = [];
  store.watch(["step"], ({ step }) => told.push(step));
  store.set({ reading: "values" });
  store.set({ step: 1, reading: "both" });
  store.set({ step: 1 });
  assert.deepEqual(told, [1]);
});

test("what a view changes is told once all views have seen what came before", () => {
  const store = new Store({ step: 0, said: "" });
  const told = [];
  store.watch(["step"], ({ step }) => store.set({ said: `step ${step}` }));
  store.watch(["step"], ({ said }) => told.push(["step", said]));
  store.watch(["said"], ({ said }) => told.push(["said", said]));
  store.set({ step: 3 });
  assert.deepEqual(told, [["step", "step 3"], ["said", "step 3"]]); // biome-ignore format: short
});

test("a view that throws does not keep the store from telling the next change", () => {
  const store = new Store({ step: 0 });
  const told = [];
  let fails = true;
  store.watch(["step"], ({ step }) => {
    if (fails) throw new Error("once");
    told.push(step);
  });
  assert.throws(() => store.set({ step: 1 }));
  fails = false;
  store.set({ step: 2 });
  assert.deepEqual(told, [2]);
});
