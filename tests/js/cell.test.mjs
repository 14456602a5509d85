import assert from "node:assert/strict";
import { test } from "node:test";
import { cell } from "../../static/js/stage/cell.js";

/** The shapes of a square cell whose number was another before the last edit. */
function edited(side, { gradient = 8.5, zero = null, known = true } = {}) {
  const view = {
    key: "2",
    is: { value: true, gradient: known },
    value: [9],
    gradient: [gradient],
    zero: [zero],
    most: [9, 9],
    was: { value: [4], gradient: [-0.5] },
  };
  const box = { x: 0, y: 0, w: side, h: side };
  return cell(view, 0, box, { editing: false, reading: "both" });
}
/** A text's y is where its digits stand. */
const top = ({ y, size }) => y - 0.72 * size;
const part = (shapes, name) => shapes.find((shape) => shape.part === name);

test("the old number never lies on the new one", () => {
  for (let side = 24; side < 140; side++)
    for (const known of [true, false]) {
      const shapes = edited(side, { known });
      const [was, now] = [part(shapes, "was"), part(shapes, known ? "gradient" : "value")];
      if (was) assert.ok(top(was) >= now.y, `${side} pixels`);
    }
});

test("the old number lies on no mark of a zero", () => {
  for (const zero of ["lost", "blocked", "input"])
    for (let side = 24; side < 140; side++) {
      const shapes = edited(side, { gradient: 0, zero });
      const [was, mark] = [part(shapes, "was"), part(shapes, "mark")];
      const low = mark.y + (mark.r ?? mark.high ?? 0);
      if (was) assert.ok(top(was) >= low, `${zero}, ${side} pixels`);
    }
});

test("where it has room, the old number stands below the new one", () => {
  assert.equal(part(edited(84), "was").text, "−0.5");
  assert.equal(part(edited(84, { known: false }), "was").text, "4");
});
