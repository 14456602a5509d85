// Where things are, as pure functions of measured rectangles: no DOM here.

/** @typedef {{x: number, y: number, width: number, height: number}} Box */
/** @typedef {[number, number]} Point */
/** @typedef {Point[]} Curve four points of a cubic Bézier */
/** @typedef {{first: Point[], curve: Curve, last: Point[]}} Way a curve; corners before and after it */

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
 * The area that two boxes cover in common.
 * @param {Box} a
 * @param {Box} b
 */
export function common(a, b) {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return Math.max(0, width) * Math.max(0, height);
}

/**
 * Places at least so far apart, in the same order, that are as near to the wanted ones as can be:
 * neighbours that would be too close stand around their common middle.
 * @param {number[]} wanted
 * @param {number} apart
 * @returns {number[]}
 */
export function spread(wanted, apart) {
  const order = wanted.map((_, i) => i).toSorted((a, b) => wanted[a] - wanted[b]);
  /** @type {{members: number[], start: number}[]} from the first to the last */
  const groups = [];
  for (const i of order) {
    let group = { members: [i], start: wanted[i] };
    for (let last = groups.at(-1); last; last = groups.at(-1)) {
      if (last.start + last.members.length * apart <= group.start) break;
      groups.pop();
      const members = [...last.members, ...group.members];
      const sum = members.reduce((total, each, k) => total + wanted[each] - k * apart, 0);
      group = { members, start: sum / members.length };
    }
    groups.push(group);
  }
  const places = [...wanted];
  for (const { members, start } of groups)
    members.forEach((i, k) => {
      places[i] = start + k * apart;
    });
  return places;
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
 * The way from a cell of one grid to a cell of another that crosses no third cell: within a grid
 * it runs between two rows, or two columns, and neighbours take different lanes.
 * @param {Box} from
 * @param {Box} to
 * @param {Box} source the grid of ``from``
 * @param {Box} target the grid of ``to``
 * @returns {Way}
 */
export function route(from, to, source, target) {
  const isBeside = source.x >= target.x + target.width || source.x + source.width <= target.x;
  if (isBeside) return beside(from, to, source, target);
  const way = beside(flipped(from), flipped(to), flipped(source), flipped(target));
  return {
    first: way.first.map(swapped),
    curve: way.curve.map(swapped),
    last: way.last.map(swapped),
  };
}

/**
 * @param {Box} from
 * @param {Box} to
 * @param {Box} source beside the target
 * @param {Box} target
 * @returns {Way}
 */
function beside(from, to, source, target) {
  const isRight = source.x > target.x;
  const first = lane(from, source, !isRight);
  const last = lane(to, target, isRight);
  const [start, end] = [first.at(-1), last.at(-1)].map((point) =>
    spot(/** @type {Point} */ (point)),
  );
  return {
    first: first.slice(0, -1),
    curve: curve(start, end),
    last: last.slice(0, -1).toReversed(),
  };
}

/**
 * From the side of a cell to the edge of its grid.
 * @param {Box} cell
 * @param {Box} grid
 * @param {boolean} isRight to the right edge, or to the left
 * @returns {Point[]}
 */
function lane(cell, grid, isRight) {
  const edge = isRight ? grid.x + grid.width : grid.x;
  const side = isRight ? cell.x + cell.width : cell.x;
  const middle = cell.y + cell.height / 2;
  if (Math.abs(edge - side) < cell.width / 2) return [[edge, middle]];
  const column = Math.round((cell.x - grid.x) / cell.width);
  const between = column % 2 ? cell.y : cell.y + cell.height;
  return [
    [side, middle],
    [side, between],
    [edge, between],
  ];
}

/**
 * @param {Point} point
 * @returns {Box}
 */
const spot = ([x, y]) => ({ x, y, width: 0, height: 0 });
/** @param {Box} box */
const flipped = ({ x, y, width, height }) => ({ x: y, y: x, width: height, height: width });
/**
 * @param {Point} point
 * @returns {Point}
 */
const swapped = ([x, y]) => [y, x];

/**
 * A point on a way, t from 0 to 1; its curve and its legs each take their share of it.
 * @param {Way} way
 * @param {number} t
 * @returns {Point}
 */
export function pointOn({ first, curve: points, last }, t) {
  /** @type {((share: number) => Point)[]} */
  const parts = [];
  /** @type {number[]} */
  const lengths = [];
  /** @param {Point[]} corners */
  const straight = (corners) => {
    for (let i = 1; i < corners.length; i += 1) {
      const [a, b] = [corners[i - 1], corners[i]];
      parts.push((share) => [a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share]);
      lengths.push(apart(a, b));
    }
  };
  if (first.length) straight([...first, points[0]]);
  parts.push((share) => pointAt(points, share));
  lengths.push(apart(points[0], points[3]));
  if (last.length) straight([points[3], ...last]);
  let rest = t * lengths.reduce((sum, length) => sum + length, 0);
  for (let i = 0; i < parts.length - 1; i += 1) {
    if (rest < lengths[i]) return parts[i](rest / lengths[i]);
    rest -= lengths[i];
  }
  const length = lengths[lengths.length - 1];
  return parts[parts.length - 1](length ? Math.min(1, rest / length) : t);
}

/**
 * @param {Point} a
 * @param {Point} b
 */
const apart = (a, b) => Math.hypot(b[0] - a[0], b[1] - a[1]);

/**
 * @param {Way} way
 * @returns {string} as SVG path data
 */
export function path({ first, curve: [start, ...others], last }) {
  const corners = [...first, start].map((point) => point.join(" ")).join("L");
  const bent = others.map((point) => point.join(" ")).join(",");
  return `M${corners}C${bent}${last.map((point) => `L${point.join(" ")}`).join("")}`;
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
