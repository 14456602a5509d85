import assert from "node:assert/strict";
import { test } from "node:test";
import { scaled, stepsTo } from "../../static/js/state/learnt.js";

const [first, second, third, edited, fourth] = Array.from({ length: 5 }, () => ({}));
const entries = [first, second, third, edited, fourth].map((document) => ({ document }));
const made = new Map([
  [second, "one"],
  [third, "two"],
  [fourth, "three"],
]);

test("the steps in a row end at what is shown, and at an edit between them", () => {
  assert.deepEqual(stepsTo(entries, first, made), []);
  assert.deepEqual(stepsTo(entries, second, made), ["one"]);
  assert.deepEqual(stepsTo(entries, third, made), ["one", "two"]);
  assert.deepEqual(stepsTo(entries, edited, made), []);
  assert.deepEqual(stepsTo(entries, fourth, made), ["three"]);
});

test("what is shown and stands in no history comes of no step", () => {
  assert.deepEqual(stepsTo(entries, {}, made), []);
});

test("ten times a rate and a tenth of it have no dust", () => {
  let rate = 1;
  for (let i = 0; i < 6; i++) rate = scaled(rate, 0.1);
  assert.equal(rate, 1e-6);
  for (let i = 0; i < 6; i++) rate = scaled(rate, 10);
  assert.equal(rate, 1);
  assert.equal(scaled(0.3, 0.1), 0.03);
});
