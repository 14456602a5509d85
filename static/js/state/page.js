// The page's state, and values derived from it. It uses no DOM.

import { flat, known } from "./picture.js";

/**
 * @import {Grid, Picture, Place, Step} from "./picture.js"
 *
 * @typedef {{key: string, at: number, index: string, step: number, known_from: number, lead: string,
 *   scene: string}} Question about one gradient; ``step``: the step that computes it
 * @typedef {{guess: string, sentence: string, network: unknown}} Guess the reader's, of a ``network``
 * @typedef {object} State
 * @property {Picture} picture
 * @property {Picture|null} before the picture before the last edit, to show its old numbers
 * @property {unknown} document the picture's network
 * @property {number} step the index of the current step
 * @property {number|null} view another step whose scene is shown; null: the scene of ``step``
 * @property {number|undefined} progress of the movement, 0 to 1; undefined: nothing moves
 * @property {number|null} part the index of the current part, when played cell by cell
 * @property {boolean} playing
 * @property {Place|null} pinned
 * @property {Place|null} hovered the cell that the inspector previews
 * @property {string} reading
 * @property {boolean} wholePass whether the forward pass is played too
 * @property {boolean} byCell
 * @property {boolean} following whether only the steps that concern the pinned cell are played
 * @property {Question|null} question the question that is still open
 * @property {Guess|null} guess
 * @property {string} news the effect of the last edit, in words
 * @property {boolean} overtaken whether newer numbers than those of the picture have been asked for
 * @property {number} look counts changes of theme and size
 */

/**
 * @param {State} state
 * @returns {Step[]}
 */
export function stepsOf({ picture, wholePass }) {
  return wholePass ? [...picture.forward, ...picture.steps] : picture.steps;
}

/**
 * The number of steps before the backward pass.
 * @param {State} state
 */
export const ahead = ({ picture, wholePass }) => (wholePass ? picture.forward.length : 0);

/**
 * The step whose scene is shown.
 * @param {State} state
 * @returns {Step}
 */
export function shownStep(state) {
  const { question, step, view } = state;
  if (question) return state.picture.steps[question.step];
  return stepsOf(state)[view ?? step];
}

/**
 * A test for the grids that hide their gradients while the question is open; null if none do.
 * @param {State} state
 * @returns {((grid: Grid) => boolean)|null}
 */
export function hiding({ question }) {
  if (!question) return null;
  return ({ key }) => key !== "head" && (key.includes(".") || Number(key) < question.known_from);
}

/**
 * The cell that the scene explains: the pinned cell if the scene has it, else the step's example.
 * @param {State} state
 * @returns {Place|null}
 */
export function subjectOf(state) {
  const { part, pinned, picture, question } = state;
  const shown = shownStep(state);
  if (question) return { key: question.key, at: question.at };
  const { example, pair, phase } = shown;
  if (!pair) return pinned;
  const goals = phase === "parameters" ? [pair.weight, pair.bias] : [pair.target];
  const grid = picture.grids.find(({ key }) => key === goals[0]);
  if (part !== null && grid) return { key: grid.key, at: grid.first + part };
  if (pinned && [...goals, pair.weight].includes(pinned.key)) return pinned;
  if (example) return example;
  return phase === "forward" || !grid ? null : { key: grid.key, at: grid.first };
}

/**
 * The cell that the inspector shows.
 * @param {State} state
 * @returns {Place|null}
 */
export function toldOf(state) {
  const { hovered, pinned } = state;
  if (hovered) return hovered;
  const { pair, phase } = shownStep(state);
  if (!pair || !pinned) return pinned;
  const subject = subjectOf(state);
  const isHere = phase !== "parameters" && Object.values(pair).includes(pinned.key);
  return isHere ? pinned : (subject ?? pinned);
}

/**
 * Whether a cell's gradient is known at the current step.
 * @param {State} state
 * @param {Place|null} place
 */
export function isReached(state, place) {
  const grid = state.picture.grids.find(({ key }) => key === place?.key);
  return !grid || known(grid, stepsOf(state)[state.step]).gradient;
}

/** The phases at whose end no gradient of the target is known that was not known before. */
const BRINGS_NOTHING = new Set(["input", "forward", "start", "multiply", "parameters", "done"]);

/**
 * The step whose scene explains a grid's gradients.
 * @param {State} state
 * @param {string} key
 * @returns {number} −1 if there is none
 */
export function explaining(state, key) {
  const steps = stepsOf(state);
  if (key.includes("."))
    return steps.findLastIndex(
      ({ pair, phase }) => phase === "parameters" && (pair?.weight === key || pair?.bias === key),
    );
  const found = steps.findLastIndex(
    ({ pair, phase }) => pair?.target === key && !BRINGS_NOTHING.has(phase),
  );
  return found >= 0 ? found : steps.findIndex(({ phase }) => phase === "arrive");
}

/**
 * The number of parts of a step when it is played cell by cell.
 * @param {State} state
 * @param {number} step
 */
export function partsOf(state, step) {
  const { pair, phase } = stepsOf(state)[step];
  const moving = pair && (phase === "multiply" || !BRINGS_NOTHING.has(phase));
  const grid = state.picture.grids.find(({ key }) => key === pair?.target);
  return moving && grid ? grid.value.length : 1;
}

/**
 * The place with an index in the page's notation.
 * @param {Picture} picture
 * @param {string} key
 * @param {string} index «0,1,2»
 * @returns {Place|null}
 */
export function placeAt({ grids }, key, index) {
  const grid = grids.find((each) => each.key === key);
  return grid ? { key, at: flat(grid, index) } : null;
}

/**
 * A cell in the server's notation.
 * @param {Picture} picture
 * @param {Place} place
 * @returns {{layer: number, index: number[], parameter?: string}}
 */
export function cellOf({ grids }, { key, at }) {
  const own = key === "head" ? (grids.at(-2)?.key ?? "") : key;
  const grid = /** @type {Grid} */ (grids.find((each) => each.key === own));
  const [layer, parameter] = own.split(".");
  let left = at;
  const index = grid.shape
    .toReversed()
    .map((size) => {
      const here = left % size;
      left = Math.floor(left / size);
      return here;
    })
    .toReversed();
  return { layer: Number(layer), index, ...(parameter ? { parameter } : {}) };
}

/**
 * @param {Place|null} a
 * @param {Place|null} b
 */
export const isSame = (a, b) => a?.key === b?.key && a?.at === b?.at;
