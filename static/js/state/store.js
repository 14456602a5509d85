// The page's one state. Views are functions of it and watch the parts they show; nothing else is told
// to anybody. No DOM.

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
    /** @type {Set<keyof S>} what has changed and was not told yet */
    this.changed = new Set();
    this.isTelling = false;
  }

  /**
   * Calls a view whenever one of these parts is another one; in the order of watching.
   * @param {(keyof S)[]} keys
   * @param {(state: S, changed: Set<keyof S>) => void} view
   */
  watch(keys, view) {
    this.watching.push({ keys: new Set(keys), view });
  }

  /**
   * Changes parts of the state. What views change in turn is told once all have seen this.
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
