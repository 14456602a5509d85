// The scenes: which composition shows which pair of layers. No DOM.
//
// HOW A SCENE IS MADE
//
// A scene is one file in scenes/, a pure function: compose(pair, box, options) → Composition.
//
//   pair     what to show, as the server computed it (pair.js): source, target, weight, bias, the
//            subject (the cell explained), its terms. Read knownness from ``view.is``: it says what
//            is known once the step is done. A scene must stand on its own in every state: nothing
//            known yet, only the source, both; and for any size that the contract allows.
//   box      the room, {x, y, w, h}, in pixels; nothing may be drawn outside it.
//   options  scale: "wide" (1440) | "middle" (1024) | "tall" (820) | "phone" (390); reading: "both" |
//            "values" | "gradients"; editing: whether to underline what can be changed; words: the
//            texts it may use (app/text/en.json, "browser").
//
// It gives:
//
//   cells     where each gridcell lies, {key, at, x, y, w, h}: ``at`` counts in the drawn plane. Every
//             cell of the source and the target needs one, and of each parameter that the scene
//             draws; the others stay on their miniature in the spine. These boxes do not move.
//   shapes    what is seen, from the back to the front (shapes.js has the builders, cell.js draws a
//             cell). The last state: all motion done.
//   terms     {key, at, upstream, factor, product, lands}: the subject's terms in the order of adding;
//             ``lands`` is the moment at which each is counted in the inspector's sum.
//   duration  milliseconds of the motion at the usual speed; 0 without.
//   ask       of a question: where the field for the guess stands, {x, y, w, side: "left"|"below"}. Where
//             it would cover something, the field stands under the scene instead (guess.js).
//
// Motion is data on the shapes (``motion``, see motion.js): a shape appears and vanishes, its numbers
// run from others to its own, its text and its fill change at moments. Reduced motion, files and tests
// look at the end; the player and the film at any moment. Do not compute a moment in a scene.
//
// Each product that is written has its three numbers in ``term`` (data-term in the page). Text is drawn
// by the size of its cell, never by count. Lines end on a cell's edge, never on a number.
//
// HOW IT IS REGISTERED: one line in SCENES below; the first that suits a pair shows it. Its tests are
// in tests/js/scenes/<name>.test.mjs (compositions alone) and tests/browser (the page).

import { inStrip, isFree, STRIP } from "./guess.js";
import { compose as gate } from "./scenes/gate.js";
import { compose as generic } from "./scenes/generic.js";
import { compose as kernel } from "./scenes/kernel.js";
import { compose as loss } from "./scenes/loss.js";
import { compose as normal } from "./scenes/normal.js";
import { compose as route } from "./scenes/route.js";
import { compose as weighted } from "./scenes/weighted.js";
import { compose as whole } from "./scenes/whole.js";

/**
 * @import {Pair, Term} from "./pair.js"
 * @import {Box, CellBox, Shape} from "./shapes.js"
 *
 * @typedef {{scale: "wide"|"middle"|"tall"|"phone", reading: string, editing: boolean,
 *   words: Record<string, string>}} Options
 * @typedef {Term & {lands: number}} Landing
 * @typedef {object} Composition
 * @property {CellBox[]} cells
 * @property {Shape[]} shapes
 * @property {Landing[]} terms
 * @property {number} duration
 * @property {{x: number, y: number, w: number, side: "left"|"below"}} [ask]
 */

/** @type {[(pair: Pair) => boolean, (pair: Pair, box: Box, options: Options) => Composition][]} */
const SCENES = [
  [({ kind }) => kind === "whole", whole],
  [({ kind, phase }) => kind === "fully_connected" && phase !== "forward", weighted],
  [
    ({ kind, phase, weight }) => kind === "convolution" && weight !== null && phase !== "forward",
    kernel,
  ],
  // Slopes that learn are no gates.
  [
    ({ kind, phase }) => kind === "activation" && phase !== "forward" && phase !== "parameters",
    gate,
  ],
  // Scales and shifts that learn have their terms beside them.
  [
    ({ kind, phase, source }) =>
      kind === "normalization" && phase !== "parameters" && source.normalized !== undefined,
    normal,
  ],
  [({ kind, phase }) => kind.endsWith("_pool") && phase !== "forward", route],
  [({ kind, source }) => kind === "loss" && source.compared !== undefined, loss],
  [() => true, generic],
];

/**
 * @param {Pair} pair
 * @param {Box} box
 * @param {Options} options
 * @returns {Composition}
 */
export function compose(pair, box, options) {
  const [, scene] = /** @type {typeof SCENES[0]} */ (SCENES.find(([suits]) => suits(pair)));
  const composition = scene(pair, box, options);
  if (!pair.isQuestion || isFree(composition, box)) return composition;
  const asking = scene(pair, { ...box, h: box.h - STRIP }, options);
  const { subject } = pair;
  const first = pair.all.find(({ key }) => key === subject?.key)?.first ?? 0;
  const cell = asking.cells.find(
    ({ key, at }) => key === subject?.key && at === subject.at - first,
  );
  return { ...asking, ask: inStrip(box, cell) };
}
