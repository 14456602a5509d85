import assert from "node:assert/strict";
import test from "node:test";
import { Pauses } from "../../../static/js/editing/pauses.js";

/** The pauses after answers. */
function after(...answers) {
  const pauses = new Pauses();
  return answers.map((took) => {
    pauses.note(took);
    return pauses.now;
  });
}

test("answers that all take the same are followed by no pause, however far the server is", () => {
  for (const took of [4, 90, 400]) assert.deepEqual(after(took, took, took), [0, 0, 0]);
});

test("one or two late answers are chance", () => {
  assert.deepEqual(after(30, 90, 80, 31, 90, 31), [0, 0, 0, 0, 0, 0]);
});

test("answers that all waited are followed by a pause of five times the shortest waiting", () => {
  assert.deepEqual(after(30, 60, 70, 50, 31), [0, 0, 0, 100, 0]);
});

test("no pause is longer than half a second", () => {
  assert.deepEqual(after(5, 9000, 9000, 9000), [0, 0, 0, 500]);
});

test("before the first answer there is no pause", () => {
  assert.equal(new Pauses().now, 0);
});
