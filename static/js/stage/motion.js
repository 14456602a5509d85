// Computes a composition at a moment of its motion. It uses no DOM.
//
// Compositions describe motion as data: a shape may have spans in which it is visible, moments
// between which its numbers change, and moments from which it has another text or fill. Without a
// moment, the motion is finished: this is the state of a step at rest, and what is shown if the
// system asks for reduced motion.

/** @import {Motion, Shape} from "./shapes.js" */

/**
 * The shapes at a moment; shapes that do not change are the same objects each time.
 * @param {Shape[]} shapes
 * @param {number} [ms] by default the end
 * @returns {Shape[]}
 */
export function moment(shapes, ms = Number.POSITIVE_INFINITY) {
  const seen = [];
  for (const shape of shapes) {
    const { motion } = shape;
    if (!motion) {
      seen.push(shape);
      continue;
    }
    const { shown, tweens = [], says, fills } = motion;
    if (shown && !shown.some(([from, to]) => ms >= from && (ms < to || to === Infinity))) continue;
    const now = /** @type {any} */ ({ ...shape });
    for (const { start, end, from } of tweens) {
      const share = ease((ms - start) / (end - start));
      for (const [name, number] of Object.entries(from))
        now[name] = number + (now[name] - number) * share;
    }
    const said = latest(says, ms);
    if (said !== undefined) now.text = said;
    const fill = latest(fills, ms);
    if (fill !== undefined) now.fill = fill;
    seen.push(now);
  }
  return seen;
}

/**
 * @template T
 * @param {[number, T][]|undefined} changes in their order
 * @param {number} ms
 * @returns {T|undefined}
 */
const latest = (changes, ms) => changes?.findLast(([from]) => ms >= from)?.[1];

/** @param {number} share */
function ease(share) {
  const t = Math.min(1, Math.max(0, share));
  return t === 1 ? 1 : t * t * (3 - 2 * t);
}

/**
 * How many terms have arrived at a moment.
 * @param {{lands: number}[]} terms
 * @param {number} [ms]
 */
export const landed = (terms, ms = Number.POSITIVE_INFINITY) =>
  terms.filter(({ lands }) => lands <= ms).length;

/**
 * Seen from a moment on.
 * @param {number} from
 * @returns {Motion}
 */
export const since = (from) => ({ shown: [[from, Number.POSITIVE_INFINITY]] });

/**
 * Seen up to a moment.
 * @param {number} to
 * @returns {Motion}
 */
export const until = (to) => ({ shown: [[0, to]] });
