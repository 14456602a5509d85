import assert from "node:assert/strict";
import test from "node:test";
import { Pauses } from "../../../static/js/editing/pauses.js";

test("answers that all take the same are followed by no pause, however far the server is", () => {
  for (const took of [4, 90, 400]) {
    const pauses = new Pauses();
    for (let i = 0; i < 5; i++) assert.equal(pauses.after(took), 0);
  }
});

test("an answer that waited is followed by a pause of five times its waiting", () => {
  const pauses = new Pauses();
  pauses.after(30);
  assert.equal(pauses.after(44), 0);
  assert.equal(pauses.after(50), 100);
  assert.equal(pauses.after(31), 0);
});

test("no pause is longer than half a second", () => {
  const pauses = new Pauses();
  pauses.after(5);
  assert.equal(pauses.after(9000), 500);
});
