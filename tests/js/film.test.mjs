import assert from "node:assert/strict";
import test from "node:test";
import { moment, plan } from "../../static/js/exporting/film.js";

const steps = [300, 1300, 2000, 1300];

test("every step is in the film, one after the other, without a gap", () => {
  const shots = plan(steps, 1, false);
  assert.deepEqual(
    shots.map(({ step }) => step),
    [0, 1, 2, 3],
  );
  assert.equal(shots[0].from, 0);
  for (const [i, shot] of shots.entries()) {
    assert.ok(shot.moving >= 0 && shot.to > shot.from + shot.moving);
    if (i) assert.equal(shot.from, shots[i - 1].to);
  }
});

test("at twice the speed it is half as long", () => {
  assert.equal(plan(steps, 2, false).at(-1).to * 2, plan(steps, 1, false).at(-1).to);
});

test("a step moves from 0 to 1, and is then done", () => {
  const shots = plan(steps, 1, false);
  const { from, moving, to } = shots[2];
  assert.deepEqual(moment(shots, from), { step: 2, progress: 0 });
  assert.deepEqual(moment(shots, from + moving / 4), { step: 2, progress: 0.25 });
  assert.deepEqual(moment(shots, from + moving), { step: 2, progress: undefined });
  assert.deepEqual(moment(shots, to - 1), { step: 2, progress: undefined });
  assert.equal(moment(shots, to).step, 3);
});

test("it begins and ends with a step that is done", () => {
  const shots = plan(steps, 1, false);
  assert.deepEqual(moment(shots, 0), { step: 0, progress: undefined });
  assert.deepEqual(moment(shots, shots.at(-1).to), { step: 3, progress: undefined });
});

test("where nothing may move, steps follow each other", () => {
  const shots = plan(steps, 1, true);
  for (let time = 0; time < shots.at(-1).to; time += 100)
    assert.equal(moment(shots, time).progress, undefined);
});
