// Undo and redo: the documents and the change of each edit, the newest last. It uses no DOM.

/**
 * @typedef {{name: string, from: unknown, to: unknown}} NumberChange the number that an edit changed
 * @typedef {NumberChange|{said: string}} Change a changed number, or the change in words
 */

/** @template T */
export class History {
  /** @param {T} first */
  constructor(first) {
    /** @type {{document: T, change: Change|null, fits: boolean}[]} ``change`` is null if it is not
     * known; ``fits``: whether the document is a network, as far as is known */
    this.entries = [{ document: first, change: null, fits: true }];
    this.at = 0;
  }

  get first() {
    return this.entries[0].document;
  }

  get current() {
    return this.entries[this.at].document;
  }

  get canUndo() {
    return this.at > 0;
  }

  get canRedo() {
    return this.at < this.entries.length - 1;
  }

  /**
   * @param {T} document
   * @param {Change|null} change
   * @param {boolean} merge into the last edit, while the person types in the same field
   * @param {boolean} fits whether the document is a network
   * @returns {T} the current document
   */
  push(document, change = null, merge = false, fits = true) {
    const last = this.entries[this.at].change;
    const isOne = merge && last && "from" in last && change && "from" in change;
    const whole = isOne ? { ...change, from: last.from } : change;
    this.at += merge ? 0 : 1;
    this.entries.splice(this.at, Number.POSITIVE_INFINITY, { document, change: whole, fits });
    return document;
  }

  /** Whether the current document is a network, as far as is known. */
  get fits() {
    return this.entries[this.at].fits;
  }

  /**
   * @param {number} at an entry
   * @returns {T|undefined} the current document; undefined if there is no such entry
   */
  go(at) {
    if (!this.entries[at]) return undefined;
    this.at = at;
    return this.current;
  }

  undo() {
    return this.go(this.at - 1);
  }

  redo() {
    return this.go(this.at + 1);
  }
}

/**
 * @param {any} tree
 * @param {(string|number)[]} path
 */
export function getAt(tree, path) {
  return path.reduce((branch, step) => branch?.[step], tree);
}

/**
 * A copy of a tree with one leaf replaced; the other branches are shared.
 * @template T
 * @param {T} tree
 * @param {(string|number)[]} path
 * @param {unknown} leaf
 * @returns {T}
 */
export function setAt(tree, path, leaf) {
  if (!path.length) return /** @type {T} */ (leaf);
  const [step, ...rest] = path;
  const copy = /** @type {any} */ (Array.isArray(tree) ? [...tree] : { ...tree });
  copy[step] = setAt(copy[step], rest, leaf);
  return copy;
}

/**
 * The changed leaves of a tree. Edits copy what they change, so shared branches are unchanged.
 * @param {any} before
 * @param {any} after
 * @param {(string|number)[]} [path]
 * @returns {{path: (string|number)[], value: unknown}[]|null} null if the structure has changed
 */
export function changes(before, after, path = []) {
  if (before === after) return [];
  const [old, now] = [before, after].map((tree) => (isBranch(tree) ? Object.keys(tree) : null));
  if (!old && !now) return [{ path, value: after }];
  if (old?.join() !== now?.join()) return null;
  const leaves = [];
  for (const step of now ?? []) {
    const place = Array.isArray(after) ? Number(step) : step;
    const inside = changes(before[step], after[step], [...path, place]);
    if (!inside) return null;
    leaves.push(...inside);
  }
  return leaves;
}

/** @param {unknown} tree */
const isBranch = (tree) => typeof tree === "object" && tree !== null;
