import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { figure, MINUS, parse, short, times, written } from "../../static/js/shared/figures.js";
import { fill } from "../../static/js/shared/texts.js";

/** @type {[number, string][]} */
const CASES = JSON.parse(readFileSync(new URL("../figures.json", import.meta.url), "utf8"));

const FORMATS = JSON.parse(readFileSync(new URL("../formats.json", import.meta.url), "utf8"));

test("numbers are written as Python writes them", () => {
  for (const [number, text] of CASES) assert.equal(figure(number), text);
});

test("a figure for a little room is the same as Python's", () => {
  for (const [number, room, text] of FORMATS.short) assert.equal(short(number, room), text);
});

test("all digits of a number are written as Python writes them", () => {
  for (const [number, text] of FORMATS.written) assert.equal(written(number), text);
});

test("a product is written as Python writes it", () => {
  for (const [upstream, factor, text] of FORMATS.times) assert.equal(times(upstream, factor), text);
});

test("the fields of a text are filled in as Python fills them in", () => {
  for (const [template, values, text] of FORMATS.fill) assert.equal(fill(template, values), text);
});

for (const [text, number] of /** @type {[string, number][]} */ ([
  ["7", 7],
  [" 7 ", 7],
  ["+7", 7],
  ["-0.5", -0.5],
  [`${MINUS}0.5`, -0.5],
  [".5", 0.5],
  ["5.", 5],
  ["1e3", 1000],
  ["1E-3", 0.001],
]))
  test(`“${text}” is read as ${number}`, () => {
    assert.equal(parse(text), number);
  });

for (const text of [
  "",
  " ",
  "abc",
  "1,500",
  "1 2",
  "0x10",
  "--1",
  ".",
  "e5",
  "NaN",
  "Infinity",
  "1_0",
])
  test(`“${text}” is no number`, () => {
    assert.ok(Number.isNaN(parse(text)));
  });

test("a number too large for a float64 is read as infinite, which no field accepts", () => {
  assert.equal(parse("1e999"), Number.POSITIVE_INFINITY);
});

test("all digits are written with a true minus, and read back", () => {
  assert.equal(written(-0.1), "−0.1");
  for (const number of [-1 / 3, 1e-7, -1e300, 12345678.9])
    assert.equal(parse(written(number)), number);
});

test("what is written is read back", () => {
  for (const number of [0, 1, -1, 0.25, -4.25, 1234, 999999, 0.0001])
    assert.equal(parse(figure(number)), number);
});

test("of a product, a negative second factor stands in brackets", () => {
  assert.equal(times(-2, 0.5), "−2 × 0.5");
  assert.equal(times(3, -1), "3 × (−1)");
});
