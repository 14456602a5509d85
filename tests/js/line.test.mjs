import assert from "node:assert/strict";
import test from "node:test";
import { parted } from "../../static/js/inspector/line.js";

test("the result of an equation is parted from its terms", () => {
  assert.deepEqual(parted("Input, row 1, column 2: 0 × 1 + (−1) × 1 = −0.5"), {
    terms: "Input, row 1, column 2: 0 × 1 + (−1) × 1",
    result: "= −0.5",
  });
  assert.deepEqual(parted("neuron 0: 3 × 0.1 ≈ 3.1 × 10⁻⁷"), {
    terms: "neuron 0: 3 × 0.1",
    result: "≈ 3.1 × 10⁻⁷",
  });
});

test("a line without an equation stays whole", () => {
  const line = "Input, row 0, column 2: nothing reads it";
  assert.deepEqual(parted(line), { terms: line, result: "" });
});
