// The weights of a matrix as cards and strips. No DOM.

import { radius } from "../../cell.js";
import { largestProduct } from "../../pair.js";
import { fitted, grey, heat, n, rect, text, widthOf } from "../../shapes.js";
import { factorOf, productOf } from "./moves.js";

/** @import {Pair} from "../../pair.js" */
/** @import {Options} from "../../scenes.js" */
/** @import {CellBox, Shape} from "../../shapes.js" */
/** @import {Frame} from "./matrix.js" */

/**
 * @param {Pair} pair
 * @param {Frame} frame
 * @param {boolean} multiplied whether products are shown
 * @param {Options} options
 * @returns {{cells: CellBox[], shapes: Shape[]}}
 */
export function weights(pair, frame, multiplied, { editing }) {
  const { target, weight } = pair;
  const { dense, rows, columns, pinned } = frame;
  const inputs = target.shape.reduce((all, each) => all * each, 1);
  const most = largestProduct(pair);
  /** @type {CellBox[]} */
  const cells = [];
  /** @type {Shape[]} */
  const shapes = [];
  for (const { at, y, h } of rows) {
    for (const { i, x, w, kind } of columns) {
      const bounds = { x, y, w, h };
      const flat = at * inputs + target.first + i;
      const drawnAt = weight ? flat - weight.first : -1;
      const isDrawn = weight !== null && drawnAt >= 0 && drawnAt < weight.value.length;
      if (isDrawn) cells.push({ key: weight.key, at: drawnAt, ...bounds });
      const product = productOf(pair, at, target.first + i);
      if (kind === "strip") {
        const fill =
          !multiplied || product === null
            ? isDrawn
              ? grey(weight.value[drawnAt], weight.most[0])
              : "lane"
            : heat(product, most);
        const tall = { ...bounds, y: y - (dense ? 1.5 : 0), h: h + (dense ? 3 : 0) };
        shapes.push(rect(tall, { fill, radius: Math.min(2, w / 4), part: "strip" }));
        continue;
      }
      shapes.push(
        rect(bounds, {
          fill: "card",
          stroke: "hair",
          width: 1.3,
          radius: radius(bounds),
          part: "cell",
        }),
      );
      const factor = isDrawn ? weight.value[drawnAt] : factorOf(pair, at, target.first + i);
      if (factor === null || w < 24) continue;
      const isPinned = i === pinned && kind === "pinned";
      if (isPinned && multiplied) continue;
      const hasChip = dense && multiplied && product !== null && w > 48;
      const fit = fitted(
        factor,
        hasChip ? w * 0.55 : w - 8,
        isPinned ? Math.min(25, h * 0.5) : Math.min(18, h * 0.5),
      );
      const ink = isPinned ? { weight: 700 } : { fill: "ink2" };
      const cx = hasChip ? x + w * 0.33 : x + w / 2;
      shapes.push(text(fit.text, cx, y + h / 2, fit.size, { ...ink, part: "value" }));
      if (hasChip) {
        const side = Math.min(16, h - 6);
        const small = { x: x + w - side - 5, y: y + h / 2 - side / 2, w: side, h: side };
        shapes.push(rect(small, { fill: heat(product, most), radius: 3, part: "chip" }));
      } else if (editing && isDrawn && !dense) {
        const wide = Math.max(14, widthOf(fit.text, fit.size));
        const d = `M${n(cx - wide / 2)} ${n(y + h / 2 + fit.size * 0.62)}h${n(wide)}`;
        shapes.push({
          kind: "path",
          d,
          stroke: "you",
          width: 1.7,
          dash: [1.7, 2.6],
          part: "editable",
        });
      }
    }
  }
  return { cells, shapes };
}
