import assert from "node:assert/strict";
import { test } from "node:test";
import { firstSides, groupsOf, networkOf } from "../../static/js/comparing/sides.js";
import { History } from "../../static/js/editing/history.js";

const WORDS = {
  compare_now: "now",
  compare_edits: "edits",
  compare_variants: "variants",
  compare_drafts: "drafts",
  first_entry: "at first",
  entry: "from before",
  changed: "{name}: {before} → {after}",
};
const change = { name: "a bias", from: 1, to: 2 };
const drafts = [{ id: "a:b", name: "Mine", network: "draft" }];

function history() {
  const made = new History("first");
  made.push("unfit", { said: "a layer too many" }, false, false);
  made.push("second", change);
  return made;
}

test("as it is, the variants, the states of the history and the drafts can be compared", () => {
  const variants = [{ code: "average", title: "With average pooling" }];
  const values = groupsOf(history(), drafts, variants, WORDS).map(({ label, choices }) => [
    label,
    ...choices.map(({ value, text }) => `${value} ${text}`),
  ]);
  assert.deepEqual(values, [
    ["", "now now"],
    ["variants", "variant:average With average pooling"],
    ["edits", "at:0 at first"],
    ["drafts", "draft:a:b Mine"],
  ]);
});

test("what is empty, and a state that is no network, is not offered", () => {
  assert.deepEqual(
    groupsOf(history(), [], [], WORDS).map(({ label }) => label),
    ["", "edits"],
  );
});

test("at first, the states before and after the last edit stand beside each other", () => {
  const edited = history();
  assert.deepEqual(firstSides(edited), { left: "at:0", right: "now" });
  edited.go(0);
  assert.deepEqual(firstSides(edited), { left: "now", right: "" });
});

test("each side has its network, a variant has none here", () => {
  const of = (value) => networkOf(value, history(), drafts, "shown");
  assert.deepEqual(["now", "at:0", "at:2", "draft:a:b"].map(of), [
    "shown",
    "first",
    "second",
    "draft",
  ]);
  assert.deepEqual(["at:9", "draft:x", "variant:average", ""].map(of), Array(4).fill(undefined));
});
