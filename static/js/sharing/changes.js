// The changes between two trees of JSON, and a tree with changes applied; the same as on the server
// (app/share/changes.py, which defines a change).

/** @typedef {(string|number)[]} Path */
/** @typedef {any[]} Change */

/**
 * The changes that turn one tree into the other, in the order of their places.
 * @param {any} before
 * @param {any} after
 * @param {Path} [path]
 * @returns {Change[]}
 */
export function changes(before, after, path = []) {
  if (before === after) return [];
  if (isFields(before) && isFields(after)) {
    const names = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...names].sort().flatMap((name) => {
      const here = [...path, name];
      if (!Object.hasOwn(after, name)) return [[here]];
      if (!Object.hasOwn(before, name)) return [[here, after[name]]];
      return changes(before[name], after[name], here);
    });
  }
  if (!Array.isArray(before) || !Array.isArray(after)) return [[path, after]];
  if (before.length === after.length)
    return before.flatMap((each, i) => changes(each, after[i], [...path, i]));
  const start = alike(before, after);
  const rest = Math.min(before.length, after.length) - start;
  const end = Math.min(alike(before.toReversed(), after.toReversed()), rest);
  const items = after.slice(start, after.length - end);
  return [[path, start, before.length - end - start, items]];
}

/**
 * The tree with all changes applied; unchanged branches are shared.
 * @param {any} tree
 * @param {any[]} changed
 * @throws {RangeError} a change names a place that does not exist, or is no change
 */
export function apply(tree, changed) {
  for (const change of changed) {
    const [path, ...what] = Array.isArray(change) ? change : [];
    if (!Array.isArray(path) || ![0, 1, 3].includes(what.length)) refuse();
    tree = applied(tree, path, what);
  }
  return tree;
}

/**
 * @param {any} tree
 * @param {any[]} path
 * @param {any[]} what
 * @returns {any}
 */
function applied(tree, path, what) {
  if (!path.length) return what.length === 1 ? what[0] : spliced(tree, what);
  const [step, ...rest] = path;
  const ends = !rest.length && what.length < 2;
  if (isFields(tree) && typeof step === "string" && step !== "__proto__") {
    if (!Object.hasOwn(tree, step) && !(ends && what.length)) refuse();
    const { [step]: inner, ...copy } = tree;
    if (ends && !what.length) return copy;
    return { ...tree, [step]: applied(inner, rest, what) };
  }
  if (!Array.isArray(tree) || !isIndex(step, tree.length - 1) || (ends && !what.length)) refuse();
  return tree.with(step, applied(tree[step], rest, what));
}

/**
 * @param {any} tree
 * @param {any[]} what
 */
function spliced(tree, [at, count, items]) {
  const fits = Array.isArray(tree) && isIndex(at, tree.length) && isIndex(count, tree.length - at);
  if (!fits || !Array.isArray(items)) refuse();
  return tree.toSpliced(at, count, ...items);
}

/**
 * How many items at the start are equal.
 * @param {any[]} one
 * @param {any[]} other
 */
function alike(one, other) {
  const least = Math.min(one.length, other.length);
  const first = one.findIndex((each, i) => i >= least || changes(each, other[i]).length > 0);
  return first < 0 ? least : first;
}

/** @param {unknown} tree */
const isFields = (tree) => typeof tree === "object" && tree !== null && !Array.isArray(tree);

/**
 * @param {unknown} step
 * @param {number} most
 */
const isIndex = (step, most) => Number.isInteger(step) && Number(step) >= 0 && Number(step) <= most;

/** @returns {never} */
function refuse() {
  throw new RangeError("A change names no place of the network.");
}
