// Where elements are within the scene, in its own pixels: a zoomed page counts others.

/** @import {Box} from "./geometry.js" */

/** @typedef {Element|{within: Element, part: Box}} Spot an element, or a part of one (0 to 1) */

/**
 * @param {HTMLElement} scene
 * @returns {(spot: Spot) => Box}
 */
export function measureIn(scene) {
  const origin = scene.getBoundingClientRect();
  const zoom = /** @type {{currentCSSZoom?: number}} */ (scene).currentCSSZoom ?? 1;
  /** @type {Map<Element, Box>} */
  const known = new Map();
  /** @param {Element} element */
  const measure = (element) => {
    const measured = known.get(element);
    if (measured) return measured;
    const { x, y, width, height } = element.getBoundingClientRect();
    const box = {
      x: (x - origin.x) / zoom,
      y: (y - origin.y) / zoom,
      width: width / zoom,
      height: height / zoom,
    };
    known.set(element, box);
    return box;
  };
  return (spot) => {
    if (spot instanceof Element) return measure(spot);
    const { x, y, width, height } = measure(spot.within);
    const { part } = spot;
    return {
      x: x + part.x * width,
      y: y + part.y * height,
      width: part.width * width,
      height: part.height * height,
    };
  };
}
