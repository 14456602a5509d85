// The picture the server computed, and what of it is known at a step. No DOM here.

/**
 * @typedef {{key: string, note: string, value: number[], gradient: number[], zero: (string|null)[],
 *   won: boolean[]|null}} Grid
 * @typedef {{phase: string, layer: number|null, gradients_from: number, parameters_from: number,
 *   label: string, sentence: string}} Step
 * @typedef {{source: string, target: string, sources: number[], targets: number[],
 *   upstream: number[], factors: number[], products: number[], running: number[]}} Moves
 * @typedef {{id?: string, grids: Grid[], steps: Step[], moves: Record<string, Moves|null>,
 *   loss: number|null, question?: string, answer?: string}} Picture
 * @typedef {{key: string, at: number}} Place a cell: its grid and its flat index there
 */

/**
 * Whether a grid's gradients are computed once a step is done. What the head gives is known from
 * the start.
 * @param {string} key
 * @param {Step} step
 */
export function isKnown(key, step) {
  if (key === "head") return true;
  const [layer, parameter] = key.split(".");
  return Number(layer) >= (parameter ? step.parameters_from : step.gradients_from);
}

/**
 * The largest size in an array, at least the smallest positive number; a grid's scale.
 * @param {number[]} numbers
 */
export function limit(numbers) {
  return numbers.reduce((most, x) => Math.max(most, Math.abs(x)), 0) || 1;
}

/**
 * The cells that a cell is joined to in the layer after it and the layer before it.
 * @param {Picture} picture
 * @param {Place} place
 * @returns {Place[]}
 */
export function joined(picture, { key, at }) {
  /** @type {Place[]} */
  const found = [];
  for (const moves of Object.values(picture.moves)) {
    if (!moves) continue;
    for (let i = 0; i < moves.targets.length; i += 1) {
      if (moves.target === key && moves.targets[i] === at)
        found.push({ key: moves.source, at: moves.sources[i] });
      if (moves.source === key && moves.sources[i] === at)
        found.push({ key: moves.target, at: moves.targets[i] });
    }
  }
  return found;
}
