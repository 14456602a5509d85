// The sentences of the steps, about the pinned cell: after an edit, they are asked for once one of them is
// shown.

import { ask, newest } from "../shared/api.js";
import { cellOf, shownStep } from "../state/page.js";

/**
 * @import {State} from "../state/page.js"
 * @import {Store} from "../state/store.js"
 */

/** Phases whose sentence is always the same. */
const FIXED = ["input", "start", "done"];

export class Telling {
  /**
   * @param {Store<State>} store
   * @param {() => unknown} pictured the network of the picture
   * @param {() => void} fail called where the server's answer cannot be read
   */
  constructor(store, pictured, fail) {
    this.store = store;
    /** Whether the sentences tell of older numbers, or of another cell than the pinned one. */
    this.isStale = false;
    this.running = Promise.resolve();
    store.watch(["step", "view", "playing"], () => this.retellIfShown());
    this.ask = newest(async (/** @type {object|undefined} */ cell) => {
      const { picture } = store.state;
      const source = { id: picture.id, network: pictured() };
      try {
        const example = picture.batch?.example;
        const answer = await ask("/story", source, { open: picture.open, cell, example });
        const told = await answer.json();
        const now = store.state.picture;
        // Moves may have come meanwhile, which leave the numbers as they are.
        if (now.grids === picture.grids) store.set({ picture: { ...now, ...told } });
      } catch {
        fail();
      }
    });
  }

  /** The numbers are new, or another cell is pinned: the sentences no longer fit. */
  untell() {
    this.isStale = true;
    this.retellIfShown();
  }

  /** Asks for the new sentences, once one of them is shown. */
  retellIfShown() {
    const { state } = this.store;
    const { phase } = shownStep(state);
    if (this.isStale && (state.playing || !FIXED.includes(phase))) this.retell();
  }

  /** Done once each step's sentence fits the picture. */
  async told() {
    await (this.isStale ? this.retell() : this.running);
  }

  /** Fetches the sentences about the pinned cell. */
  retell() {
    this.isStale = false;
    const { picture, pinned } = this.store.state;
    this.running = this.ask(pinned ? cellOf(picture, pinned) : undefined);
    return this.running;
  }
}
