// Where elements are within the scene, in its own pixels: a zoomed page counts others.

/** @import {Box} from "./geometry.js" */

/**
 * @param {HTMLElement} scene
 * @returns {(element: Element) => Box}
 */
export function measureIn(scene) {
  const origin = scene.getBoundingClientRect();
  const zoom = /** @type {{currentCSSZoom?: number}} */ (scene).currentCSSZoom ?? 1;
  /** @type {Map<Element, Box>} */
  const known = new Map();
  return (element) => {
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
}
