// Where things are, as pure functions of measured rectangles: no DOM here.

/** @typedef {{x: number, y: number, width: number, height: number}} Box */
/** @typedef {[number, number][]} Curve four points of a cubic Bézier */

/**
 * The curve along which something travels from one cell to another: it leaves on the side that
 * faces the target and arrives on the side that faces the source.
 * @param {Box} from
 * @param {Box} to
 * @returns {Curve}
 */
export function curve(from, to) {
  const a = centre(from);
  const b = centre(to);
  const apart = Math.max(from.x - (to.x + to.width), to.x - (from.x + from.width));
  if (apart >= 0) {
    const way = Math.sign(b[0] - a[0]);
    const start = [a[0] + (way * from.width) / 2, a[1]];
    const end = [b[0] - (way * to.width) / 2, b[1]];
    const bend = (end[0] - start[0]) / 2;
    return /** @type {Curve} */ ([
      start,
      [start[0] + bend, start[1]],
      [end[0] - bend, end[1]],
      end,
    ]);
  }
  const way = Math.sign(b[1] - a[1]) || 1;
  const start = [a[0], a[1] + (way * from.height) / 2];
  const end = [b[0], b[1] - (way * to.height) / 2];
  const bend = (end[1] - start[1]) / 2;
  return /** @type {Curve} */ ([start, [start[0], start[1] + bend], [end[0], end[1] - bend], end]);
}

/**
 * @param {Box} box
 * @returns {[number, number]}
 */
export function centre(box) {
  return [box.x + box.width / 2, box.y + box.height / 2];
}

/**
 * Whether two boxes cover a common area.
 * @param {Box} a
 * @param {Box} b
 */
export function overlap(a, b) {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

/**
 * A point on a curve, t from 0 to 1.
 * @param {Curve} points
 * @param {number} t
 * @returns {[number, number]}
 */
export function pointAt(points, t) {
  const s = 1 - t;
  const weights = [s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t];
  let x = 0;
  let y = 0;
  for (let i = 0; i < 4; i += 1) {
    x += weights[i] * points[i][0];
    y += weights[i] * points[i][1];
  }
  return [x, y];
}

/**
 * @param {Curve} points
 * @returns {string} the curve as SVG path data
 */
export function path([start, ...others]) {
  return `M${start.join(" ")}C${others.map((point) => point.join(" ")).join(",")}`;
}

/**
 * The part of a plot that a box takes, as Plotly counts: from the left and from the bottom, 0 to 1.
 * @param {Box} box
 * @param {{width: number, height: number}} whole
 */
export function domains(box, whole) {
  return {
    x: [box.x / whole.width, (box.x + box.width) / whole.width],
    y: [1 - (box.y + box.height) / whole.height, 1 - box.y / whole.height],
  };
}

/**
 * How far each of several arrivals has come: the k-th of n sets off a little after the one before
 * it, and all have arrived when progress is 1.
 * @param {number} progress of the step, 0 to 1
 * @param {number} k
 * @param {number} n
 */
export function staggered(progress, k, n) {
  const share = 1 / (1 + 0.45 * (n - 1));
  const start = n > 1 ? (k / (n - 1)) * (1 - share) : 0;
  return Math.min(1, Math.max(0, (progress - start) / share));
}

/** @param {number} t */
export function ease(t) {
  return t * t * (3 - 2 * t);
}
