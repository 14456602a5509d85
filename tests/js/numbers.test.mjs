import assert from "node:assert/strict";
import test from "node:test";
import { raised, shapeOf, sizeInWords, textOf } from "../../static/js/shared/numbers.js";

test("the shape of nested lists is told from the outside to the inside", () => {
  assert.deepEqual(shapeOf([[[1, 2, 3]], [[4, 5, 6]]]), [2, 1, 3]);
  assert.deepEqual(shapeOf(7), []);
  assert.equal(sizeInWords([2, 1, 3]), "2 × 1 × 3");
});

test("one plane is written in rows, its columns one below the other", () => {
  assert.equal(
    textOf([
      [
        [1, -10, 2],
        [0.5, 3, 4],
      ],
    ]),
    "  1 −10 2\n0.5   3 4",
  );
  assert.equal(textOf([[[[7]]]]), "7");
  assert.equal(textOf([1, 2, 3]), "1 2 3");
});

test("several planes are written with brackets, which tell them apart", () => {
  assert.equal(textOf([[[1, 2]], [[3, 4]]]), "[[[1, 2]],\n [[3, 4]]]");
});

test("a block gets the axes of length 1 that it lacks", () => {
  assert.deepEqual(raised([[1, 2]], 4), [[[[1, 2]]]]);
  assert.deepEqual(raised([1], 1), [1]);
});
