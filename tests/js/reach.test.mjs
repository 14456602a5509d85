import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { reach, whenWaiting } from "../../static/js/shared/reach.js";

const turn = () => new Promise((resolve) => setImmediate(resolve));
const json = (status, headers = {}) =>
  new Response("{}", { status, headers: { "Content-Type": "application/json", ...headers } });
const proxy = () => new Response("<h1>Bad gateway</h1>", { status: 502 });

/** What the server does, one entry for each request: an answer, an error, or nothing. */
let answers;
let asked;
let told;
const { fetch } = globalThis;

beforeEach(() => {
  mock.timers.enable({ apis: ["setTimeout"] });
  asked = 0;
  told = [];
  whenWaiting((trouble) => told.push(trouble));
  globalThis.fetch = (_, { signal }) => {
    const next = answers[asked++];
    if (next instanceof Response) return Promise.resolve(next);
    if (next instanceof Error) return Promise.reject(next);
    return new Promise((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
    });
  };
});
afterEach(() => {
  mock.timers.reset();
  globalThis.fetch = fetch;
});

/** @param {number} milliseconds */
async function pass(milliseconds) {
  await turn();
  mock.timers.tick(milliseconds);
  await turn();
}

test("an answer comes back without a word", async () => {
  answers = [json(422)];
  assert.equal((await reach("/x", {})).status, 422);
  assert.deepEqual(told, []);
});

test("nobody there is asked again after pauses that grow, until there is an answer", async () => {
  answers = [new Error("refused"), new Error("refused"), proxy(), json(200)];
  const answer = reach("/x", {});
  await pass(499);
  assert.equal(asked, 1);
  await pass(1);
  assert.equal(asked, 2);
  await pass(999);
  assert.equal(asked, 2);
  await pass(1);
  assert.equal(asked, 3);
  await pass(2000);
  assert.equal((await answer).status, 200);
  assert.deepEqual([told[0], told.at(-1)], ["away", null]);
});

test("an answer that is late is announced after five seconds and still taken", async () => {
  answers = [null, json(200)];
  const answer = reach("/x", {});
  await pass(4999);
  assert.deepEqual(told, []);
  await pass(1);
  assert.deepEqual(told, ["away"]);
  // A connection that brings nothing at all is given up, and there is another one.
  await pass(55_000);
  await pass(500);
  assert.equal((await answer).status, 200);
  assert.equal(told.at(-1), null);
});

test("a busy server is asked again when it said", async () => {
  answers = [json(429, { "Retry-After": "3" }), json(200)];
  const answer = reach("/x", {});
  await pass(2999);
  assert.equal(asked, 1);
  assert.deepEqual(told, ["busy"]);
  await pass(1);
  assert.equal((await answer).status, 200);
});

test("what our own server refuses is its answer, whatever its status", async () => {
  answers = [json(503)];
  assert.equal((await reach("/x", {})).status, 503);
});

test("who no longer waits is not answered, and takes the message along", async () => {
  answers = [new Error("refused")];
  const controller = new AbortController();
  const answer = reach("/x", {}, controller.signal);
  await pass(100);
  controller.abort();
  await assert.rejects(answer, { name: "AbortError" });
  assert.equal(asked, 1);
  assert.deepEqual(told, ["away", null]);
});

test("one message stands for all that wait, until the last is answered", async () => {
  answers = [new Error("refused"), new Error("refused"), json(200), new Error(), json(200)];
  const both = [reach("/x", {}), reach("/y", {})];
  await pass(500);
  await Promise.race(both);
  assert.ok(!told.includes(null));
  await pass(1000);
  await Promise.all(both);
  assert.equal(told.at(-1), null);
});
