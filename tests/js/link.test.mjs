import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { apply, changes } from "../../static/js/sharing/changes.js";
import {
  Broken,
  LONG,
  MAX_CHARACTERS,
  MAX_INFLATED,
  read,
  SHORT,
  VERSION,
  write,
} from "../../static/js/sharing/link.js";
import { number, text } from "../../static/js/sharing/plain.js";

const { limits, numbers, lessons, links, refused } = JSON.parse(
  readFileSync(new URL("../links.json", import.meta.url)),
);

const reason = async (fragment) => {
  try {
    await read(fragment, lessons);
  } catch (error) {
    assert.ok(error instanceof Broken, error.stack);
    return error.code;
  }
  return "it was read";
};

test("both sides have the same limits", () => {
  assert.deepEqual({ VERSION, SHORT, LONG, MAX_CHARACTERS, MAX_INFLATED }, limits);
});

test("a number is written in the shortest way that reads back", () => {
  for (const [hex, written] of numbers) {
    const x = Buffer.from(hex, "hex").readDoubleBE();
    assert.equal(number(x), written);
    assert.equal(JSON.parse(written), x + 0);
  }
});

for (const { name, state, link: written } of links)
  test(`a link once written reads the same for ever: ${name}`, async () => {
    assert.deepEqual(await read(written, lessons), state);
    assert.deepEqual(await read(`#${written}`, lessons), state);
    const again = await write(state, lessons);
    // Compressed by another zlib it may have other characters, but not many more.
    assert.ok(again.length <= 1.05 * written.length + 8, `${again.length} for ${written.length}`);
    assert.deepEqual(await read(again, lessons), state);
  });

for (const { name, link: written, code } of refused)
  test(`what is no link is refused with its reason: ${name}`, async () => {
    assert.equal(await reason(written), code);
  });

test("a link cut anywhere says so", async () => {
  const whole = links[1].link;
  const early = whole.indexOf(".", whole.indexOf(".", 2) + 1);
  for (let length = 1; length < whole.length; length++)
    assert.equal(await reason(whole.slice(0, length)), length > early ? "cut" : "cut_early");
});

test("a link with any character changed is refused", async () => {
  const whole = links[1].link;
  for (const other of "0aZ_-.é ")
    for (let at = 0; at < whole.length; at++)
      if (whole[at] !== other)
        assert.notEqual(
          await reason(whole.slice(0, at) + other + whole.slice(at + 1)),
          "it was read",
        );
});

test("a link longer than any is not looked into", async () => {
  assert.equal(await reason(`1.5.${"0".repeat(MAX_CHARACTERS)}`), "too_long");
});

test("a state too large for a link is not written", async () => {
  const network = { input: Array.from({ length: 9000 }, (_, i) => Math.sin(i)) };
  await assert.rejects(write({ network }, lessons), { code: "too_long" });
});

test("what differs makes one tree of the other, and shares what does not", () => {
  const before = { a: [1, [2, 3], { b: 4 }], c: { d: 5 } };
  for (const after of [
    { a: [1, [2, 3], { b: 4 }], c: { d: 6 } },
    { a: [1, { b: 4 }], c: { d: 5 } },
    { a: [0, 1, [2, 3], [2, 3], { b: 4 }], e: true },
    [],
    7,
  ]) {
    const found = changes(before, after);
    assert.equal(text(apply(before, found)), text(after));
  }
  assert.equal(apply(before, [[["c", "d"], 6]]).a, before.a);
  assert.deepEqual(changes(before, structuredClone(before)), []);
});
