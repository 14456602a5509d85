import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { fill } from "../../static/js/shared/texts.js";

const FORMATS = JSON.parse(readFileSync(new URL("../formats.json", import.meta.url), "utf8"));

test("a text has its fields filled in", () => {
  assert.equal(fill("{name}: {n} of {name}", { name: "a", n: 2 }, "en"), "a: 2 of a");
});

test("a text with several forms is said in that of its number, as Python says it", () => {
  const categories = ["zero", "one", "two", "few", "many", "other"];
  const forms = Object.fromEntries(categories.map((each) => [each, `{n}: ${each}`]));
  for (const [language, n, category] of FORMATS.plural)
    assert.equal(fill(forms, { n }, language), `${n}: ${category}`);
});
