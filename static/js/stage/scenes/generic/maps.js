import { inset, laid } from "../../cell.js";
import { rect, text, widthOf } from "../../shapes.js";

/** @import {View} from "../../pair.js" */
/** @import {Options} from "../../scenes.js" */
/** @import {Box, Shape} from "../../shapes.js" */
/** @import {GENERIC} from "../sizes.js" */

/**
 * @typedef {typeof GENERIC.wide} Size
 * @typedef {ReturnType<typeof mapped>} Mapped
 * @typedef {ReturnType<typeof rooms>} Rooms
 */

/**
 * Where the maps, the terms and the parameters have their room.
 * @param {Box} box
 * @param {Size} size
 * @param {boolean} isPhone
 * @param {View} goal
 * @param {View} source
 * @param {boolean} hasWeight
 * @param {number} rows of terms: many need more of a phone's height
 */
export function rooms(box, size, isPhone, goal, source, hasWeight, rows) {
  const { side, head } = size;
  const y = box.y + head;
  const inner = box.w - 2 * side;
  if (isPhone) {
    const both = box.h - 2 * head - 12;
    const high = both * (rows > 5 ? 0.62 : 0.5);
    const low = both - high;
    const terms = { x: box.x + side, y, w: size.gutter - 10, h: high };
    const below = y + high + head;
    return {
      source: { x: box.x + side + size.gutter, y, w: inner - size.gutter, h: high },
      terms,
      goal: { x: box.x + side + 14, y: below, w: inner * 0.6, h: low },
      weight: { x: box.x + side + inner * 0.66 + 10, y: below, w: inner * 0.3, h: low * 0.6 },
      bias: { x: box.x + side + inner * 0.66 + 10, y: below, w: inner * 0.3, h: low * 0.6 },
    };
  }
  const [goalColumns, sourceColumns] = [goal, source].map((view) => Math.max(1.4, spread(view)));
  const maps = inner - size.gutter;
  // By their cells, but none much smaller than the other.
  const share = Math.max(0.25, Math.min(0.75, goalColumns / (goalColumns + sourceColumns)));
  const high = box.h - head - 16;
  const goalW = maps * share;
  const gutterX = box.x + side + goalW + 12;
  const weightH = hasWeight ? Math.min(high * 0.3, 108) : 0;
  return {
    goal: { x: box.x + side, y, w: goalW - 10, h: high },
    source: { x: gutterX + size.gutter, y, w: maps - goalW - 12, h: high },
    terms: {
      x: gutterX + 6,
      y: y + (hasWeight ? weightH + 18 : 0),
      w: size.gutter - 26,
      h: high - (hasWeight ? weightH + 18 : 0),
    },
    weight: { x: gutterX + 40, y, w: size.gutter - 80, h: weightH },
    // Under the weights: the terms stand in the gutter.
    bias: { x: box.x + side, y: y + high * 0.74, w: goalW - 10, h: high * 0.26 },
  };
}

/**
 * The right part of a room that a map takes, with its title: a small map stands close to its terms.
 * @param {View} view
 * @param {Box} room
 * @param {number} most
 * @returns {Box}
 */
export function atRight(view, room, most) {
  const { bounds } = mapped(view, room, most);
  const padding = (view.ring?.right ?? 0) * most;
  const taken = Math.max(bounds.x - room.x + bounds.w + padding, widthOf(view.title, 14, 700));
  const free = Math.max(0, room.w - taken);
  return { ...room, x: room.x + free, w: room.w - free };
}

/**
 * @param {View} view
 * @param {Box} room
 * @param {number} most
 */
export function mapped(view, room, most) {
  const { ring: pad } = view;
  let within = room;
  if (pad && view.drawn.length >= 2) {
    const columns = view.columns + pad.left + pad.right;
    const rows = view.drawn[view.drawn.length - 2] + pad.top + pad.bottom;
    const pitch = Math.min(most * 1.1, room.w / columns, room.h / rows);
    within = {
      x: room.x + pad.left * pitch,
      y: room.y + pad.top * pitch,
      w: room.w - (pad.left + pad.right) * pitch,
      h: room.h - (pad.top + pad.bottom) * pitch,
    };
  }
  const found = laid(view, within, most);
  const bounds = { ...found.bounds };
  const gap = found.cell * 0.1;
  return { ...found, bounds, gap, room, isHeat: found.cell < 15 };
}

/**
 * @param {View} view
 * @param {Mapped} map
 * @param {{head: number}} size
 * @returns {Shape[]}
 */
export function heading(view, map, { head }) {
  const small = head < 40;
  const y = map.room.y - (small ? 14 : 33);
  const title = text(view.title, map.room.x, y, 14, {
    weight: 700,
    anchor: "start",
    part: "heading",
  });
  const note = view.note.split(" · ")[0];
  const size = 12.5;
  if (small) {
    const x = map.room.x + widthOf(view.title, 14, 700) + 8;
    const fits = x + widthOf(note, size) < map.room.x + Math.max(map.room.w, 150);
    return fits
      ? [title, text(note, x, y, size, { anchor: "start", fill: "ink2", part: "note" })]
      : [title];
  }
  return [
    title,
    text(note, map.room.x, y + 16, size, { anchor: "start", fill: "ink2", part: "note" }),
  ];
}

/**
 * The padding around a map.
 * @param {View} view
 * @param {Mapped} map
 * @returns {Shape[]}
 */
export function padded(view, map) {
  const { ring: pad, drawn, columns } = view;
  if (!pad || drawn.length < 2 || map.isHeat) return [];
  const rows = drawn[drawn.length - 2];
  const pitch = map.cell * 1.1;
  const shapes = [];
  // One ring around each plane would need more room than there is: around a single plane only.
  if (map.boxes.length !== rows * columns) return [];
  for (let row = -pad.top; row < rows + pad.bottom; row += 1)
    for (let column = -pad.left; column < columns + pad.right; column += 1) {
      if (row >= 0 && row < rows && column >= 0 && column < columns) continue;
      const box = {
        x: map.boxes[0].x + column * pitch,
        y: map.boxes[0].y + row * pitch,
        w: map.cell,
        h: map.cell,
      };
      shapes.push(
        rect(inset(box, 1), { stroke: "wire", width: 1, dash: [3, 3], radius: 4, part: "pad" }),
      );
      if (map.cell > 20 && pad.text)
        shapes.push(
          text(pad.text, box.x + box.w / 2, box.y + box.h / 2, 12, { fill: "ink3", part: "mark" }),
        );
    }
  return shapes;
}

/** @param {View} view how many cells wide it is, its planes side by side */
function spread(view) {
  const planes =
    view.drawn.length > 2 ? view.drawn.slice(0, -2).reduce((all, each) => all * each, 1) : 1;
  return (
    view.columns * Math.ceil(Math.sqrt(planes)) + (view.ring ? view.ring.left + view.ring.right : 0)
  );
}
