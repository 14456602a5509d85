import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { changes, getAt, History, setAt } from "../../static/js/editing/history.js";

test("a new history has nothing to undo and nothing to redo", () => {
  const history = new History("a");
  assert.equal(history.undo(), undefined);
  assert.equal(history.redo(), undefined);
  assert.equal(history.current, "a");
});

test("undo goes back through every edit, and redo forth again", () => {
  const history = new History("a");
  history.push("b");
  history.push("c");
  assert.equal(history.undo(), "b");
  assert.equal(history.undo(), "a");
  assert.equal(history.undo(), undefined);
  assert.equal(history.redo(), "b");
  assert.equal(history.redo(), "c");
  assert.equal(history.redo(), undefined);
});

test("merged edits are undone together", () => {
  const history = new History("a");
  history.push("b");
  history.push("bc", null, true);
  history.push("bcd", null, true);
  assert.equal(history.current, "bcd");
  assert.equal(history.undo(), "a");
  assert.equal(history.redo(), "bcd");
});

test("what merged edits changed is one change, from the first number to the last", () => {
  const history = new History("a");
  history.push("b", { name: "weight", from: 1, to: 2 });
  history.push("c", { name: "weight", from: 2, to: 3 }, true);
  assert.deepEqual(history.entries[1].change, { name: "weight", from: 1, to: 3 });
});

test("any entry can be gone to, and the others stay", () => {
  const history = new History("a");
  for (const each of "bcd") history.push(each);
  assert.equal(history.go(1), "b");
  assert.deepEqual([history.canUndo, history.canRedo], [true, true]);
  assert.equal(history.go(3), "d");
  assert.equal(history.go(4), undefined);
  assert.equal(history.go(-1), undefined);
  assert.equal(history.current, "d");
  assert.deepEqual([history.canUndo, history.canRedo], [true, false]);
});

test("an edit after an undo gives up what was undone", () => {
  const history = new History("a");
  history.push("b");
  history.undo();
  history.push("c");
  assert.equal(history.redo(), undefined);
  assert.equal(history.undo(), "a");
});

test("a leaf is found by its path, and a missing one is undefined", () => {
  const tree = { layers: [{ weight: [[1, 2]] }] };
  assert.equal(getAt(tree, ["layers", 0, "weight", 0, 1]), 2);
  assert.equal(getAt(tree, ["layers", 7, "weight"]), undefined);
  assert.equal(getAt(tree, []), tree);
});

test("setting a leaf copies the way to it, shares the rest and leaves the original as it was", () => {
  const tree = { input: [[1, 2]], head: { gradient: [3] } };
  const copy = setAt(tree, ["input", 0, 1], 9);
  assert.deepEqual(copy, { input: [[1, 9]], head: { gradient: [3] } });
  assert.deepEqual(tree, { input: [[1, 2]], head: { gradient: [3] } });
  assert.equal(copy.head, tree.head);
  assert.ok(Array.isArray(copy.input[0]));
});

test("the changes of a tree are its other leaves, and making them again gives the other tree", () => {
  const before = {
    layers: [
      {
        weight: [
          [1, 2],
          [3, 4],
        ],
        ties: "first",
      },
    ],
    title: "a",
  };
  const after = setAt(
    setAt(before, ["layers", 0, "weight", 1, 0], 7),
    ["layers", 0, "ties"],
    "last",
  );
  const found = changes(before, after);
  assert.deepEqual(found, [
    { path: ["layers", 0, "weight", 1, 0], value: 7 },
    { path: ["layers", 0, "ties"], value: "last" },
  ]);
  assert.deepEqual(
    found.reduce((tree, { path, value }) => setAt(tree, path, value), before),
    after,
  );
  assert.deepEqual(changes(before, structuredClone(before)), []);
});

test("where branches came or went there are no changes to tell", () => {
  assert.equal(changes({ a: [1] }, { a: [1, 2] }), null);
  assert.equal(changes({ a: 1 }, { a: 1, b: 2 }), null);
  assert.equal(changes({ a: 1 }, { a: [1] }), null);
});

/** @type {{tree: any, path: (string|number)[], value: unknown, result: unknown}[]} */
const EDITS = JSON.parse(readFileSync(new URL("../edits.json", import.meta.url), "utf8"));

test("an edit changes the same place as on the server", () => {
  for (const { tree, path, value, result } of EDITS) {
    const before = structuredClone(tree);
    assert.deepEqual(setAt(tree, path, value), result);
    assert.deepEqual(tree, before);
  }
});

test("a document that is no network yet is known as such, and undone like any other", () => {
  const history = new History("a");
  history.push("b", { said: "Stride 9." }, false, false);
  assert.equal(history.fits, false);
  assert.equal(history.undo(), "a");
  assert.equal(history.fits, true);
  history.redo();
  assert.deepEqual([history.current, history.fits], ["b", false]);
});

test("numbers typed after an edit in words are a change of their own, also where they merge", () => {
  const history = new History("a");
  history.push("b", { said: "A layer." });
  history.push("c", { name: "weight", from: 1, to: 2 }, true);
  assert.deepEqual(history.entries[1].change, { name: "weight", from: 1, to: 2 });
});
