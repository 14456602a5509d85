// The picture from the server, and the part of it that is known at a step. It uses no DOM.

/**
 * @typedef {{channel: number, sum: number, single: number[], rest: number,
 *   others: number[]}} ChannelSum what a channel sends to a cell: ``single`` are its largest products,
 *   counted in the order of adding, ``rest`` is the sum of its other ones; ``others`` at n − 1: what the
 *   other channels send but their n largest
 * @typedef {{top: number, left: number, bottom: number, right: number, text: string}} Ring padding
 * around a map, in cells
 * @typedef {{of: string, starts: [number[], number[]], taps: [number[], number[]],
 *   own_channel: boolean}} Windows the windows of a layer over the map ``of``: for each output, the
 *   first row and column, and the distances from there of all that the window reads
 * @typedef {{key: string, title: string, note: string, shape: number[], first: number,
 *   drawn: number[], columns: number, planes: number, editable: boolean, most: [number, number],
 *   value: number[], gradient: number[], zero: (string|null)[], won: boolean[]|null,
 *   ring: Ring|null, windows: Windows|null, levels?: [string, string],
 *   stopped?: {lost: number, blocked: number}, compared?: Compared,
 *   normalized?: Normalized}} Grid an array, or the plane of it that is drawn, which begins at its
 *   cell ``first``; ``levels`` are all of its values and gradients as base64, −127 to 127
 * @typedef {{mean: number[], deviation: number[], slope: number[],
 *   between?: [number[], number[], number[]]}} Normalized a batch normalization’s numbers, by channel;
 *   ``between``: of the drawn cells, less the mean, over the deviation, times the scale
 * @typedef {{names: string[], prediction: number[], target: number[], factor: number,
 *   is_share: boolean, titles: [string, string, string]}} Compared the rows of a loss, whose gradients
 *   are factor × (prediction − target); ``is_share``: the loss makes its predictions itself
 * @typedef {{phase: string, layer: number|null, moves: string|null, gradients_from: number, parameters_from: number,
 *   values_to: number, label: string, sentence: string, example: Place|null,
 *   pair: {kind: string, source: string, target: string, weight: string|null,
 *     bias: string|null}|null}} Step ``example``: the cell that its sentence tells of
 * @typedef {{source: string, target: string, sources: number[], targets: number[],
 *   upstream: number[], factors: number[], products: number[], running: number[],
 *   bundles?: Record<string, {single: number[], sum: number}>,
 *   channels?: Record<string, ChannelSum[]>, reads?: string, met?: number[],
 *   weights?: number[]}} Moves ``weights``: where padding copies cells, of each; ``bundles``: of
 *   targets that get many products, which of them are drawn one by one, and the sum of the others;
 *   ``channels``: of a convolution, what each channel sends to each target; ``met``: for a parameter, the cells of ``reads`` that it
 *   multiplied
 * @typedef {{steps: Step[], forward: Step[], longest: string}} Story the steps in words, and the
 * longest sentence of them
 * @typedef {{example: number, examples: number, count: string, sentence: string,
 *   thumbs: {columns: number, cells: number, levels: string}|null}} Batch the shown example of a
 * batch; ``thumbs``: small pictures of the inputs, one after the other as base64, ±127 for the largest
 * @typedef {{id?: string, layout?: string, batch?: Batch|null, open: Record<string, number>, grids: Grid[], signs: string[], moves: Record<string, Moves|null>,
 *   loss: number|null, question?: string, answer?: string, answer_parts?: string[]}} Numbers ``signs``:
 * what the legend explains: reasons of zeros, "weight" and "won"
 * @typedef {Numbers & Story} Picture
 * @typedef {{key: string, at: number}} Place a cell: its grid and its flat index there
 */

/**
 * Whether the picture has the moves to a cell; the picture of a large network has only some.
 * @param {Picture} picture
 * @param {Place} place
 */
export function canPlay({ moves }, { key, at }) {
  const readers = Object.values(moves).filter((each) => each?.target === key);
  return key === "head" || readers.some((each) => each?.targets.includes(at));
}

/**
 * Whether some arrays of a picture are drawn one channel at a time.
 * @param {{grids: Grid[]}} picture
 */
export const isLarge = ({ grids }) => grids.some(({ levels }) => levels);

/**
 * The layer whose channels a layer's output has: pools and activations keep those before them.
 * @param {{open: Record<string, number>}} picture
 * @param {number} layer
 */
export const channelsOf = ({ open }, layer) =>
  Object.keys(open)
    .map(Number)
    .filter((each) => each <= layer)
    .reduce((last, each) => Math.max(last, each), -1);

/**
 * Whether the same channels are open.
 * @param {Record<string, number>} some by layer
 * @param {Record<string, number>} others
 */
export const sameChannels = (some, others) =>
  Object.entries(some).every(([layer, at]) => others[layer] === at);

/**
 * New numbers of the same network, with the old story until the new one arrives.
 * @param {Numbers} numbers
 * @param {Story} story
 * @returns {Picture}
 */
export function retold(numbers, { steps, forward, longest }) {
  return { ...numbers, steps, forward, longest };
}

/**
 * The parts of a grid that are known after a step. Given numbers are known from the start.
 * @param {Grid} grid
 * @param {Step} step
 * @returns {{value: boolean, gradient: boolean, won: boolean}}
 */
export function known(grid, step) {
  const [first, parameter] = grid.key.split(".");
  if (first === "head") {
    const value = grid.note === "given" || (step.phase !== "input" && step.phase !== "forward");
    return { value, gradient: value, won: false };
  }
  const layer = Number(first);
  return {
    value: Boolean(parameter) || layer <= step.values_to,
    gradient: layer >= (parameter ? step.parameters_from : step.gradients_from),
    // The winners of the max pool that reads this layer.
    won: layer < step.values_to,
  };
}

/**
 * A cell's flat index in its array.
 * @param {Grid} grid
 * @param {string} index «0,1,2»
 */
export function flat({ shape }, index) {
  return index.split(",").reduce((at, i, axis) => at * shape[axis] + Number(i), 0);
}

/**
 * The pooling windows whose gradient goes to other cells after an edit.
 * @param {Picture} picture
 * @param {Picture} before
 * @returns {{window: Place, winners: Place[], losers: Place[]}[]}
 */
export function switched(picture, before) {
  const routes = picture.steps.filter(({ phase }) => phase === "route");
  return routes.flatMap(({ layer }) => {
    const [now, then] = [picture, before].map(({ moves }) => paid(moves[String(layer)]));
    return [...now].flatMap(([source, winners]) => {
      const losers = then.get(source) ?? [];
      const target = picture.moves[String(layer)]?.target ?? "";
      const fresh = winners.filter((at) => !losers.includes(at));
      const gone = losers.filter((at) => !winners.includes(at));
      if (!fresh.length || !gone.length) return [];
      const places = (/** @type {number[]} */ cells) => cells.map((at) => ({ key: target, at }));
      return [
        {
          window: { key: String(layer), at: source },
          winners: places(fresh),
          losers: places(gone),
        },
      ];
    });
  });
}

/**
 * For each window, the cells that get its gradient.
 * @param {Moves|null|undefined} moves
 */
function paid(moves) {
  /** @type {Map<number, number[]>} */
  const targets = new Map();
  moves?.factors.forEach((factor, i) => {
    if (factor === 0) return;
    targets.set(moves.sources[i], [...(targets.get(moves.sources[i]) ?? []), moves.targets[i]]);
  });
  return targets;
}
