// A fully connected layer: the products of the explained cell, in its column.

import assert from "node:assert/strict";
import test from "node:test";
import { moment } from "../../../static/js/stage/motion.js";
import { compose } from "../../../static/js/stage/scenes.js";
import { widthOf } from "../../../static/js/stage/shapes.js";
import { network, OPTIONS, pair, SIZES } from "./pairs.mjs";

test("a product of long numbers is written in two lines where one line has no room", () => {
  const picture = network();
  const moves = picture.moves[1];
  moves.upstream = moves.upstream.map((each) => each * 0.70541);
  moves.factors = moves.factors.map((each) => each * 0.0625);
  const written = (scale) =>
    moment(compose(pair(picture, "multiply"), SIZES[scale], { ...OPTIONS, scale }).shapes).filter(
      ({ part }) => part === "expression",
    );
  assert.deepEqual(
    written("wide").map(({ text }) => text),
    ["0.7054 × (−0.04688) =", "1.411 × 0.01563 =", "2.116 × (−0.03125) ="],
  );
  const small = written("phone");
  assert.deepEqual(
    small.map(({ text }) => text),
    ["0.7054", "×(−0.0469)", "1.411", "× 0.01563", "2.116", "×(−0.0313)"],
  );
  for (const { text, x, size } of small) {
    assert.ok(size >= 11);
    assert.ok(x - widthOf(text, size, 600) >= 0, text);
  }
});
