// The picture the server computed, and what of it is known at a step. No DOM here.

/**
 * @typedef {{top: number, left: number, bottom: number, right: number, text: string}} Ring padding
 * around a map, in cells
 * @typedef {{of: string, starts: [number[], number[]], taps: [number[], number[]],
 *   own_channel: boolean}} Windows where the windows of a layer lie over the map ``of``: the rows
 *   and columns they begin at, by output, and how far from there they read
 * @typedef {{key: string, note: string, shape: number[], first: number, most: [number, number],
 *   value: number[], gradient: number[], zero: (string|null)[], won: boolean[]|null,
 *   ring: Ring|null, windows: Windows|null, levels?: [string, string]}} Grid an array, or the plane of it that is drawn, which begins at its
 *   cell ``first``; ``levels`` are all of its values and gradients as base64, −127 to 127
 * @typedef {{phase: string, layer: number|null, gradients_from: number, parameters_from: number,
 *   values_to: number, label: string, sentence: string, example: Place|null,
 *   meeting: Meeting|null}} Step ``example``: the cell that its sentence tells of
 * @typedef {{output: Place, input: Place|null, upstream: number, factor: number,
 *   is_all: boolean}} Meeting where a weight gets most of its gradient, if not all: at which output,
 *   and which input it met there
 * @typedef {{source: string, target: string, sources: number[], targets: number[],
 *   upstream: number[], factors: number[], products: number[], running: number[]}} Moves
 * @typedef {{steps: Step[], forward: Step[], longest: string}} Story the steps in words, and the
 * longest sentence of them
 * @typedef {{id?: string, open: Record<string, number>, grids: Grid[], moves: Record<string, Moves|null>,
 *   loss: number|null, question?: string, answer?: string, answer_parts?: string[]}} Numbers
 * @typedef {Numbers & Story} Picture
 * @typedef {{key: string, at: number}} Place a cell: its grid and its flat index there
 */

/**
 * Whether what travels to a cell is part of the picture: of a large network, not all is.
 * @param {Picture} picture
 * @param {Place} place
 */
export function canPlay({ moves }, { key, at }) {
  const readers = Object.values(moves).filter((each) => each?.target === key);
  return key === "head" || readers.some((each) => each?.targets.includes(at));
}

/**
 * Whether some of its arrays are drawn one channel at a time.
 * @param {Picture} picture
 */
export const isLarge = ({ grids }) => grids.some(({ levels }) => levels);

/**
 * New numbers of the same network, with the story of the old ones until theirs is told.
 * @param {Numbers} numbers
 * @param {Story} story
 * @returns {Picture}
 */
export function retold(numbers, { steps, forward, longest }) {
  return { ...numbers, steps, forward, longest };
}

/**
 * What of a grid is computed once a step is done. What is given is known from the start.
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
    // The winners of what reads this layer.
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
 * The channels of a map side by side, as rows of numbers from −1 to 1; null between them.
 * @param {Grid} grid with levels
 * @param {0|1} which values or gradients
 * @param {number} across how many stand in a row
 * @returns {(number|null)[][]}
 */
export function mosaic({ shape, levels }, which, across) {
  const bytes = atob(levels?.[which] ?? "");
  const [channels, height, width] = shape;
  const down = Math.ceil(channels / across);
  return Array.from({ length: down * (height + 1) - 1 }, (_, y) =>
    Array.from({ length: across * (width + 1) - 1 }, (_, x) => {
      const row = y % (height + 1);
      const column = x % (width + 1);
      const channel = Math.floor(y / (height + 1)) * across + Math.floor(x / (width + 1));
      if (row === height || column === width || channel >= channels) return null;
      const level = bytes.charCodeAt((channel * height + row) * width + column);
      return (level > 127 ? level - 256 : level) / 127;
    }),
  );
}

/**
 * The pooling windows whose gradient goes to other cells than before an edit.
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
 * The cells that each window pays.
 * @param {Moves|null|undefined} moves
 */
function paid(moves) {
  /** @type {Map<number, number[]>} */
  const found = new Map();
  moves?.factors.forEach((factor, i) => {
    if (factor === 0) return;
    found.set(moves.sources[i], [...(found.get(moves.sources[i]) ?? []), moves.targets[i]]);
  });
  return found;
}

/**
 * The cells that a cell is joined to in the layer after it and the layer before it, each with the
 * weight between them; null where there is none, in a pool or an activation.
 * @param {Picture} picture
 * @param {Place} place
 * @returns {(Place & {factor: number|null})[]}
 */
export function joined(picture, { key, at }) {
  const weighted = new Set(
    picture.steps.filter(({ phase }) => phase === "multiply").map(({ layer }) => String(layer)),
  );
  return Object.values(picture.moves).flatMap((moves) => {
    if (!moves || (moves.source !== key && moves.target !== key)) return [];
    return moves.factors.flatMap((factor, i) => {
      const shown = weighted.has(moves.source) ? factor : null;
      if (moves.target === key && moves.targets[i] === at)
        return [{ key: moves.source, at: moves.sources[i], factor: shown }];
      if (moves.source === key && moves.sources[i] === at)
        return [{ key: moves.target, at: moves.targets[i], factor: shown }];
      return [];
    });
  });
}

/**
 * What concerns one cell: the moves (by the layer they go through) that bring its gradient, from
 * the head on, and those that carry it on to the input. Moves of 0 carry nothing.
 * @param {Picture} picture
 * @param {Place} place
 * @returns {Map<Moves, Set<number>>}
 */
export function cone(picture, { key, at }) {
  /** @type {Map<Moves, Set<number>>} */
  const found = new Map();
  // The steps go from the head to the input; upwards they are taken the other way round.
  const down = picture.steps.flatMap(({ layer, phase }) => {
    const moves = layer !== null && phase !== "parameters" ? picture.moves[String(layer)] : null;
    return moves ? [moves] : [];
  });
  for (const [order, from, to] of /** @type {const} */ ([
    [down, "source", "target"],
    [down.toReversed(), "target", "source"],
  ])) {
    let here = key;
    let cells = new Set([at]);
    for (const moves of new Set(order)) {
      if (moves[from] !== here) continue;
      const [starts, ends] = [moves[`${from}s`], moves[`${to}s`]];
      const taken = moves.products.flatMap((product, i) =>
        product !== 0 && cells.has(starts[i]) ? [i] : [],
      );
      found.set(moves, new Set([...(found.get(moves) ?? []), ...taken]));
      here = moves[to];
      cells = new Set(taken.map((i) => ends[i]));
    }
  }
  return found;
}
