import assert from "node:assert/strict";
import test from "node:test";
import { newest } from "../../static/js/shared/api.js";

const turn = () => new Promise((resolve) => setImmediate(resolve));

test("one task runs at a time, and of those asked for meanwhile only the newest", async () => {
  const started = [];
  const finish = [];
  const ask = newest((input) => {
    started.push(input);
    return new Promise((resolve) => finish.push(resolve));
  });
  for (const input of [1, 2, 3]) ask(input);
  assert.deepEqual(started, [1]);
  finish[0]();
  await turn();
  assert.deepEqual(started, [1, 3]);
  finish[1]();
  await turn();
  assert.deepEqual(started, [1, 3]);
});

test("who asked is told once nothing runs or waits, and not before", async () => {
  const finish = [];
  const ask = newest(() => new Promise((resolve) => finish.push(resolve)));
  const done = [];
  for (const input of [1, 2]) ask(input).then(() => done.push(input));
  finish[0]();
  await turn();
  assert.deepEqual(done, []);
  finish[1]();
  await turn();
  assert.deepEqual(done, [1, 2]);
});

test("after a task that failed the next one runs", async () => {
  const started = [];
  const ask = newest(async (input) => {
    started.push(input);
    if (input === 1) throw new Error("refused");
  });
  await assert.rejects(ask(1), /refused/);
  await ask(2);
  assert.deepEqual(started, [1, 2]);
});

test("a task can ask whether the next one waits already", async () => {
  const overtaken = [];
  const finish = [];
  const ask = newest(async (_, isOvertaken) => {
    await new Promise((resolve) => finish.push(resolve));
    overtaken.push(isOvertaken());
  });
  ask(1);
  ask(2);
  finish[0]();
  await turn();
  finish[1]();
  await turn();
  assert.deepEqual(overtaken, [true, false]);
});
