import assert from "node:assert/strict";
import test from "node:test";
import { controlFor, formOf, placeOf } from "../../../static/js/builder/schema.js";

const PADDING = [
  { kind: "pair" },
  { kind: "list", length: 4 },
  { kind: "choice", choices: ["same", "valid"] },
];

test("a field that can be given in several ways shows the one its value was given in", () => {
  assert.equal(controlFor(PADDING, [1, 2]).kind, "pair");
  assert.equal(controlFor(PADDING, 1).kind, "pair");
  assert.equal(controlFor(PADDING, [0, 1, 0, 1]).kind, "list");
  assert.equal(controlFor(PADDING, "same").kind, "choice");
  assert.equal(controlFor([{ kind: "flag" }], true).kind, "flag");
  assert.equal(controlFor([{ kind: "number" }], undefined).kind, "number");
});

test("a problem stands at its layer, at the head or at the input, and at its field if it has one", () => {
  assert.deepEqual(placeOf(["layers", 2, "kernel", 0]), { row: 2, field: "kernel" });
  assert.deepEqual(placeOf(["layers", 2]), { row: 2, field: "" });
  assert.deepEqual(placeOf(["head", "target"]), { row: "head", field: "target" });
  assert.deepEqual(placeOf(["input", 0, 0]), { row: "input", field: "" });
});

test("a kind that the server does not name has a form without fields", () => {
  assert.deepEqual(formOf([], "new_kind").fields, []);
});
