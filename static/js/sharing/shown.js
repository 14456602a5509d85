// The page's state as a link holds it, and back. No DOM here.

import { ahead, cellOf, stepsOf } from "../state/page.js";

/**
 * @import {Picture, Place} from "../state/picture.js"
 * @import {State} from "../state/page.js"
 * @import {Cell, State as Linked} from "./link.js"
 */

/**
 * What a link shows besides its network: one letter each, since a short link fits into a QR code.
 *
 * @typedef {object} Shown
 * @property {string} [r] the reading, where it is not both
 * @property {1} [f] the forward pass is played, too
 * @property {1} [c] cell by cell
 * @property {number} [v] another step, whose scene is looked at; counted as the step is
 * @property {1} [h] the pinned cell is the head's beside that output
 * @property {Record<string, number>} [o] the open channels, by layer
 * @property {number} [e] the example of a batch, where it is not the first
 */

/**
 * @param {State} state
 * @param {string|null} lesson the shipped lesson that its network began as
 * @returns {Linked} the step is null at the end of the pass
 */
export function forLink(state, lesson) {
  const { byCell, document: network, picture, pinned, reading, step, view, wholePass } = state;
  const before = ahead(state);
  /** @type {Shown} */
  const shown = {};
  if (reading !== "both") shown.r = reading;
  if (wholePass) shown.f = 1;
  if (byCell) shown.c = 1;
  if (view !== null) shown.v = view - before;
  if (pinned?.key === "head") shown.h = 1;
  const open = Object.entries(picture.open).filter(([layer]) => channelsOf(picture, layer) > 1);
  if (open.length) shown.o = Object.fromEntries(open);
  if (picture.batch?.example) shown.e = picture.batch.example;
  return {
    network,
    lesson,
    pinned: pinned ? cellOf(picture, pinned) : null,
    step: step === stepsOf(state).length - 1 ? null : step - before,
    shown,
  };
}

/**
 * Whether two states are the same but for the step.
 * @param {Linked} a
 * @param {Linked} b
 */
export function isAlike(a, b) {
  const [one, other] = [a, b].map(({ pinned, shown }) => JSON.stringify([pinned, shown]));
  return a.network === b.network && one === other;
}

/**
 * The parts of the page's state that a link decides, once its network's picture is there.
 * @param {Linked} link
 * @param {Picture} picture
 * @returns {Pick<State, "pinned"|"reading"|"wholePass"|"byCell"|"step"|"view">}
 */
export function fromLink({ pinned, step = null, shown = {} }, picture) {
  const wholePass = shown.f === 1 || Number(step) < 0;
  const before = wholePass ? picture.forward.length : 0;
  const last = before + picture.steps.length - 1;
  const within = (/** @type {number} */ at) => Math.min(last, Math.max(0, at + before));
  return {
    pinned: pinned ? placeOf(picture, pinned, shown.h === 1) : null,
    reading: ["values", "gradients"].includes(shown.r) ? shown.r : "both",
    wholePass,
    byCell: shown.c === 1,
    step: step === null ? last : within(step),
    view: Number.isInteger(shown.v) ? within(shown.v) : null,
  };
}

/**
 * The example of a batch that a link shows; the first where the picture has no such example.
 * @param {Linked} link
 * @param {Picture} picture
 */
export function exampleIn({ shown = {} }, { batch }) {
  const at = shown.e ?? 0;
  return batch && Number.isInteger(at) && at > 0 && at < batch.examples ? at : 0;
}

/**
 * The channels that a link has open, as far as the picture has such.
 * @param {Linked} link
 * @param {Picture} picture
 * @returns {Record<string, number>}
 */
export function openIn({ shown = {} }, picture) {
  const found = Object.entries(shown.o ?? {}).filter(
    ([layer, at]) => Number.isInteger(at) && at >= 0 && at < channelsOf(picture, layer),
  );
  return Object.fromEntries(found);
}

/**
 * How many channels of a layer there are to choose from; 0 where all of it is drawn.
 * @param {Picture} picture
 * @param {string} layer
 */
function channelsOf({ grids }, layer) {
  const own = grids.filter(({ key }) => key.split(".")[0] === layer);
  const output = own.find(({ key }) => key === layer);
  return output && own.some(({ planes }) => planes > 1) ? output.shape[0] : 0;
}

/**
 * @param {Picture} picture
 * @param {Cell} cell
 * @param {boolean} isHead
 * @returns {Place|null} null where the picture has no such cell
 */
function placeOf({ grids }, { layer, index, parameter }, isHead) {
  const key = isHead ? "head" : parameter === undefined ? String(layer) : `${layer}.${parameter}`;
  const grid = grids.find((each) => each.key === key);
  const fits =
    grid?.shape.length === index.length &&
    grid.shape.every((n, i) => index[i] >= 0 && index[i] < n);
  if (!grid || !fits) return null;
  return { key, at: index.reduce((at, i, axis) => at * grid.shape[axis] + i, 0) };
}
