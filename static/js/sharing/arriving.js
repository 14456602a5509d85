// What an address holds is shown; a link that was cut or changed says so, and shows nothing else.

import { byId } from "../shared/page.js";
import { fill } from "../shared/texts.js";
import { besideAddress, linkIn, stepIn } from "./address.js";
import { Broken, read } from "./link.js";
import { exampleIn, fromLink, openIn } from "./shown.js";

/**
 * @import {State} from "../state/page.js"
 * @import {Store} from "../state/store.js"
 * @import {Editing} from "../editing/editing.js"
 * @import {Transport} from "../stage/transport.js"
 * @import {Address} from "./address.js"
 * @import {State as Linked} from "./link.js"
 * @import {Text} from "../shared/texts.js"
 */

export class Arriving {
  /**
   * @param {{store: Store<State>, editing: Editing, transport: Transport, address: Address,
   *   open: (channels: Record<string, number>) => Promise<void>}} parts
   * @param {{words: Record<string, string>, link: Record<string, Text>}} texts
   */
  constructor({ store, editing, transport, address, open }, { words, link }) {
    this.store = store;
    this.editing = editing;
    this.transport = transport;
    this.address = address;
    this.channels = open;
    this.words = words;
    this.reasons = link;
    window.addEventListener("popstate", () => this.#follow());
  }

  /**
   * At the start: shows what stands in the address, or beside it.
   * @returns {Promise<boolean>} whether the page was opened at something
   */
  async start() {
    const beside = besideAddress();
    const link = linkIn(location.href);
    const step = stepIn(location.hash);
    if (beside) await this.show(beside);
    else if (link !== undefined) await this.#read(link);
    else if (step !== undefined) this.transport.goTo(step);
    delete document.documentElement.dataset.linked;
    return Boolean(beside) || link !== undefined;
  }

  /** Somebody put another address into the bar, or went back. */
  async #follow() {
    const beside = besideAddress();
    const link = linkIn(location.href);
    const step = stepIn(location.hash);
    if (beside) return this.show(beside);
    if (link) return this.#read(link);
    // Back from a network of one's own, at a page whose own network is another.
    if (this.address.page.document === null) return location.reload();
    if (step !== undefined) this.transport.goTo(step);
    else if (!location.hash) await this.show(this.address.opening);
    // A place in the page was jumped to: the address names the state again.
    else this.address.follow();
  }

  /** @param {string} link */
  async #read(link) {
    try {
      const state = await read(link, this.address.lessons);
      const { lesson = null } = state;
      if (lesson !== this.address.page.lesson && this.#elsewhere(lesson)) return;
      await this.show(state);
    } catch (error) {
      if (!(error instanceof Broken)) throw error;
      if (error.code === "no_lesson" && this.#elsewhere(String(error.named.lesson))) return;
      this.refuse(fill(this.reasons[error.code], error.named));
    }
  }

  /**
   * Goes to the page of another lesson with the same link, if there is such a page.
   * @param {string|null} lesson
   */
  #elsewhere(lesson) {
    const links = /** @type {HTMLAnchorElement[]} */ ([...byId("lessons").querySelectorAll("a")]);
    const page = links.find(({ dataset }) => dataset.lesson === lesson);
    if (page?.pathname === location.pathname) location.reload();
    else if (page) location.replace(`${page.href}${location.hash}`);
    return Boolean(page);
  }

  /**
   * Shows a whole state.
   * @param {Linked} state
   */
  async show(state) {
    const { address, editing, store, transport } = this;
    const { network } = state;
    if (network !== store.state.document) {
      const isOwn = (state.lesson ?? null) === null;
      const wrong = isOwn
        ? await this.own(network)
        : await editing.replace(network, this.words.from_link, false);
      if (wrong) return this.refuse(fill(this.reasons.refused, { why: wrong }));
    }
    editing.keepApart(network);
    this.#break("");
    const example = exampleIn(state, store.state.picture);
    if ((store.state.picture.batch?.example ?? 0) !== example) await editing.showExample(example);
    const channels = openIn(state, store.state.picture);
    const { open } = store.state.picture;
    if (Object.entries(channels).some(([layer, at]) => open[layer] !== at))
      await this.channels(channels);
    const { pinned, reading, ...at } = fromLink(state, store.state.picture);
    for (const input of /** @type {NodeListOf<HTMLInputElement>} */ (
      document.querySelectorAll('input[name="reading"]')
    ))
      input.checked = input.value === reading;
    transport.stand(at, { pinned, reading, hovered: null, guess: null });
    address.follow();
  }

  /**
   * Shows a network of one's own, whatever the page came with.
   * @param {unknown} network
   * @returns {Promise<string>} what is wrong with it, in words; "": it is shown
   */
  async own(network) {
    const { address, editing } = this;
    const wrong = await editing.begin(network);
    if (wrong) return wrong;
    address.page = { lesson: null, document: null };
    address.opening = { ...address.state, network: null };
    const menu = byId("lessons");
    menu.querySelector("[aria-current]")?.removeAttribute("aria-current");
    const name = /** @type {{title?: string}} */ (network).title?.trim();
    /** @type {HTMLElement} */ (menu.querySelector("summary")).textContent =
      name || this.words.own_network;
    return "";
  }

  /**
   * Shows a network of one's own in a state of the tab's history of its own, so that one can go back.
   * @param {unknown} network
   * @returns {Promise<string>} what is wrong with it, in words; "": it is shown
   */
  async open(network) {
    const wrong = await this.own(network);
    if (wrong) return wrong;
    history.pushState(null, "", this.address.path);
    this.store.set({ question: null, guess: null });
    this.#break("");
    this.address.follow();
    return "";
  }

  /**
   * In the place of everything else: why nothing is shown.
   * @param {string} why
   */
  refuse(why) {
    this.#break(why);
    byId("broken-title").focus();
  }

  /** @param {string} why empty: nothing is wrong */
  #break(why) {
    this.address.isOpen = !why;
    delete document.documentElement.dataset.linked;
    document.body.toggleAttribute("data-broken", Boolean(why));
    byId("broken").hidden = !why;
    byId("broken-why").textContent = why;
  }
}
