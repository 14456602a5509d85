// The way of one gradient through the whole network: the cells that it came from, and those to which it
// goes on, layer by layer, with a word for what happens in each. It selects among the products that the
// server has computed. No DOM.

/**
 * @import {Grid, Moves, Picture, Place, Step} from "../state/picture.js"
 *
 * @typedef {{key: string, cells: number[], did: string, n: number, stopped: number}} Stage of the
 *   way: the cells of a grid that are on it; ``did``: what happened on the way to them; ``n``: how many
 *   of its cells, or for the explained cell how many products; ``stopped``: how many got nothing of it
 * @typedef {{source: string, target: string, from: number[], to: number[], met: number[],
 *   carries: number|null}} Hop from the cells of a grid to those of another that get something; ``met``:
 *   all that they meet; ``carries``: the gradient that travels, null where it is of both signs
 * @typedef {{before: Stage[], own: Stage, after: Stage[], hops: Hop[]}} Way ``before``: those that it came
 *   from, the one nearest the loss last; ``after``: the others in the order of the backward pass
 * @typedef {{source: string, target: string}} Link two layers between which gradients travel
 */

/** What happens where a layer of this kind reads a cell. */
const DID = /** @type {Record<string, [string, string]>} */ ({
  fully_connected: ["added", "spread"],
  convolution: ["added", "spread"],
  max_pool: ["routed", "routed"],
  avg_pool: ["shared", "shared"],
  activation: ["passed", "passed"],
  loss: ["given", "given"],
});
/** Of all other kinds. */
const OTHER = /** @type {[string, string]} */ (["added", "passed"]);

/**
 * Between which layers gradients travel, skip connections included.
 * @param {Pick<Step, "pair">[]} steps
 * @returns {Link[]}
 */
export function linksOf(steps) {
  const all = steps.flatMap(({ pair }) => (pair ? [pair] : []));
  const known = new Map(
    all.map(({ source, target }) => [`${source} ${target}`, { source, target }]),
  );
  return [...known.values()];
}

/**
 * @param {Picture} picture
 * @param {Place|null} subject
 * @returns {Way|null}
 */
export function wayOf({ grids, moves, steps }, subject) {
  const isCell = subject && !subject.key.includes(".") && subject.key !== "head";
  if (!isCell) return null;
  const all = /** @type {Moves[]} */ (Object.values(moves).filter(Boolean)).filter(
    ({ target }) => !target.includes("."),
  );
  const kinds = new Map(steps.map(({ pair }) => [`${pair?.source} ${pair?.target}`, pair?.kind]));
  const kindOf = (/** @type {Moves} */ { source, target }) =>
    DID[kinds.get(`${source} ${target}`) ?? ""] ?? OTHER;
  const from = Number(subject.key);

  /** @type {Hop[]} */
  const hops = [];
  /** @type {Map<string, Set<number>>} */
  const came = new Map([[subject.key, new Set([subject.at])]]);
  for (const each of all.toSorted((a, b) => Number(a.source) - Number(b.source))) {
    const lit = came.get(each.target);
    if (!lit || Number(each.target) < from) continue;
    const sources = each.sources.filter((_, i) => lit.has(each.targets[i]) && each.products[i]);
    came.set(each.source, new Set([...(came.get(each.source) ?? []), ...sources]));
    hops.push(hopOf(each, (i) => lit.has(each.targets[i]), grids));
  }
  const [outputs, head] = grids.slice(-2);
  const last = came.get(outputs.key);
  if (last) hops.push(hopOf(given(outputs, head), (i) => last.has(i), grids));
  /** @type {Map<string, Set<number>>} */
  const goes = new Map([[subject.key, new Set([subject.at])]]);
  /** @type {Stage[]} */
  const after = [];
  for (const each of all.toSorted((a, b) => Number(b.source) - Number(a.source))) {
    const lit = goes.get(each.source);
    if (!lit?.size) continue;
    hops.push(hopOf(each, (i) => lit.has(each.sources[i]), grids));
    const met = each.targets.filter((_, i) => lit.has(each.sources[i]));
    const got = each.targets.filter((_, i) => lit.has(each.sources[i]) && each.products[i]);
    const cells = new Set([...(goes.get(each.target) ?? []), ...got]);
    goes.set(each.target, cells);
    const stopped = new Set(met.filter((at) => !cells.has(at))).size;
    const did = cells.size ? kindOf(each)[1] : "stopped";
    const stage = { key: each.target, cells: [...cells], did, n: cells.size, stopped };
    const known = after.findIndex(({ key }) => key === each.target);
    if (known < 0) after.push(stage);
    else after[known] = stage;
  }

  const readers = all.filter(({ target }) => target === subject.key);
  const products = readers.flatMap((each) =>
    each.products.filter((_, i) => each.targets[i] === subject.at),
  );
  const gradient = grids.find(({ key }) => key === subject.key);
  const isZero = !gradient?.gradient[subject.at - gradient.first];
  const [reader] = readers;
  const own = {
    key: subject.key,
    cells: [subject.at],
    did: isZero ? "stopped" : reader ? kindOf(reader)[0] : "given",
    n: products.length,
    stopped: products.filter((each) => !each).length,
  };
  const before = [...came]
    .filter(([key, cells]) => key !== subject.key && cells.size)
    .map(([key, cells]) => ({ key, cells: [...cells], did: "came", n: cells.size, stopped: 0 }));
  return { before, own, after, hops: hops.filter(({ from, met }) => from.length && met.length) };
}

/**
 * @param {Moves} moves
 * @param {(i: number) => boolean} isOn whether a product is of the way
 * @param {Grid[]} grids
 * @returns {Hop}
 */
function hopOf({ source, target, sources, targets, upstream, products }, isOn, grids) {
  // Where the upstream gradient is 0, nothing could stop.
  const on = sources.map((_, i) => i).filter((i) => isOn(i) && upstream[i]);
  const gone = on.filter((i) => products[i]);
  const [from, to, met] = [
    (gone.length ? gone : on).map((i) => sources[i]),
    gone.map((i) => targets[i]),
    on.map((i) => targets[i]),
  ].map((all) => [...new Set(all)]);
  const sum = gone.reduce((all, i) => all + products[i], 0);
  const signs = new Set(gone.map((i) => Math.sign(products[i])));
  const own = grids.find(({ key }) => key === source);
  const carries =
    signs.size === 1 || to.length === 1
      ? sum
      : from.length === 1
        ? (own?.gradient[from[0] - own.first] ?? null)
        : null;
  return { source, target, from, to, met, carries };
}

/**
 * What the head gives the outputs, as moves.
 * @param {Grid} outputs
 * @param {Grid} head
 * @returns {Moves}
 */
function given({ key }, { gradient }) {
  const at = gradient.map((_, i) => i);
  const parts = { upstream: gradient, factors: at.map(() => 1), products: gradient };
  return { source: "head", target: key, sources: at, targets: at, ...parts, running: gradient };
}
