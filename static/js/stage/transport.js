// The buttons under the scene, the slider on the spine, the step's sentence and its announcements.

import { figure, times } from "../shared/figures.js";
import { button, byId, enable, onPress, put } from "../shared/page.js";
import { fill, unbroken } from "../shared/texts.js";
import { ahead, partsOf, shownStep, stepsOf, subjectOf } from "../state/page.js";
import { Player } from "./player.js";

/**
 * @import {State} from "../state/page.js"
 * @import {Store} from "../state/store.js"
 * @import {Stage} from "./stage.js"
 */

/** The most products of one cell that the caption names. */
const MAX_SAID = 6;

export class Transport {
  /**
   * @param {Store<State>} store
   * @param {Stage} stage
   * @param {Record<string, string>} words
   */
  constructor(store, stage, words) {
    this.store = store;
    this.stage = stage;
    this.words = words;
    this.scrubber = /** @type {HTMLInputElement} */ (byId("scrubber"));
    /** The text about one cell when played cell by cell; it replaces the step's text. */
    this.held = "";
    this.layout = store.state.picture.layout;
    const open = { question: null, view: null, news: "" };
    this.player = new Player(stepsOf(store.state), {
      enter: (step) => {
        this.held = "";
        const part = store.state.byCell && partsOf(store.state, step) > 1 ? 0 : null;
        store.set({ ...open, step, part, progress: 0 });
        this.#announce();
      },
      frame: (step, progress) => store.set(this.#within(step, progress)),
      parts: (step) => partsOf(store.state, step),
      held: (part) => this.#held(part),
      lasting: (step) => stage.lasting(step),
      settle: (step) => {
        const isOther = step !== store.state.step || store.state.question !== null;
        store.set({ ...open, step, part: null, progress: undefined });
        if (isOther) this.#announce();
      },
      playing: (playing) => store.set({ playing }),
    });
    this.#listen();
    const caption = byId("caption");
    const place = /** @type {HTMLElement} */ (caption.parentElement);
    const sizes = new ResizeObserver(() => letKeysScroll(place));
    for (const each of [caption, place]) sizes.observe(each);
    store.watch(
      ["picture", "step", "view", "part", "news", "question", "wholePass", "playing"],
      (state) => {
        this.#follow(state);
        this.tell();
      },
    );
  }

  /**
   * Takes the steps of a network of another structure.
   * @param {State} state
   */
  #follow(state) {
    const { layout } = state.picture;
    if (layout === this.layout) return;
    this.layout = layout;
    this.held = "";
    Object.assign(this.player, { steps: stepsOf(state), step: state.step });
  }

  /**
   * Sets the progress; when played cell by cell, the progress of the current cell.
   * @param {number} step
   * @param {number} progress
   */
  #within(step, progress) {
    const parts = this.player.byCell ? partsOf(this.store.state, step) : 1;
    if (parts === 1) return { progress };
    const part = Math.min(parts - 1, Math.max(0, Math.ceil(progress * parts - 1e-9) - 1));
    return { part, progress: Math.min(1, progress * parts - part) };
  }

  #listen() {
    const { player, store } = this;
    onPress("first", () => player.go(0));
    onPress("back", () => (store.state.question ? player.go(player.last - 1) : player.back()));
    onPress("play", () => player.toggle());
    onPress("forward", () => this.forward());
    onPress("last", () => player.go(player.last));
    this.scrubber.addEventListener("input", () => player.go(Number(this.scrubber.value)));
    byId("whole-pass").addEventListener("change", (event) => {
      const wholePass = /** @type {HTMLInputElement} */ (event.target).checked;
      const steps = stepsOf({ ...store.state, wholePass });
      // Set both at once, so that no view looks for the step among the other pass's steps.
      const step = Math.max(0, steps.length - 1 - (player.last - player.step));
      Object.assign(player, { steps, step });
      store.set({ wholePass, view: null, step });
      if (store.state.wholePass) player.go(0);
    });
    byId("stride").addEventListener("change", (event) => {
      player.finish();
      const { value } = /** @type {HTMLSelectElement} */ (event.target);
      player.byCell = value === "cell";
      store.set({ byCell: player.byCell });
    });
    byId("speed").addEventListener("change", (event) => {
      player.speed = Number(/** @type {HTMLSelectElement} */ (event.target).value);
    });
  }

  /** Goes to the next step; from an open question, to the first step with movement. */
  forward() {
    if (!this.store.state.question) return this.player.forward();
    this.player.go(0);
    this.player.forward();
  }

  /** @param {number|undefined} step in the address's notation; undefined: the end */
  goTo(step) {
    const { player, store } = this;
    const forward = /** @type {HTMLInputElement} */ (byId("whole-pass"));
    if (step !== undefined && step < 0 && !forward.checked) {
      forward.checked = true;
      store.set({ wholePass: true });
      player.replace(stepsOf(store.state));
    }
    player.go(step === undefined ? player.last : step + ahead(store.state));
  }

  /**
   * Stands still at a step, with what is played and how.
   * @param {Pick<State, "step"|"view"|"wholePass"|"byCell">} at
   * @param {Partial<State>} others parts of the state that change with it
   */
  stand({ step, view, wholePass, byCell }, others) {
    const { player, store } = this;
    player.finish();
    /** @type {HTMLInputElement} */ (byId("whole-pass")).checked = wholePass;
    /** @type {HTMLSelectElement} */ (byId("stride")).value = byCell ? "cell" : "layer";
    const steps = stepsOf({ ...store.state, wholePass });
    Object.assign(player, { steps, step, byCell });
    const done = { part: null, progress: undefined, question: null };
    store.set({ ...others, ...done, step, view, wholePass, byCell });
  }

  /** Shows the step's sentence and number. */
  tell() {
    const { player, scrubber, words } = this;
    const { state } = this.store;
    const { news, playing, question, step } = state;
    const steps = stepsOf(state);
    const shown = shownStep(state);
    const { label, sentence } = shown;
    const at = question ? "" : String(steps.indexOf(shown));
    write("step-number", question ? "" : at);
    write("step-label", question ? words.question_title : label);
    const told = question ? question.scene : news || this.held || sentence;
    write("caption", unbroken(told));
    const count = { step: String(step), steps: String(steps.length - 1) };
    write("step-count", question ? fill(words.steps, count) : fill(words.step_count, count));
    scrubber.max = String(steps.length - 1);
    scrubber.value = String(step);
    scrubber.setAttribute("aria-valuetext", steps[step].label);
    for (const id of ["first", "back"]) enable(id, question !== null || step > 0);
    enable("forward", question !== null || step < player.last);
    enable("last", question !== null || step < player.last);
    button("play").dataset.playing = String(playing);
    const name = playing ? words.pause : words.play;
    if (button("play").getAttribute("aria-label") !== name)
      button("play").setAttribute("aria-label", name);
  }

  /** Announces the step to a screen reader. */
  #announce() {
    const { state } = this.store;
    const steps = stepsOf(state);
    const { label, sentence } = steps[state.step];
    const count = { step: String(state.step), steps: String(steps.length - 1) };
    byId("announcer").textContent = fill(this.words.step, { ...count, label, sentence });
  }

  /**
   * Announces which cell has got its number, when played cell by cell.
   * @param {number} part
   */
  #held(part) {
    const { store, words } = this;
    if (!this.player.byCell || partsOf(store.state, store.state.step) === 1) return;
    store.set({ part });
    const cell = this.stage.cells.at(subjectOf(store.state));
    if (!cell) return;
    const { name = "", value, gradient, zero } = cell.dataset;
    const { phase } = shownStep(store.state);
    if (phase === "multiply") {
      // Nothing is added yet: the cell has no number, but the products that will move to it have.
      const products = this.stage
        .pair()
        .terms.map(({ upstream, factor }) => times(upstream, factor));
      const left = products.length - MAX_SAID;
      if (left > 0) products.splice(MAX_SAID, left, fill(words.others, { n: left }));
      this.held = fill(words.multiplied, { name, products: products.join(", ") });
    } else {
      const isValue = phase === "forward";
      const reason = zero && !isValue ? this.stage.cells.reason(zero) : undefined;
      const number = figure(Number(isValue ? value : gradient));
      this.held = fill(words.summed, { name, figure: reason ?? number });
    }
    byId("announcer").textContent = this.held;
    this.tell();
  }
}

/**
 * @param {string} id
 * @param {string} text
 */
function write(id, text) {
  const place = byId(id);
  if (place.textContent !== text) place.textContent = text;
}

/**
 * Keys reach a text that is too long for its place, to scroll it.
 * @param {HTMLElement} place
 */
function letKeysScroll(place) {
  put(place, "tabindex", place.scrollHeight > place.clientHeight + 1 ? "0" : null);
}
