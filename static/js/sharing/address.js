// The state of the page in its address, so that it survives a reload and can be sent to others.

import { base } from "../shared/api.js";
import { forget, leave, left } from "../state/leaving.js";
import { LONG, write } from "./link.js";
import { forLink, isAlike } from "./shown.js";

/**
 * @import {State} from "../state/page.js"
 * @import {Store} from "../state/store.js"
 * @import {State as Linked} from "./link.js"
 *
 * @typedef {object} Page
 * @property {string|null} lesson the shipped lesson of the page; null: it shows a network of one's own
 * @property {unknown} document the network that the page came with; null: it has another since
 */

/** Milliseconds between two addresses: WebKit throws after a hundred in ten seconds. */
const SELDOM = 500;
/** Where this tab keeps what its address does not name. */
const LEFT = "left";

/**
 * The step of an address of older days, and of a lesson as it is: «#step=3», counted from the start
 * of the backward pass, so that steps of the forward pass are negative.
 * @param {string} hash
 * @returns {number|undefined}
 */
export function stepIn(hash) {
  const step = new URLSearchParams(hash.slice(1)).get("step");
  return step !== null && /^-?\d+$/.test(step) ? Number(step) : undefined;
}

/**
 * The link in an address, which may be cut or changed; undefined where there is none.
 * @param {string} href
 */
export function linkIn(href) {
  const [, fragment] = /#(.*)$/s.exec(href) ?? [];
  return fragment !== undefined && /^(?:\d|$)/.test(fragment) ? fragment : undefined;
}

export class Address {
  /**
   * @param {Store<State>} store in the state in which the page opens
   * @param {Page} page
   * @param {() => unknown} typed the network as far as it has been typed
   */
  constructor(store, page, typed) {
    this.store = store;
    this.page = page;
    this.typed = typed;
    this.opening = { ...this.state, network: page.document };
    /** @type {number|undefined} */
    this.timer = undefined;
    /** Whether the address may name what the page shows. */
    this.isOpen = true;
    /** @type {(keyof State)[]} */
    const named = [
      "picture",
      "document",
      "pinned",
      "step",
      "view",
      "reading",
      "wholePass",
      "byCell",
    ];
    store.watch(named, () => this.follow());
    window.addEventListener("pagehide", () => this.#keep());
  }

  /** @returns {Linked} */
  get state() {
    return forLink(this.store.state, this.page.lesson);
  }

  /** What a link of this page's lesson is made and read with. */
  get lessons() {
    const { document, lesson } = this.page;
    return lesson === null ? {} : { [lesson]: document };
  }

  /**
   * The whole address of what the page shows.
   * @throws {import("./link.js").Broken} it is too large for any
   */
  async href() {
    const { state } = this;
    const plain = this.#plain(state);
    const hash = plain ?? `#${await write(state, this.lessons)}`;
    return `${location.origin}${this.path}${hash}`;
  }

  /** A network of one's own is at home where nobody needs more than the tool. */
  get path() {
    if (this.page.document === null) return `${base}/`;
    return location.pathname + location.search;
  }

  /** Names the state soon. */
  follow() {
    if (this.isOpen) this.timer ??= setTimeout(() => this.#name(), SELDOM);
  }

  async #name() {
    const { state } = this;
    const hash = await this.#hashOf(state);
    this.timer = undefined;
    if (!this.isOpen) return;
    forget(LEFT);
    if (hash === null) put({ state }, this.path);
    else if (hash !== location.hash || history.state) put(null, this.path + hash);
    if (!isSame(state, this.state)) this.follow();
  }

  /**
   * @param {Linked} state
   * @returns {Promise<string|null>} null: too long for an address
   */
  async #hashOf(state) {
    const plain = this.#plain(state);
    if (plain !== null) return plain;
    const link = await write(state, this.lessons).catch(() => null);
    return link !== null && link.length <= LONG ? `#${link}` : null;
  }

  /**
   * The fragment of a lesson as it is, but for the step.
   * @param {Linked} state
   * @returns {string|null} null: it is not
   */
  #plain(state) {
    const { f, ...shown } = state.shown ?? {};
    // A step of the forward pass says by itself that there is one.
    const rest = Number(state.step) < 0 ? { ...state, shown } : state;
    if (!isAlike(rest, this.opening)) return null;
    return state.step === null ? "" : `#step=${state.step}`;
  }

  /** When the page is left, it is too late for another address: what none names yet is kept beside it. */
  #keep() {
    const state = { ...this.state, network: this.typed() };
    const isNamed = this.timer === undefined && state.network === this.store.state.document;
    if (this.isOpen && !isNamed) leave(LEFT, state);
  }
}

/**
 * @param {unknown} beside kept with the address in this browser alone
 * @param {string} address
 */
function put(beside, address) {
  try {
    history.replaceState(beside, "", address);
  } catch {
    // Too many, or too large for this browser: the next one will do.
  }
}

/**
 * @param {Linked} a
 * @param {Linked} b
 */
const isSame = (a, b) => isAlike(a, b) && a.step === b.step;

/**
 * What was kept beside the address, as a page before this one left it.
 * @returns {Linked|undefined}
 */
export function besideAddress() {
  const state = left(LEFT) ?? history.state?.state;
  return typeof state?.network === "object" ? state : undefined;
}
