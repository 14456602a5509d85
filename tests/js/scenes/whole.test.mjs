// The whole network once the pass is done: the way of the explained cell's gradient.

import assert from "node:assert/strict";
import test from "node:test";
import { pairOf } from "../../../static/js/stage/pair.js";
import { compose } from "../../../static/js/stage/scenes.js";
import { widthOf } from "../../../static/js/stage/shapes.js";
import { wayOf } from "../../../static/js/stage/way.js";
import { grid, OPTIONS, SIZES } from "./pairs.mjs";

/** Two cells pooled from four, of which a neuron reads the first alone; two inputs make each of the four. */
function picture() {
  const list = (source, target, some) => ({
    ...{ source, target, running: some.map(([, , product]) => product) },
    sources: some.map(([from]) => from),
    targets: some.map(([, to]) => to),
    upstream: some.map(([from]) => (from === (source === "0" ? 1 : 0) ? 4 : 0)),
    factors: some.map(([, , product]) => Number(product !== 0)),
    products: some.map(([, , product]) => product),
  });
  const pairs = { 2: ["fully_connected", "1"], 1: ["max_pool", "0"], 0: ["convolution", "-1"] };
  return {
    loss: null,
    grids: [
      grid("-1", "Input", [1, 1, 5], [1, 2, 3, 4, 5], [0, 4, 4, 0, 0]),
      grid("0", "Convolution", [1, 1, 4], [1, 2, 4, 3], [0, 4, 0, 0]),
      grid("1", "Max pool", [1, 1, 2], [2, 4], [4, 0]),
      grid("2", "Fully connected", [2], [8, 0], [4, 0]),
      grid("head", "Upstream gradients", [2], [4, 0], [4, 0], { note: "given" }),
    ],
    moves: {
      2: list("2", "1", [[0, 0, 4], [1, 0, 0], [0, 1, 0], [1, 1, 0]]),
      1: list("1", "0", [[0, 0, 0], [0, 1, 4], [1, 2, 0], [1, 3, 0]]),
      0: list("0", "-1", [[0, 0, 0], [0, 1, 0], [1, 1, 4], [1, 2, 4], [2, 2, 0], [2, 3, 0]]),
    },
    steps: Object.entries(pairs).map(([source, [kind, target]]) => ({ pair: { kind, source, target } })),
  }; // biome-ignore format: lists
}

const shown = (subject, its = picture()) => {
  const step = { phase: "done", layer: null, gradients_from: -1, parameters_from: 0, values_to: 2 };
  return pairOf({
    ...{ picture: its, before: null, step, shown: { ...step, pair: null }, pinned: subject },
    ...{ subject, hides: null, guess: "" },
  });
};

test("the way of a gradient is all that it came from and all that it goes to", () => {
  const { before, own, after } = wayOf(picture(), { key: "1", at: 0 });
  assert.deepEqual(
    before.map(({ key, cells }) => [key, cells]),
    [["2", [0]]],
  );
  assert.deepEqual([own.did, own.n, own.stopped], ["added", 2, 1]);
  assert.deepEqual(
    after.map(({ key, cells, did, stopped }) => [key, cells, did, stopped]),
    [
      ["0", [1], "routed", 1],
      ["-1", [1, 2], "spread", 0],
    ],
  );
});

test("a gradient of 0 stops where it stands", () => {
  const { own, after } = wayOf(picture(), { key: "0", at: 0 });
  assert.equal(own.did, "stopped");
  assert.deepEqual(
    after.map(({ cells, did }) => [cells, did]),
    [[[], "stopped"]],
  );
});

for (const [scale, box] of Object.entries(SIZES))
  test(`on a ${scale} page, the whole network has the way framed, and a word for each layer on it`, () => {
    const words = new Proxy({}, { get: (_, name) => String(name).replace("did_", "") });
    const options = { ...OPTIONS, scale, words };
    const { cells, shapes } = compose(shown({ key: "1", at: 0 }), box, options);
    const said = shapes.filter(({ part }) => part === "way").map(({ text }) => text);
    assert.deepEqual(said, ["3 · spread", "2 · routed", "1 · added", "came"]);
    const frames = shapes.filter(({ part }) => part === "lit");
    const framed = cells.filter(({ x, y, w, h }) =>
      frames.some(
        (each) =>
          each.x < x && each.y < y && x + w < each.x + each.wide && y + h < each.y + each.high,
      ),
    );
    assert.deepEqual(
      framed.map(({ key, at }) => [key, at]),
      [
        ["-1", 1],
        ["-1", 2],
        ["0", 1],
        ["2", 0],
        ["head", 0],
      ],
    );
  });

/** The corners of a path, its rounded ones too. */
const corners = ({ d }) =>
  [...d.matchAll(/(-?[\d.]+) (-?[\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)]);

/** Points along the trunks, three pixels from each other. */
const along = (shapes) =>
  shapes
    .filter(({ part }) => part === "trunk")
    .flatMap((path) => {
      const all = corners(path);
      return all.slice(1).flatMap(([x, y], i) => {
        const [a, b] = all[i];
        const count = Math.max(1, Math.round(Math.hypot(x - a, y - b) / 3));
        return Array.from({ length: count }, (_, k) => [a + ((x - a) * k) / count, b + ((y - b) * k) / count]);
      });
    }); // biome-ignore format: points

/** What a text covers: its ink, without the room around it. */
const inkOf = ({ text, x, y, size, weight, anchor }) => {
  const w = widthOf(text, size, weight);
  const left = anchor === "start" ? x : anchor === "end" ? x - w : x - w / 2;
  return { x: left, y: y - size * 0.75, w, h: size * 0.8 };
};

const isIn = ([x, y], box, by = 0) =>
  x > box.x + by && x < box.x + box.w - by && y > box.y + by && y < box.y + box.h - by;

/** A convolution beside a skip connection around it, and one around both. */
function skipping() {
  const sides = [0, 0, 2, 0, 5, 1, 0, 0, 0];
  const same = (source, target) => ({
    ...{ source, target, sources: sides.map((_, i) => i), targets: sides.map((_, i) => i) },
    ...{ upstream: sides, factors: sides.map(() => 1), products: sides, running: sides },
  });
  const map = (key) => grid(key, `Map ${key}`, [1, 3, 3], sides, sides);
  const links = [
    ["head", "3"],
    ["3", "-1"],
    ["3", "2"],
    ["2", "0"],
    ["2", "1"],
    ["1", "0"],
    ["0", "-1"],
  ];
  return {
    loss: null,
    grids: [...["-1", "0", "1", "2", "3"].map(map), map("head")],
    moves: Object.fromEntries(links.slice(1).map(([a, b], i) => [`${a}.${i}`, same(a, b)])),
    steps: links.map(([source, target]) => ({ pair: { kind: "addition", source, target } })),
  }; // biome-ignore format: lists
}

const texts = new Proxy({}, { get: (_, name) => String(name).replace("did_", "") });

for (const [scale, box] of Object.entries(SIZES))
  for (const [name, its, subjects] of [
    ["a chain", picture(), [["1", 0], ["0", 1], ["-1", 2], ["2", 0]]],
    ["nested skip connections", skipping(), [["-1", 4], ["-1", 2], ["0", 4], ["3", 5]]],
  ]) // biome-ignore format: a table
    test(`on a ${scale} page, the trunk of ${name} covers no word and no cell, and stays in the scene`, () => {
      const options = { ...OPTIONS, scale, words: texts };
      for (const [key, at] of subjects) {
        const { cells, shapes } = compose(shown({ key, at }, its), box, options);
        const points = along(shapes);
        assert.ok(points.length > 10);
        const inks = shapes.filter(({ kind }) => kind === "text").map(inkOf);
        for (const point of points) {
          assert.ok(isIn(point, box), `${key} ${at}: ${point}`);
          const covered = inks.find((ink) => isIn(point, ink));
          assert.ok(!covered, `${key} ${at}: ${point} is on ${JSON.stringify(covered)}`);
          const onCell = cells.find((each) => each.w >= 16 && isIn(point, each, 1));
          assert.ok(!onCell, `${key} ${at}: ${point} is on ${JSON.stringify(onCell)}`);
        }
      }
    });

test("each trunk ends with a head at a cell on the way", () => {
  const { cells, shapes } = compose(shown({ key: "1", at: 0 }), SIZES.wide, OPTIONS);
  const tips = shapes.filter(({ part }) => part === "trunkhead").map((head) => corners(head)[0]);
  assert.equal(tips.length, 4); // from the head, the neuron, the pooled cell, the routed one
  const reached = tips.map(
    ([x, y]) =>
      cells
        .filter((each) => isIn([x, y], each, -9))
        .map(({ key, at }) => `${key} ${at}`)
        .find((each) => ["2 0", "1 0", "0 1", "-1 1", "-1 2"].includes(each)) ?? `${x} ${y}`,
  );
  assert.deepEqual(reached.toSorted(), ["-1 2", "0 1", "1 0", "2 0"].toSorted());
});

test("where nothing goes on, the trunk ends at a bar, and no head follows", () => {
  const lost = compose(shown({ key: "0", at: 0 }), SIZES.wide, OPTIONS);
  const bars = lost.shapes.filter(({ part }) => part === "stop-bar");
  assert.equal(bars.length, 1);
  const its = lost.cells.find(({ key, at }) => key === "0" && at === 0);
  const [{ x, y, wide, high }] = bars;
  assert.ok(Math.abs(x + wide / 2 - its.x - its.w / 2) < its.w / 2 + 12);
  assert.ok(Math.abs(y + high / 2 - its.y - its.h / 2) < its.h / 2 + 14);
  const heads = lost.shapes.filter(({ part }) => part === "trunkhead").map((head) => corners(head)[0]);
  assert.ok(heads.every(([left]) => left > its.x + its.w), "a head before the cell that lost");
  // Another that sends on has no bar.
  const won = compose(shown({ key: "0", at: 1 }), SIZES.wide, OPTIONS);
  assert.equal(won.shapes.filter(({ part }) => part === "stop-bar").length, 0);
}); // biome-ignore format: a sentence a line

test("a trunk has the colour of what it carries, and violet where that has both signs", () => {
  const its = picture();
  its.moves[0].products = its.moves[0].products.map((x, i) => (i === 2 ? -4 : x));
  const { hops } = wayOf(its, { key: "1", at: 0 });
  assert.deepEqual(
    hops.map(({ source, target, carries }) => [source, target, carries]),
    [
      ["2", "1", 4],
      ["head", "2", 4],
      ["1", "0", 4],
      ["0", "-1", 4],
    ],
  );
  its.moves[1].products = [4, 4, 0, 0];
  its.moves[1].upstream = [4, 4, 0, 0];
  its.moves[0].products = [3, 0, -4, 4, 0, 0];
  its.moves[0].upstream = [3, 0, 4, 4, 0, 0];
  const mixed = wayOf(its, { key: "1", at: 0 }).hops.at(-1);
  assert.deepEqual([mixed.from, mixed.carries], [[0, 1], null]);
});

test("no map moves when another cell is explained, or none", () => {
  for (const its of [picture(), skipping()])
    for (const [scale, box] of Object.entries(SIZES)) {
      const places = [null, { key: "-1", at: 1 }, { key: "0", at: 2 }, { key: "0.x", at: 0 }].map(
        (subject) => compose(shown(subject, its), box, { ...OPTIONS, scale }).cells,
      );
      for (const each of places.slice(1)) assert.deepEqual(each, places[0]);
    }
});

test("the bands of nested skip connections lie above each other, eight pixels apart", () => {
  const { shapes } = compose(shown({ key: "-1", at: 4 }, skipping()), SIZES.wide, OPTIONS);
  const headings = shapes.filter(({ part }) => part === "heading").map(inkOf);
  const top = Math.min(...headings.map(({ y }) => y));
  const bands = shapes
    .filter(({ part }) => part === "trunk")
    .map((path) => Math.min(...corners(path).map(([, y]) => y)))
    .filter((y) => y < top);
  assert.equal(bands.length, 2);
  assert.ok(Math.abs(Math.abs(bands[0] - bands[1]) - 8) < 0.1, String(bands));
});

test("the maps of a short network are large, and stand in the middle of the scene", () => {
  const long = shown(null);
  const maps = [2, 3].map((key) => grid(String(key), "Map", [1, 2, 2], [1, 2, 3, 4], [1, 2, 3, 4]));
  for (const scale of ["wide", "middle", "tall"]) {
    const box = SIZES[scale];
    const { cells } = compose({ ...long, all: maps.map((each, i) => ({ ...long.all[i], ...each })) },
      box, { ...OPTIONS, scale }); // biome-ignore format: a call
    const [left, right] = [
      Math.min(...cells.map(({ x }) => x)),
      Math.max(...cells.map(({ x, w }) => x + w)),
    ];
    assert.ok(cells[0].w > 64, String(cells[0].w));
    assert.ok(Math.abs(left - box.x - (box.x + box.w - right)) < 120, `${left} ${right}`);
  }
});

test("a map of several channels too small for numbers is an image of each, over its cells", () => {
  const many = Array.from({ length: 32 }, (_, i) => i);
  const two = grid("-1", "Input", [2, 4, 4], many, many);
  const { grids, ...rest } = picture();
  const own = shown(null, { ...rest, grids: [two, ...grids.slice(1)] });
  const { cells, shapes } = compose(
    own,
    { x: 0, y: 0, w: 200, h: 220 },
    { ...OPTIONS, scale: "phone" },
  );
  const heats = shapes.filter(({ kind, key }) => kind === "heat" && key.startsWith("heat:-1"));
  assert.equal(heats.length, 2);
  const boxes = cells.filter(({ key }) => key === "-1");
  heats.forEach((heat, plane) => {
    const its = boxes.slice(16 * plane, 16 * (plane + 1));
    assert.deepEqual([heat.x, heat.y], [its[0].x, its[0].y]);
    assert.equal(heat.x + heat.wide, its[15].x + its[15].w);
    assert.equal(heat.y + heat.high, its[15].y + its[15].h);
    assert.equal(heat.levels.length, 16);
  });
});

test("on a phone, the parameters stand right below the maps", () => {
  const { grids, ...rest } = picture();
  const weight = grid("0.weight", "Kernel", [1, 1, 1, 2], [1, 2], [3, 4]);
  const short = [...grids.slice(0, 1), weight, ...grids.slice(1, 3)];
  const pair = shown(null, { ...rest, grids: short });
  const { cells } = compose(pair, SIZES.phone, { ...OPTIONS, scale: "phone" });
  const ends = (key) => cells.filter((each) => each.key === key).map(({ y, h }) => y + h);
  const maps = Math.max(...["-1", "0", "1"].flatMap(ends));
  const below = Math.min(...cells.filter(({ key }) => key === "0.weight").map(({ y }) => y));
  assert.ok(below > maps && below - maps < 90, `${below - maps} px`);
});
