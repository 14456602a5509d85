import assert from "node:assert/strict";
import test from "node:test";
import { fileName } from "../../static/js/exporting/files.js";
import { asSvg, colour, scaleFor, wrapped } from "../../static/js/exporting/shapes.js";
import { fitted } from "../../static/js/stage/shapes.js";

const svg = (shapes, more = {}) =>
  asSvg({
    width: 100.2,
    height: 50,
    background: "rgb(255, 255, 255)",
    title: "A title",
    description: "What it shows",
    shapes,
    ...more,
  });
const word = { kind: "text", x: 1, y: 2, size: 11, weight: "700", family: "monospace" };

test("a computed colour is read in every notation that browsers give it in", () => {
  assert.deepEqual(colour("rgb(91, 167, 226)"), { hex: "#5ba7e2", alpha: 1 });
  assert.deepEqual(colour("rgba(0, 0, 0, 0)"), { hex: "#000000", alpha: 0 });
  assert.deepEqual(colour("rgba(255, 0, 0, 0.5)"), { hex: "#ff0000", alpha: 0.5 });
  assert.deepEqual(colour("color(srgb 1 0.5 0)"), { hex: "#ff8000", alpha: 1 });
  assert.deepEqual(colour("color(srgb 0 0 1 / 0.25)"), { hex: "#0000ff", alpha: 0.25 });
});

test("what is no colour is not drawn", () => {
  for (const none of [undefined, "none", "", "url(#pattern)"]) assert.equal(colour(none).alpha, 0);
});

test("a text is broken where a line is full, never within a figure or a word", () => {
  const widthOf = (text) => text.length;
  assert.deepEqual(wrapped("one two three four", 9, widthOf), ["one two", "three", "four"]);
  assert.deepEqual(wrapped("5\u00a0×\u00a05 cells", 4, widthOf), ["5\u00a0×\u00a05", "cells"]);
  assert.deepEqual(wrapped("unbreakable", 3, widthOf), ["unbreakable"]);
  assert.deepEqual(wrapped("  ", 3, widthOf), []);
});

test("a drawing says what it is, and what XML keeps for itself is escaped", () => {
  const file = svg([{ ...word, text: '2 < 3 & "4"\u0007' }], { title: "a < b" });
  assert.match(file, /^<\?xml/);
  assert.match(file, /viewBox="0 0 101 50"/);
  assert.match(file, /<title id="title">a &lt; b<\/title>/);
  assert.match(file, /<desc id="description">What it shows<\/desc>/);
  assert.match(file, />2 &lt; 3 &amp; &quot;4&quot;<\/text>/);
});

test("nothing is drawn with ink that is not seen, or with a line that has no width", () => {
  const box = { kind: "rect", x: 0, y: 0, wide: 9, high: 9 };
  const line = "rgb(1, 2, 3)";
  assert.match(
    svg([{ ...box, stroke: "none", fill: "rgba(0, 0, 0, 0)" }]),
    /<rect[^>]*fill="none"\/>/,
  );
  assert.doesNotMatch(svg([{ ...box, stroke: line, width: 0 }]), /stroke/);
  assert.match(svg([{ ...box, stroke: line, width: 2, dash: [5, 4] }]), /stroke-dasharray="5 4"/);
});

test("a cell's shapes stand together under its name", () => {
  const file = svg([{ kind: "group", title: "Input, row 0", shapes: [{ ...word, text: "7" }] }]);
  assert.match(file, /<g><title>Input, row 0<\/title><text [^>]*>7<\/text><\/g>/);
});

test("an image is as sharp as wished, but no larger than browsers allow", () => {
  assert.equal(scaleFor({ width: 1000, height: 500 }, 2, 16e6), 2);
  const scale = scaleFor({ width: 1000, height: 50_000 }, 2, 16e6);
  assert.ok(scale < 1 && Math.abs(1000 * scale * 50_000 * scale - 16e6) < 1);
});

test("files are named after the lesson and the step, in letters every system takes", () => {
  assert.equal(fileName("ties", "2 × weights", "svg"), "gradient-routing-ties-2-times-weights.svg");
  assert.equal(
    fileName("ties", "5 Route to max", "png"),
    "gradient-routing-ties-5-route-to-max.png",
  );
});

test("a number that fits nowhere leaves an ellipsis", () => {
  for (const room of [4, 10, 14])
    for (const number of [-0.00012345, 123456.7, -1e-15])
      for (const spare of [0, 6]) assert.equal(fitted(number, room, 12, 11, spare).text, "…");
  assert.equal(fitted(0.5, 40, 12).text, "0.5");
});
