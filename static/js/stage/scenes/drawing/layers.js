// How each piece of the drawing of a large network looks. No DOM.

import { fill } from "../../../shared/texts.js";
import { levelsOf, planesOfAll } from "../../heat.js";
import { fitted, heat, rect, text, widthOf } from "../../shapes.js";
import { PLANES } from "./pieces.js";

/** @import {View} from "../../pair.js" */
/** @import {Options} from "../../scenes.js" */
/** @import {Box, CellBox, Shape} from "../../shapes.js" */
/** @import {Placed, Size} from "./pieces.js" */

/**
 * A map: some of its other channels behind the one that is open; of the input, the gradient lies over
 * the value.
 * @param {Placed} piece
 * @param {boolean} isGradient
 * @param {Size} size
 * @returns {Shape[]}
 */
export function planes({ view, front, depth }, isGradient, size) {
  const others = planesOfAll(view, isGradient).filter(
    (_, at) => at * levelsOf(view, isGradient).length !== view.first,
  );
  const shown = others.slice(0, PLANES - 1);
  const step = shown.length ? depth / shown.length : 0;
  const of = isGradient && view.is.gradient ? "heat" : "grey";
  const map = (/** @type {number} */ by) => ({
    x: front.x + by,
    y: front.y - by,
    wide: front.w,
    high: front.h,
    columns: view.columns,
  });
  /** @type {Shape[]} */
  const shapes = [];
  shown.toReversed().forEach((levels, i) => {
    const by = step * (shown.length - i);
    shapes.push(
      { kind: "heat", ...map(by), levels, of, opacity: 0.75, key: `plane:${view.key}:${i}` },
      rect(
        { x: front.x + by, y: front.y - by, w: front.w, h: front.h },
        { stroke: "hair", width: 0.8, part: "plane" },
      ),
    );
  });
  shapes.push({
    ...{ kind: "heat", ...map(0), levels: levelsOf(view, isGradient), of },
    key: `heat:${view.key}`,
  });
  // The input is what one knows: it shows through its gradient.
  if (view.key === "-1" && of === "heat")
    shapes.push({
      ...{ kind: "heat", ...map(0), levels: levelsOf(view, false), of: "ink", opacity: 0.55 },
      key: "heat:values",
    });
  shapes.push(rect(front, { stroke: "hair", width: 1, radius: size.bar / 9, part: "plane" }));
  return shapes;
}

/**
 * @param {Placed} piece
 * @param {boolean} isGradient
 * @returns {Shape[]}
 */
export function bar({ view, front }, isGradient) {
  return [
    {
      ...{ kind: "heat", x: front.x, y: front.y, wide: front.w, high: front.h, columns: 1 },
      ...{ levels: levelsOf(view, isGradient), of: isGradient ? "heat" : "grey" },
      key: `heat:${view.key}`,
    },
    rect(front, { stroke: "hair", width: 1, part: "plane" }),
  ];
}

/**
 * The outputs by name, each with its probability; the right one has a ring.
 * @param {View} view
 * @param {View} head
 * @param {Box} front
 * @param {CellBox[]} cells of the head are added
 * @param {Options} options
 * @returns {Shape[]}
 */
export function outputs(view, head, front, cells, { reading }) {
  const count = view.value.length;
  const high = front.h / count;
  const font = Math.min(13, Math.max(11, high * 0.5));
  const right = head.compared?.target ?? [];
  return view.value.flatMap((_, i) => {
    const box = { x: front.x, y: front.y + i * high + 1, w: 24, h: high - 2 };
    const beside = { x: front.x + 30, y: box.y, w: Math.max(30, front.w - 30), h: box.h };
    cells.push({ key: "head", at: i, ...beside });
    const gradient = reading === "values" ? 0 : view.gradient[i];
    const share = head.compared?.is_share ? head.value[i] : null;
    const said = share === null ? null : fitted(share, 40, font);
    // The most probable has the longest bar.
    const long = (beside.w - 46) / head.most[0];
    return [
      rect(box, { fill: heat(gradient, view.most[1]), radius: 4, part: "cell" }),
      ...(right[i] === 1
        ? [rect(box, { stroke: "ink", width: 2, radius: 4, part: "winner" })]
        : []),
      text(String(i), box.x + 12, box.y + box.h / 2, font, { weight: 600, part: "name" }),
      ...(share === null || !said
        ? []
        : [
            rect(
              { ...beside, y: box.y + box.h * 0.2, h: box.h * 0.6, w: Math.max(2, long * share) },
              { fill: "grey:1", radius: 2, part: "share" },
            ),
            text(
              said.text,
              beside.x + Math.max(2, long * share) + 5,
              box.y + box.h / 2,
              said.size,
              {
                ...{ anchor: "start", fill: "ink2", part: "prediction" },
              },
            ),
          ]),
    ];
  });
}

/**
 * What a piece is, under it: its title, its size, and how much of its gradient got lost.
 * @param {Placed} piece
 * @param {Size} size
 * @param {Placed|undefined} next
 * @param {Options} options
 * @returns {Shape[]}
 */
export function label({ view, kind, front, line, depth }, size, next, { words }) {
  const own = front.w + depth;
  // Under the strands to a bar there is no room for words.
  const isNext = next?.line === line && next.kind !== "bar";
  const room = isNext
    ? next.front.x - front.x - 6
    : own + (next?.line === line ? 8 : size.side - 6);
  const more = /** @type {const} */ ({ anchor: "start", part: "heading", weight: 700 });
  const soft = /** @type {const} */ ({ anchor: "start", part: "note", fill: "ink2" });
  /** @type {Shape[]} */
  const shapes = [];
  let y = front.y + front.h + 14;
  if (kind === "bar") {
    const middle = front.x + front.w / 2;
    return [text(String(view.value.length), middle, y, 12, { weight: 700, part: "heading" })];
  }
  const title = [view.title].find((each) => widthOf(each, 13, 700) <= room);
  const lines = title ? [title] : view.title.split(" ").slice(0, 3);
  for (const each of lines) {
    const font = [13, 12, 11].find((by) => widthOf(each, by, 700) <= room);
    if (!font) return [];
    shapes.push(text(each, front.x, y, font, more));
    y += font + 1;
  }
  const [counted] = view.note.split(" · ");
  const { lost = 0, blocked = 0 } = view.stopped ?? {};
  const told = [
    counted,
    lost ? fill(words.some_lost, { n: lost }) : "",
    blocked ? fill(words.some_blocked, { n: blocked }) : "",
  ];
  for (const each of told.filter(Boolean)) {
    if (widthOf(each, 11.5) > room || shapes.length > 2) continue;
    shapes.push(text(each, front.x, y + 1, 11.5, soft));
    y += 14;
  }
  return shapes;
}
