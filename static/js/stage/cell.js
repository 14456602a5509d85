// Draws a cell of a scene. Before its gradient is known, the cell is grey with its value in the
// middle; then it has the gradient's colour, the gradient in the middle and the value in the corner.

import { figure } from "../shared/figures.js";
import { fitted, grey, heat, n, rect, text, widthOf, zeroMark } from "./shapes.js";

/** The lowest cell in which the value stands above the gradient, in pixels. */
const LOW = 34;
/** Half the height of a digit, of its size. */
const DIGIT = 0.38;

/** @import {View} from "./pair.js" */
/** @import {Box, Motion, Shape} from "./shapes.js" */
/** @import {Options} from "./scenes.js" */

/**
 * @typedef {object} How
 * @property {number} [arrives] the moment at which its gradient appears
 * @property {boolean} [strong] whether it is the explained cell, which is written larger
 * @property {string} [says] a text instead of the gradient, such as «?»
 * @property {boolean} [ground] whether its colour is drawn too; by default yes
 */

/**
 * @param {View} view
 * @param {number} i its place among the cells that are drawn
 * @param {Box} box
 * @param {Options} options
 * @param {How} [how]
 * @returns {Shape[]}
 */
export function cell(view, i, box, options, how = {}) {
  const { arrives = 0, says } = how;
  const known = view.is.gradient && options.reading !== "values";
  if (says !== undefined) return asked(view, i, box, says);
  if (!known) return before(view, i, box, options, how, undefined);
  if (!arrives) return after(view, i, box, options, how, undefined);
  return [
    ...before(view, i, box, options, how, { shown: [[0, arrives]] }),
    ...after(view, i, box, options, how, { shown: [[arrives, Number.POSITIVE_INFINITY]] }),
  ];
}

/**
 * A cell of which only the value is known.
 * @param {View} view
 * @param {number} i
 * @param {Box} box
 * @param {Options} options
 * @param {How} how
 * @param {Motion|undefined} motion
 * @returns {Shape[]}
 */
function before(view, i, box, { editing, reading }, { strong }, motion) {
  const isCard = view.key.includes(".");
  const fill = isCard ? "card" : view.is.value ? grey(view.value[i], view.most[0]) : "lane";
  const edge = isCard ? { stroke: "hair", width: 1.3 } : {};
  /** @type {Shape[]} */
  const shapes = [rect(box, { fill, ...edge, radius: radius(box), part: "cell", motion })];
  if (!view.is.value) return [...shapes, ...unknown(box, motion)];
  if (reading === "gradients" && view.is.gradient) return shapes;
  const size = Math.min(strong ? 26 : 19, box.h * 0.34);
  const fit = fitted(view.value[i], box.w - 6, size, 11, 5);
  if (box.w < 24 || box.h < 15) return shapes;
  const [x, y] = [box.x + box.w / 2, box.y + box.h / 2];
  const ink = strong ? { fill: "ink", weight: 700 } : { fill: "ink2" };
  shapes.push(text(fit.text, x, y, fit.size, { ...ink, part: "value", motion }));
  if (editing && view.editable) shapes.push(dotted(fit.text, x, y, fit.size, motion));
  return [...shapes, ...former(view, i, box, y + DIGIT * fit.size, motion)];
}

/**
 * @param {View} view
 * @param {number} i
 * @param {Box} box
 * @param {Options} options
 * @param {How} how
 * @param {Motion|undefined} motion
 * @returns {Shape[]}
 */
function after(view, i, box, { editing, reading }, { strong, ground = true }, motion) {
  const gradient = view.gradient[i];
  const zero = view.zero[i];
  const isCard = view.key.includes(".");
  /** @type {Shape[]} */
  const shapes = [];
  const inner = isCard && box.w > 30 ? inset(box, 3) : box;
  if (ground) {
    if (inner !== box)
      shapes.push(
        rect(box, { fill: "card", stroke: "hair", width: 1, radius: radius(box), motion }),
      );
    const fill = heat(zero ? 0 : gradient, view.most[1]);
    shapes.push(rect(inner, { fill, radius: radius(inner), part: "cell", motion }));
  }
  const won = view.is.won && view.won?.[i];
  if (won)
    shapes.push(
      rect(inset(box, 1.2), {
        stroke: "ink",
        width: box.w > 40 ? 2.4 : 1.5,
        radius: radius(box),
        part: "winner",
        motion,
      }),
    );
  if (box.w < 24 || box.h < 15) return shapes;
  const corner = Math.max(11, Math.min(14, box.h * 0.17));
  const isLow = box.h < (box.w > 74 ? 44 : LOW);
  // Both numbers, close above each other.
  const isTight = !isLow && box.h < 44;
  const hasValue = reading === "both" && view.is.value && (isLow ? box.w > 74 : box.w >= LOW);
  if (hasValue) {
    const fit = fitted(view.value[i], isLow ? box.w * 0.3 - 7 : box.w * 0.7, corner);
    const y = isLow ? box.y + box.h / 2 : box.y + (isTight ? 2 : 4) + corner * 0.75;
    const weight = won ? 700 : 400;
    const ink = { anchor: /** @type {const} */ ("start"), fill: zero ? "ink2" : "ink", weight };
    const x = box.x + (isTight ? 5 : 7);
    shapes.push(text(fit.text, x, y, fit.size, { ...ink, part: "value", motion }));
    if (editing && view.editable && view.key !== "head" && box.h >= 60)
      shapes.push(
        dotted(fit.text, box.x + 7 + widthOf(fit.text, fit.size) / 2, y, fit.size, motion),
      );
  }
  const under = isTight && hasValue ? box.h * 0.14 : 0;
  let low = box.y + box.h / 2 + under + 3 + Math.min(11, box.h / 8);
  if (zero) shapes.push(...zeroMark(zero, { ...box, y: box.y + under }, { motion }));
  else {
    const size = Math.min(strong ? 38 : 27, box.h * (isLow ? 0.62 : 0.38));
    const room = isLow && hasValue ? box.w * 0.6 : box.w - 8;
    const fit = fitted(gradient, room, size, 11, isLow && hasValue ? 0 : 6);
    const x = isLow && hasValue ? box.x + box.w * 0.65 : box.x + box.w / 2;
    const less = hasValue && !isLow ? Math.min(6, box.h * 0.06) : 0;
    const y = box.y + box.h / 2 + (under || less);
    shapes.push(text(fit.text, x, y, fit.size, { weight: 700, part: "gradient", motion }));
    low = y + DIGIT * fit.size;
    if (editing && view.editable && view.key === "head")
      shapes.push(dotted(fit.text, x, y, fit.size, motion));
  }
  return [...shapes, ...former(view, i, box, low, motion)];
}

/**
 * A cell whose gradient is the question.
 * @param {View} view
 * @param {number} i
 * @param {Box} box
 * @param {string} says
 * @returns {Shape[]}
 */
function asked(view, i, box, says) {
  const size = Math.min(44, box.h * 0.45);
  const corner = fitted(view.value[i], box.w * 0.6, Math.max(11, Math.min(14, box.h * 0.17)));
  const { x, y, w, h } = box;
  const shapes = [
    rect(box, { fill: "panel", radius: radius(box), part: "cell" }),
    text(says, x + w / 2, y + h / 2, size, { fill: "you", weight: 700, part: "gradient" }),
  ];
  const isSeen = h >= 40;
  return isSeen
    ? [...shapes, text(corner.text, x + 8, y + 12, corner.size, { anchor: "start", part: "value" })]
    : shapes;
}

/**
 * The old number of an edited cell, struck through, where it has room below the new one.
 * @param {View} view
 * @param {number} i
 * @param {Box} box
 * @param {number} low where the new number ends
 * @param {Motion|undefined} motion
 * @returns {Shape[]}
 */
function former(view, i, { x, y, w, h }, low, motion) {
  const { was } = view;
  if (!was || w < 40) return [];
  const isGradient = view.is.gradient && was.gradient[i] !== view.gradient[i];
  if (!isGradient && was.value[i] === view.value[i]) return [];
  const old = isGradient ? was.gradient[i] : was.value[i];
  const fit = fitted(old, w - 10, 12);
  const middle = y + h - 9;
  if (middle - DIGIT * fit.size < low) return [];
  return [
    text(fit.text, x + w / 2, middle, fit.size, {
      through: true,
      part: "was",
      motion,
      fill: "ink",
    }),
  ];
}

/**
 * @param {Box} box
 * @param {Motion|undefined} motion
 * @returns {Shape[]}
 */
const unknown = ({ x, y, w, h }, motion) =>
  w < 14 ? [] : [text("·", x + w / 2, y + h / 2, 18, { fill: "ink3", part: "mark", motion })];

/**
 * A dotted line under a number that can be changed.
 * @param {string} said
 * @param {number} x
 * @param {number} y
 * @param {number} size
 * @param {Motion|undefined} motion
 * @returns {Shape}
 */
function dotted(said, x, y, size, motion) {
  const wide = Math.max(14, widthOf(said, size));
  const d = `M${n(x - wide / 2)} ${n(y + size * 0.62)}h${n(wide)}`;
  return { kind: "path", d, stroke: "you", width: 1.7, dash: [1.7, 2.6], part: "editable", motion };
}

/** @param {Box} box */
export const radius = ({ w, h }) => Math.min(8, Math.min(w, h) / 7);

/**
 * @param {Box} box
 * @param {number} by
 * @returns {Box}
 */
export const inset = ({ x, y, w, h }, by) => ({
  x: x + by,
  y: y + by,
  w: Math.max(0, w - 2 * by),
  h: Math.max(0, h - 2 * by),
});

/**
 * The places of a grid's cells, as large as fits; planes lie side by side or below each other.
 * @param {View} view
 * @param {Box} room
 * @param {number} most pixels of a cell
 * @param {number} [gap] as a part of a cell
 * @param {number} [lane] between two rows, likewise
 * @returns {{boxes: Box[], cell: number, bounds: Box}}
 */
export function laid(view, room, most, gap = 0.1, lane = gap) {
  const count = view.value.length;
  const { columns } = view;
  const height =
    view.drawn.length > 1 ? view.drawn[view.drawn.length - 2] : Math.ceil(count / columns);
  const planes = Math.max(
    1,
    Math.round(count / (view.drawn.length > 1 ? columns * height : count)),
  );
  const tall = (1 + lane) / (1 + gap);
  let best = { cell: 0, across: 1 };
  for (let across = 1; across <= planes; across += 1) {
    const down = Math.ceil(planes / across);
    const wide = across * columns + (across - 1) * 0.35;
    const high = down * height + (down - 1) * 0.35;
    const size = Math.min(most, room.w / wide, room.h / (high * tall));
    if (size > best.cell + 0.01) best = { cell: size, across };
  }
  const pitch = best.cell;
  const cellSize = pitch / (1 + gap);
  const apart = pitch * 0.35;
  const boxes = [];
  for (let i = 0; i < count; i += 1) {
    const plane = Math.floor(i / (columns * height));
    const inPlane = i % (columns * height);
    const [row, column] = [Math.floor(inPlane / columns), inPlane % columns];
    const [down, across] = [Math.floor(plane / best.across), plane % best.across];
    boxes.push({
      x: room.x + column * pitch + across * (columns * pitch + apart),
      y: room.y + tall * (row * pitch + down * (height * pitch + apart)),
      w: cellSize,
      h: cellSize,
    });
  }
  const right = Math.max(...boxes.map(({ x }) => x)) + cellSize;
  const bottom = Math.max(...boxes.map(({ y }) => y)) + cellSize;
  return {
    boxes,
    cell: cellSize,
    bounds: { x: room.x, y: room.y, w: right - room.x, h: bottom - room.y },
  };
}

/** @param {number} number */
export const said = (number) => figure(number);
