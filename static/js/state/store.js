// The page's single state. Views are functions of it and watch the parts that they show; there is
// no other way to notify a view. It uses no DOM.

/**
 * @template {object} S
 */
export class Store {
  /** @param {S} state */
  constructor(state) {
    /** @type {S} */
    this.state = state;
    /** @type {{keys: Set<keyof S>, view: (state: S, changed: Set<keyof S>) => void}[]} */
    this.watching = [];
    /** @type {Set<keyof S>} the changed parts whose views have not been called yet */
    this.changed = new Set();
    this.isTelling = false;
  }

  /**
   * Calls a view whenever one of these parts changes; views are called in the order of watching.
   * @param {(keyof S)[]} keys
   * @param {(state: S, changed: Set<keyof S>) => void} view
   */
  watch(keys, view) {
    this.watching.push({ keys: new Set(keys), view });
  }

  /**
   * Changes parts of the state. If a view changes it again, the views are called once more.
   * @param {Partial<S>} parts
   */
  set(parts) {
    for (const key of /** @type {(keyof S)[]} */ (Object.keys(parts)))
      if (!Object.is(this.state[key], parts[key])) this.changed.add(key);
    this.state = { ...this.state, ...parts };
    if (this.isTelling) return;
    this.isTelling = true;
    try {
      while (this.changed.size) {
        const { changed } = this;
        this.changed = new Set();
        for (const { keys, view } of this.watching)
          if ([...keys].some((key) => changed.has(key))) view(this.state, changed);
      }
    } finally {
      this.isTelling = false;
    }
  }
}
