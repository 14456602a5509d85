import { levelsOf } from "../heat.js";
import { grey, heat, rect } from "../shapes.js";

/** @import {View} from "../pair.js" */
/** @import {Box, Shape} from "../shapes.js" */

/** The most cells of a miniature that are drawn one by one; more are drawn as one image. */
const SINGLE = 64;

/**
 * @param {View} view
 * @param {Box[]} boxes
 * @param {Box} bounds
 * @param {string} reading
 * @returns {Shape[]}
 */
export function miniature(view, boxes, bounds, reading) {
  const isGradient = view.is.gradient && reading !== "values";
  if (boxes.length > SINGLE && view.drawn.length < 3)
    return [
      {
        kind: "heat",
        ...{ x: bounds.x, y: bounds.y, wide: bounds.w, high: bounds.h, columns: view.columns },
        levels: levelsOf(view, isGradient),
        of: isGradient ? "heat" : "grey",
        key: `mini:${view.key}`,
      },
    ];
  const isCard = view.key.includes(".");
  return boxes.flatMap((box, i) => {
    const radius = Math.min(2.5, box.w / 5);
    /** @type {Shape[]} */
    const shapes = [];
    if (isGradient)
      shapes.push(
        rect(box, { fill: heat(view.zero[i] ? 0 : view.gradient[i], view.most[1]), radius }),
      );
    else if (isCard) shapes.push(rect(box, { fill: "card", stroke: "hair", width: 1, radius }));
    else
      shapes.push(
        rect(box, { fill: view.is.value ? grey(view.value[i], view.most[0]) : "lane", radius }),
      );
    if (view.is.won && view.won?.[i] && isGradient)
      shapes.push(rect(box, { stroke: "ink", width: 1.4, radius }));
    return shapes;
  });
}
