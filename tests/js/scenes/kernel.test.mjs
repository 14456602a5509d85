import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { moment } from "../../../static/js/stage/motion.js";
import { pairOf } from "../../../static/js/stage/pair.js";
import { compose } from "../../../static/js/stage/scenes.js";
import { widthOf } from "../../../static/js/stage/shapes.js";
import { SIZES } from "./pairs.mjs";

const TEXTS = new URL("../../../app/text/en.json", import.meta.url);
const words = Object.fromEntries(
  Object.entries(JSON.parse(readFileSync(TEXTS, "utf8")).browser).map(([name, text]) => [
    name,
    text.other ?? text,
  ]),
);
const OPTIONS = { scale: "wide", reading: "both", editing: false, words };

const range = (count) => Array.from({ length: count }, (_, i) => i);
const product = (numbers) => numbers.reduce((all, each) => all * each, 1);
const most = (numbers) => Math.max(...numbers.map(Math.abs));

/**
 * One convolution as the server tells of it, its gradients computed here from their definition.
 */
function convolution({
  size,
  kernel = 2,
  inputs = 1,
  outputs = 1,
  stride = 1,
  padding = 0,
  dilation = 1,
  sparse = false,
  copies = false,
}) {
  const out = Math.floor((size + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1;
  const shapes = {
    target: [inputs, size, size],
    weight: [outputs, inputs, kernel, kernel],
    source: [outputs, out, out],
  };
  const values = range(product(shapes.target)).map((i) => ((i * 7) % 5) - 1);
  const weights = range(product(shapes.weight)).map((i) => (((i * 5 + 1) % 7) - 3) / 2);
  const upstream = range(product(shapes.source)).map((i) =>
    sparse && i % 3 ? 0 : (((i * 3 + 2) % 9) - 4) / 2,
  );
  const gradients = values.map(() => 0);
  const learned = weights.map(() => 0);
  const moves = { source: "0", target: "-1" };
  for (const name of ["sources", "targets", "upstream", "factors", "products", "running"])
    moves[name] = [];
  /** @type {[number, number, number][]} source, weight and target of every product */
  const met = [];
  if (copies) moves.weights = [];
  /** The cell at a place of the padding too, where its edges are repeated. */
  const cellAt = (place) => (copies ? Math.min(Math.max(place, 0), size - 1) : place);
  const readsAt = (from, tap) => cellAt(from * stride - padding + tap * dilation);
  for (const at of range(values.length)) {
    const [channel, y, x] = [Math.floor(at / size / size), Math.floor(at / size) % size, at % size];
    for (const plane of range(outputs))
      for (const row of range(out))
        for (const [column, i, j] of range(out * kernel * kernel).map((n) => [
          ...[Math.floor(n / kernel / kernel), Math.floor(n / kernel) % kernel, n % kernel],
        ])) {
          if (readsAt(row, i) !== y || readsAt(column, j) !== x) continue;
          const source = (plane * out + row) * out + column;
          const tap = ((plane * inputs + channel) * kernel + i) * kernel + j;
          met.push([source, tap, at]);
          moves.weights?.push(tap);
          gradients[at] += upstream[source] * weights[tap];
          learned[tap] += upstream[source] * values[at];
          moves.sources.push(source);
          moves.targets.push(at);
          moves.upstream.push(upstream[source]);
          moves.factors.push(weights[tap]);
          moves.products.push(upstream[source] * weights[tap]);
          moves.running.push(gradients[at]);
        }
  }
  const grid = (key, title, shape, value, gradient, more = {}) => ({
    ...{ key, title, note: shape.join(" × "), shape, first: 0, drawn: shape },
    ...{ columns: shape.length > 1 ? shape.at(-1) : 1, planes: 1, editable: true, value, gradient },
    zero: gradient.map((each) => (each === 0 ? "upstream" : null)),
    ...{ won: null, most: [most(value), most(gradient)], ring: null, windows: null },
    ...more,
  });
  const sides = { top: padding, left: padding, bottom: padding, right: padding, text: "0" };
  const starts = range(out).map((i) => i * stride - padding);
  const taps = range(kernel).map((i) => i * dilation);
  moves.channels = channelSums(moves, out * out);
  return {
    met,
    loss: null,
    open: {},
    moves: { 0: moves },
    grids: [
      grid("-1", "Input", shapes.target, values, gradients, { ring: padding ? sides : null }),
      grid("0.weight", "Kernel", shapes.weight, weights, learned),
      grid(
        "0.bias",
        "Bias",
        [outputs],
        range(outputs),
        range(outputs).map(() => 1),
      ),
      grid("0", "Convolution", shapes.source, upstream, upstream, {
        windows: { of: "-1", starts: [starts, starts], taps: [taps, taps], own_channel: false },
      }),
    ],
  };
}

/** What each channel sends to each target, by its definition (app/stage/bundles.py). */
function channelSums({ sources, targets, products }, plane) {
  const total = (some) => some.reduce((all, each) => all + each, 0);
  const bySize = (some) => some.toSorted((a, b) => Math.abs(b.sum) - Math.abs(a.sum));
  const found = {};
  for (const target of new Set(targets)) {
    const own = range(targets.length).filter((i) => targets[i] === target);
    const channels = new Set(own.map((i) => Math.floor(sources[i] / plane)));
    const sums = [...channels].map((channel) => {
      const places = own.filter((i) => Math.floor(sources[i] / plane) === channel);
      const sorted = places.toSorted((a, b) => Math.abs(products[b]) - Math.abs(products[a]));
      const single = sorted.slice(0, 5).map((i) => own.indexOf(i));
      const rest = total(sorted.slice(5).map((i) => products[i]));
      return { channel, sum: total(places.map((i) => products[i])), single, rest };
    });
    found[target] = sums.map((each) => {
      const others = bySize(sums.filter((other) => other !== each));
      const left = [1, 2].filter((n) => n < others.length);
      const sumsLeft = left.map((n) => total(others.slice(n).map(({ sum }) => sum)));
      return { ...each, others: sumsLeft };
    });
  }
  return found;
}

/** What one weight collects, in the picture's moves. */
function collected(picture, tap) {
  const [target, weight, , source] = picture.grids;
  const found = picture.met.filter(([, each]) => each === tap).toSorted((a, b) => a[0] - b[0]);
  const factors = found.map(([, , at]) => target.value[at]);
  const upstream = found.map(([at]) => source.gradient[at]);
  const products = factors.map((factor, i) => factor * upstream[i]);
  let sum = 0;
  const moves = {
    ...{ source: "0", target: weight.key, sources: found.map(([at]) => at), upstream, factors },
    ...{ targets: found.map(() => tap), products, reads: "-1", met: found.map(([, , at]) => at) },
    running: products.map((each) => (sum += each)),
  };
  moves.channels = channelSums(moves, source.shape[1] * source.shape[2]);
  return { ...picture, moves: { ...picture.moves, [weight.key]: moves } };
}

function pair(picture, phase, subject, more = {}) {
  const names = { source: "0", target: "-1", weight: "0.weight", bias: "0.bias" };
  const shown = { phase, layer: 0, pair: { kind: "convolution", ...names } };
  const from = phase === "multiply" ? 0 : -1;
  const step = { phase, values_to: 0, gradients_from: from, parameters_from: 0, ...more };
  const rest = { before: null, pinned: null, hides: null, guess: "" };
  return pairOf({ picture, step, shown, subject, ...rest });
}

const NETWORKS = {
  "founding": { size: 5, sparse: true },
  "pool → convolution": { size: 3 },
  "two channels": { size: 6, kernel: 3, outputs: 2 },
  "sixteen channels": { size: 6, kernel: 3, outputs: 16 },
  "padding": { size: 5, kernel: 3, padding: 1 },
  "stride 2": { size: 5, kernel: 3, stride: 2 },
  "dilation": { size: 5, kernel: 2, dilation: 2 },
  "a 5 × 5 kernel": { size: 8, kernel: 5 },
  "a 7 × 7 kernel": { size: 12, kernel: 7 },
  "a 12 × 12 map": { size: 12, kernel: 3 },
  "copies": { size: 3, padding: 1, copies: true },
  "copies under a 3 × 3 kernel": { size: 5, kernel: 3, padding: 1, copies: true },
}; // biome-ignore format: names

/** The box of a text, whose y is its baseline. */
function boxOf({ text, x, y, size, weight, anchor }) {
  const w = widthOf(text, size, weight);
  const left = anchor === "start" ? x : anchor === "end" ? x - w : x - w / 2;
  return { x: left, y: y - size * 0.76, w, h: size * 0.8 };
}

const overlap = (a, b, by = 1) =>
  a.x + a.w - by > b.x && b.x + b.w - by > a.x && a.y + a.h - by > b.y && b.y + b.h - by > a.y;

/** Where a path goes, in steps of a few pixels: its lines are straight but for small corners. */
function pointsOf(d) {
  const numbers = [...d.matchAll(/(-?[\d.]+) (-?[\d.]+)/g)].map(([, x, y]) => [+x, +y]);
  return numbers.slice(1).flatMap(([x, y], i) => {
    const [px, py] = numbers[i];
    const steps = Math.ceil(Math.hypot(x - px, y - py) / 3);
    return range(steps + 1).map((k) => [
      px + ((x - px) * k) / (steps || 1),
      py + ((y - py) * k) / (steps || 1),
    ]);
  });
}

/** @param {object} picture */
function* subjects(picture) {
  const [target] = picture.grids;
  const size = target.shape[1];
  for (const at of new Set([0, size - 1, Math.floor((size * size) / 2), size * size - 1]))
    yield ["add", { key: "-1", at }, picture];
  yield ["multiply", { key: "-1", at: size + 1 }, picture];
  for (const at of [0, picture.grids[1].value.length - 1])
    yield ["parameters", { key: "0.weight", at }, collected(picture, at)];
}

for (const [name, sizes] of Object.entries(NETWORKS))
  for (const scale of /** @type {const} */ (["wide", "middle", "tall", "phone"])) {
    const scenes = [...subjects(convolution(sizes))].map(([phase, subject, picture]) => {
      const said = `${phase} ${subject.key} ${subject.at}`;
      const told = pair(picture, phase, subject);
      const composed = compose(told, SIZES[scale], { ...OPTIONS, scale });
      return { said, told, composed, shapes: moment(composed.shapes) };
    });
    const box = SIZES[scale];

    test(`${name}, ${scale}: every term has a label with its three numbers, or is in a bundle`, () => {
      for (const { said, told, shapes } of scenes) {
        const labels = shapes.filter(({ kind, term }) => kind === "text" && term);
        const written = labels.map(({ term }) => term);
        const sums = written.filter(([sum, one, same]) => one === 1 && sum === same);
        const single = told.terms.filter(({ upstream, factor, product: of }) =>
          written.some(([a, b, c]) => a === upstream && b === factor && c === of),
        );
        assert.ok(
          labels.every(({ text }) => text && !text.includes("undefined")),
          said,
        );
        const isBundled = shapes.some(({ part }) => part === "bundle" || part === "channel");
        if (!isBundled) assert.equal(single.length, told.terms.length, said);
        else assert.ok(sums.length || single.length, said);
      }
    });

    test(`${name}, ${scale}: everything lies in the room, and cells lie beside each other`, () => {
      for (const { said, composed, shapes } of scenes) {
        const inside = ({ x, y, w, h }, what) =>
          assert.ok(
            x >= box.x - 1 &&
              y >= box.y - 1 &&
              x + w <= box.x + box.w + 1 &&
              y + h <= box.y + box.h + 1,
            `${said}: ${what} ${JSON.stringify({ x, y, w, h })}`,
          );
        for (const each of composed.cells) inside(each, `${each.key} ${each.at}`);
        for (const each of shapes) {
          if (each.kind === "text") inside(boxOf(each), each.text);
          if (each.kind === "rect") inside({ ...each, w: each.wide, h: each.high }, each.part);
        }
        composed.cells.forEach((a, i) => {
          for (const b of composed.cells.slice(i + 1))
            assert.ok(!overlap(a, b, 0.05), `${said}: ${JSON.stringify([a, b])}`);
        });
      }
    });

    test(`${name}, ${scale}: no text covers another, and no curve crosses a number or a heading`, () => {
      for (const { said, shapes } of scenes) {
        const texts = shapes.filter(({ kind, text }) => kind === "text" && text);
        const boxes = texts.map((each) => ({ ...boxOf(each), text: each.text, part: each.part }));
        boxes.forEach((a, i) => {
          for (const b of boxes.slice(i + 1))
            assert.ok(!overlap(a, b), `${said}: ${JSON.stringify([a, b])}`);
        });
        for (const each of shapes) {
          if (each.kind !== "path" || !["curve", "trunk", "brace"].includes(each.part)) continue;
          for (const [x, y] of pointsOf(each.d))
            for (const b of boxes)
              assert.ok(
                !(x > b.x && x < b.x + b.w && y > b.y && y < b.y + b.h),
                `${said}: ${each.part} over ${b.text} at ${x}, ${y}`,
              );
        }
      }
    });

    if (sizes.size <= 5)
      test(`${name}, ${scale}: the cells of a small map are large enough to think with`, () => {
        const least = { wide: 64, middle: 38, tall: 44, phone: sizes.padding ? 32 : 36 }[scale];
        for (const { said, composed } of scenes)
          for (const { key, w } of composed.cells)
            if (key === "-1" || key === "0") assert.ok(w >= least - 0.5, `${said}: ${key} ${w}`);
      });
  }

test("each tap stands on the cell that it multiplies: the kernel is turned half round", () => {
  const picture = convolution({ size: 5 });
  const composed = compose(pair(picture, "add", { key: "-1", at: 12 }), SIZES.wide, OPTIONS);
  const factors = composed.shapes.filter(({ part }) => part === "factor").map(({ text }) => text);
  const [a, b, c, d] = picture.grids[1].value.map((each) =>
    `× ${each < 0 ? `(${each})` : each}`.replace("-", "−"),
  );
  assert.deepEqual(factors, [d, c, b, a]);
});

for (const scale of ["wide", "phone"])
  test(`on a ${scale} page, terms stand in the order of the map and the receipt, joined by + and =`, () => {
    for (const at of range(25)) {
      const picture = convolution({ size: 5 });
      const told = pair(picture, "add", { key: "-1", at });
      const { shapes } = compose(told, SIZES[scale], { ...OPTIONS, scale });
      const down = shapes.filter(({ term }) => term).toSorted((a, b) => a.y - b.y);
      assert.deepEqual(
        down.map(({ term }) => term),
        told.terms.map(({ upstream, factor, product }) => [upstream, factor, product]),
      );
      const signs = shapes.filter(({ part, kind }) => part === "plus" && kind === "path");
      assert.equal(signs.length, told.terms.length - 1);
      const said = shapes.filter(({ part }) => part === "expression").map(({ text }) => text);
      assert.equal(said.length, told.terms.length);
      for (const text of said) assert.match(text, /^= ?−?[\d.]+ ?× ?\(?−?[\d.]+\)?$/);
    }
  });

test("rows and columns of both maps are numbered, around the padding, which says what it holds", () => {
  const numbers = (padding) =>
    compose(
      pair(convolution({ size: 5, padding }), "add", { key: "-1", at: 12 }),
      SIZES.wide,
      OPTIONS,
    )
      .shapes.filter(({ part }) => part === "index")
      .map(({ text }) => Number(text));
  assert.deepEqual(numbers(0), [...range(5), ...range(5), ...range(4), ...range(4)]);
  assert.deepEqual(numbers(1), [...range(5), ...range(5), ...range(6), ...range(6)]);
  const { shapes } = compose(
    pair(convolution({ size: 5, padding: 1 }), "add", { key: "-1", at: 12 }),
    SIZES.wide,
    OPTIONS,
  );
  const pad = shapes.find(({ part }) => part === "pad");
  const held = shapes.find(({ text }) => text?.startsWith("padding"));
  assert.ok(held.y > pad.y && held.y < pad.y + 22);
  for (const { part, y } of shapes) if (part === "index") assert.ok(y < pad.y || y > held.y + 10);
});

test("the lines of the terms do not cross one another", () => {
  for (const at of range(25)) {
    const picture = convolution({ size: 5 });
    const composed = compose(pair(picture, "add", { key: "-1", at }), SIZES.wide, OPTIONS);
    const curves = composed.shapes
      .filter(({ part }) => part === "curve")
      .map(({ d }) => pointsOf(d));
    curves.forEach((one, i) => {
      for (const other of curves.slice(i + 1))
        for (const [x, y] of one)
          for (const [u, v] of other)
            assert.ok(Math.hypot(x - u, y - v) > 1.2, `cell ${at} at ${x}, ${y}`);
    });
  }
});

test("a term lands after the other, the cell counts, and the end is what stands without motion", () => {
  const picture = convolution({ size: 5 });
  const composed = compose(pair(picture, "add", { key: "-1", at: 12 }), SIZES.wide, OPTIONS);
  const { duration, shapes, terms } = composed;
  const lands = terms.map((term) => term.lands);
  assert.deepEqual(
    lands,
    lands.toSorted((a, b) => a - b),
  );
  assert.equal(new Set(lands).size, 4);
  const plain = (ms) => moment(shapes, ms).map(({ motion, ...shape }) => shape);
  assert.deepEqual(plain(duration), plain());
});

test("while the question is open, no product and no sum is in the scene", () => {
  const picture = convolution({ size: 3 });
  const told = { ...pair(picture, "add", { key: "-1", at: 4 }), isQuestion: true };
  const composed = compose(told, SIZES.wide, OPTIONS);
  assert.deepEqual(
    composed.shapes.filter(({ term }) => term),
    [],
  );
  assert.ok(composed.shapes.some(({ text }) => text === "?"));
  assert.ok(composed.ask);
});

test("the largest products are drawn one by one, also among many of one size", () => {
  const picture = convolution({ size: 13, kernel: 7 });
  const moves = picture.moves[0];
  const own = moves.targets.flatMap((target, i) => (target === 84 ? [i] : []));
  own.forEach((i, k) => {
    moves.products[i] = k === own.length - 1 ? 9 : 1;
  });
  moves.channels = channelSums(moves, 49);
  const composed = compose(pair(picture, "add", { key: "-1", at: 84 }), SIZES.wide, OPTIONS);
  const written = composed.shapes.filter(({ term }) => term).map(({ term }) => term[2]);
  assert.deepEqual(written, [1, 1, 1, 1, 9, own.length - 5]);
});

test("of channels that are not open, the sums are shown", () => {
  const picture = convolution({ size: 6, kernel: 3, outputs: 16 });
  picture.grids[3].first = 16 * 16; // a plane that sends nothing to this cell
  picture.grids[3].drawn = [4, 4];
  const { shapes } = compose(pair(picture, "add", { key: "-1", at: 14 }), SIZES.wide, OPTIONS);
  assert.ok(shapes.some(({ part }) => part === "channel"));
  assert.ok(!JSON.stringify(shapes).includes("null,null"));
  for (const { x = 0, y = 0 } of shapes) assert.ok(Number.isFinite(x + y));
});

test("of a map more than eight wide, those around the cell are large, and the others lie on its heat", () => {
  const picture = convolution({ size: 12, kernel: 3 });
  const composed = compose(pair(picture, "add", { key: "-1", at: 70 }), SIZES.wide, OPTIONS);
  const cells = composed.cells.filter(({ key }) => key === "-1");
  assert.equal(cells.length, 144);
  assert.equal(cells.filter(({ w }) => w > 40).length, 25);
  assert.ok(composed.shapes.some(({ kind }) => kind === "heat"));
  assert.ok(composed.shapes.some(({ part }) => part === "frame"));
});

test("what an output reads at several places has all its weights at its foot, or none", () => {
  const picture = convolution({ size: 3, padding: 1, copies: true });
  const told = pair(picture, "add", { key: "-1", at: 0 });
  const shapes = moment(compose(told, SIZES.wide, OPTIONS).shapes);
  const feet = shapes
    .filter(({ part, text }) => part === "factor" && text)
    .map((each) => each.text);
  const own = new Map();
  for (const { at, factor } of told.terms) own.set(at, [...(own.get(at) ?? []), factor]);
  assert.ok([...own.values()].some((factors) => factors.length === 4));
  assert.equal(feet.length, [...own.values()].filter((factors) => factors.length < 3).length);
  assert.ok(feet.some((each) => each.includes("+")));
});

test("no small map of another kernel or channel lies under a product", () => {
  for (const [scale, box] of Object.entries(SIZES))
    for (const shape of [
      { size: 2, kernel: 1, inputs: 2, outputs: 3 },
      { size: 4, outputs: 6 },
    ]) {
      const picture = convolution(shape);
      const learning = pair(collected(picture, 0), "parameters", { key: "0.weight", at: 0 });
      const { shapes } = compose(learning, box, { ...OPTIONS, scale });
      const chips = shapes.filter(({ part }) => part === "chip");
      const maps = shapes.filter(({ kind }) => kind === "heat");
      assert.ok(chips.length > 0, scale);
      assert.ok(maps.length > 0, scale);
      for (const a of maps)
        for (const b of chips)
          assert.ok(
            a.x >= b.x + b.wide ||
              b.x >= a.x + a.wide ||
              a.y >= b.y + b.high ||
              b.y >= a.y + a.high,
            `${scale}: ${JSON.stringify([a, b])}`,
          );
    }
});

test("on a phone, the products of many channels do not lie on each other", () => {
  const picture = convolution({ size: 9, kernel: 5, inputs: 2, outputs: 6, padding: 2 });
  for (const at of [0, 40, 80]) {
    const { shapes } = compose(pair(picture, "add", { key: "-1", at }), SIZES.phone, {
      ...{ ...OPTIONS, scale: "phone" },
    });
    const chips = shapes.filter(({ part }) => part === "chip");
    chips.forEach((a, i) => {
      assert.ok(a.high >= 12, JSON.stringify(a));
      for (const b of chips.slice(i + 1))
        assert.ok(
          a.x >= b.x + b.wide || b.x >= a.x + a.wide || a.y >= b.y + b.high || b.y >= a.y + a.high,
          JSON.stringify([a, b]),
        );
    });
  }
});
