import assert from "node:assert/strict";
import test from "node:test";
import {
  centre,
  common,
  curve,
  domains,
  ease,
  overlap,
  path,
  pointAt,
  pointOn,
  route,
  spread,
  staggered,
} from "../../static/js/stage/geometry.js";

const box = (x, y, width = 10, height = 10) => ({ x, y, width, height });

test("the centre of a box is its middle", () => {
  assert.deepEqual(centre(box(10, 20, 4, 6)), [12, 23]);
});

test("boxes overlap when they share an area, not when they only touch", () => {
  assert.ok(overlap(box(0, 0), box(9, 9)));
  assert.ok(overlap(box(0, 0), box(2, 2, 1, 1)));
  assert.ok(!overlap(box(0, 0), box(10, 0)));
  assert.ok(!overlap(box(0, 0), box(0, 10)));
});

test("what two boxes cover in common is an area, and none where they are apart", () => {
  assert.equal(common(box(0, 0), box(6, 8)), 8);
  assert.equal(common(box(0, 0), box(2, 2, 3, 3)), 9);
  assert.equal(common(box(0, 0), box(10, 0)), 0);
  assert.equal(common(box(0, 0), box(20, 20)), 0);
});

test("between cells side by side a curve leaves and arrives at the sides that face", () => {
  const [start, , , end] = curve(box(0, 0), box(100, 40));
  assert.deepEqual(start, [10, 5]);
  assert.deepEqual(end, [100, 45]);
  const [back, , , there] = curve(box(100, 40), box(0, 0));
  assert.deepEqual(back, [100, 45]);
  assert.deepEqual(there, [10, 5]);
});

test("between cells one above the other it leaves at the bottom and arrives at the top", () => {
  const [start, , , end] = curve(box(0, 0), box(4, 100));
  assert.deepEqual(start, [5, 10]);
  assert.deepEqual(end, [9, 100]);
});

test("a curve between a cell and itself is a number everywhere", () => {
  for (const point of curve(box(0, 0), box(0, 0))) assert.ok(point.every(Number.isFinite));
});

test("a curve begins at its source, ends at its target and stays between them", () => {
  const points = curve(box(0, 0), box(100, 40));
  assert.deepEqual(pointAt(points, 0), points[0]);
  assert.deepEqual(pointAt(points, 1), points[3]);
  for (let k = 0; k <= 10; k += 1) {
    const [x, y] = pointAt(points, k / 10);
    assert.ok(x >= 10 && x <= 100 && y >= 5 && y <= 45);
  }
});

test("a way is SVG path data: a curve, and corners before and after it", () => {
  const curve = [
    [0, 1],
    [2, 3],
    [4, 5],
    [6, 7],
  ];
  assert.equal(path({ first: [], curve, last: [] }), "M0 1C2 3,4 5,6 7");
  assert.equal(path({ first: [[9, 9]], curve, last: [[8, 9]] }), "M9 9L0 1C2 3,4 5,6 7L8 9");
});

test("a route from a cell to another crosses no third cell, wherever the grids stand", () => {
  const cellsOf = ({ x, y }) =>
    Array.from({ length: 16 }, (_, i) => box(x + 10 * (i % 4), y + 10 * Math.floor(i / 4)));
  const inner = ({ x, y }) => ({ x: x + 1, y: y + 1, width: 8, height: 8 });
  const target = box(100, 100, 40, 40);
  for (const source of [
    [200, 110],
    [10, 130],
    [120, 300],
    [100, 10],
  ].map(([x, y]) => box(x, y, 40, 40))) {
    const cells = [...cellsOf(source), ...cellsOf(target)];
    for (const from of cellsOf(source)) {
      for (const to of cellsOf(target)) {
        const way = route(from, to, source, target);
        for (let k = 0; k <= 40; k += 1) {
          const [x, y] = pointOn(way, k / 40);
          assert.ok(!cells.some((cell) => overlap({ x, y, width: 0, height: 0 }, inner(cell))));
        }
        for (const [t, cell] of [
          [0, from],
          [1, to],
        ]) {
          const [x, y] = pointOn(way, t);
          const [middleX, middleY] = centre(cell);
          assert.equal(Math.abs(x - middleX) + Math.abs(y - middleY), 5, "at the cell's side");
        }
      }
    }
  }
});

test("neighbours in a row take different lanes", () => {
  const [grid, source] = [box(0, 0, 40, 40), box(100, 10)];
  const [a, b] = [box(10, 10), box(20, 10)].map((to) => route(source, to, source, grid).last[0][1]);
  assert.notEqual(a, b);
});

test("Plotly counts from the left and from the bottom", () => {
  assert.deepEqual(domains(box(0, 0, 50, 25), { width: 100, height: 100 }), {
    x: [0, 0.5],
    y: [0.75, 1],
  });
});

test("several arrivals set off one after the other and have all arrived at the end", () => {
  for (const n of [1, 2, 5, 25]) {
    const at = (progress) => Array.from({ length: n }, (_, k) => staggered(progress, k, n));
    assert.ok(at(0).every((t) => t === 0));
    assert.ok(at(1).every((t) => t === 1));
    for (const progress of [0.2, 0.5, 0.8]) {
      const order = at(progress);
      assert.deepEqual(
        order,
        order.toSorted((a, b) => b - a),
      );
    }
  }
});

test("easing begins and ends where it should, and never goes back", () => {
  assert.equal(ease(0), 0);
  assert.equal(ease(1), 1);
  for (let k = 0; k < 10; k += 1) assert.ok(ease((k + 1) / 10) > ease(k / 10));
});

test("what has room enough stays where it is wanted", () => {
  assert.deepEqual(spread([30, 0, 10], 10), [30, 0, 10]);
  assert.deepEqual(spread([], 10), []);
});

test("what would be too close stands around its middle, in its order", () => {
  assert.deepEqual(spread([5, 5], 10), [0, 10]);
  assert.deepEqual(spread([12, 10], 10), [16, 6]);
  assert.deepEqual(spread([0, 1, 2, 100], 10), [-9, 1, 11, 100]);
  // One group pushes against the next, and they become one.
  assert.deepEqual(spread([0, 0, 14, 14], 10), [-8, 2, 12, 22]);
});

test("spread places are always far enough apart", () => {
  for (let seed = 1; seed < 50; seed += 1) {
    const wanted = Array.from({ length: 8 }, (_, i) => (seed * (i + 3) * 37) % 90);
    const places = spread(wanted, 12);
    const order = wanted.map((_, i) => i).toSorted((a, b) => wanted[a] - wanted[b]);
    for (let k = 1; k < order.length; k += 1)
      assert.ok(places[order[k]] - places[order[k - 1]] >= 12 - 1e-9);
  }
});
