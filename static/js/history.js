// Undo and redo: whole documents, the newest last. No DOM here.

/** @template T */
export class History {
  /** @param {T} first */
  constructor(first) {
    this.first = first;
    this.current = first;
    /** @type {T[]} */
    this.past = [];
    /** @type {T[]} */
    this.future = [];
  }

  /**
   * @param {T} next
   * @param {boolean} merge into the last edit, as one goes on typing in the same field
   * @returns {T} what is current now
   */
  push(next, merge = false) {
    if (!merge) this.past.push(this.current);
    this.current = next;
    this.future = [];
    return next;
  }

  /** @returns {T|undefined} what is current now; undefined where there is nothing to undo */
  undo() {
    const before = this.past.pop();
    if (before === undefined) return undefined;
    this.future.push(this.current);
    this.current = before;
    return before;
  }

  /** @returns {T|undefined} */
  redo() {
    const after = this.future.pop();
    if (after === undefined) return undefined;
    this.past.push(this.current);
    this.current = after;
    return after;
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
 * A copy of a tree with one leaf replaced; untouched branches are shared.
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
