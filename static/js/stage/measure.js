// Where elements are within the scene, in its own pixels: a zoomed page counts others.

/** @import {Box} from "./geometry.js" */

/** @typedef {Element|{within: Element, part: Box}} Spot an element, or a part of one (0 to 1) */

/** @type {Map<Element, Box>} */
const kept = new Map();

/** What was measured may stand elsewhere now: the size of the scene changed, or of its cells. */
export function forgetPlaces() {
  kept.clear();
}

/**
 * Of what keeps its place until it is forgotten: measuring makes the browser lay out the page.
 * @param {HTMLElement} scene
 */
export const placesIn = (scene) => measureIn(scene, kept);

/**
 * @param {HTMLElement} scene
 * @param {Map<Element, Box>} places measured already
 * @returns {(spot: Spot) => Box}
 */
export function measureIn(scene, places = new Map()) {
  // Asked for only once something is to be measured: to answer, the page is laid out.
  /** @type {{x: number, y: number, zoom: number}|undefined} */
  let origin;
  /** @param {Element} element */
  const measure = (element) => {
    const measured = places.get(element);
    if (measured) return measured;
    origin ??= originOf(scene);
    const { zoom } = origin;
    const { x, y, width, height } = element.getBoundingClientRect();
    const box = {
      x: (x - origin.x) / zoom,
      y: (y - origin.y) / zoom,
      width: width / zoom,
      height: height / zoom,
    };
    places.set(element, box);
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

/** @param {HTMLElement} scene */
function originOf(scene) {
  const { x, y } = scene.getBoundingClientRect();
  return { x, y, zoom: /** @type {{currentCSSZoom?: number}} */ (scene).currentCSSZoom ?? 1 };
}
