// The step that goes wrong, played twice: as it is right, and as it was given. One transport moves both.

import { forgetColours } from "../shared/colours.js";
import { put } from "../shared/page.js";
import { moment } from "../stage/motion.js";
import { pairOf } from "../stage/pair.js";
import { Player } from "../stage/player.js";
import { Renderer } from "../stage/renderer.js";
import { compose } from "../stage/scenes.js";

/**
 * @import {Grid, Moves, Place, Step} from "../state/picture.js"
 * @import {Composition} from "../stage/scenes.js"
 *
 * @typedef {{grids: Grid[], moves: Record<string, Moves|null>}} Side
 * @typedef {{steps: Step[], subject: Place, right: Side, yours: Side, loss: number|null}} Told
 * @typedef {{svg: SVGElement, renderer: Renderer, side: Side, shown: Composition|null}} View
 */

/** The width in pixels from which a scene has room for larger cells. */
const BROAD = 600;
const KEYS = /** @type {Record<string, string>} */ ({
  " ": "play", Home: "first", b: "back", B: "back", n: "forward", N: "forward", End: "last",
}); // biome-ignore format: a table

export class Twice {
  /**
   * @param {HTMLElement} root
   * @param {Record<string, string>} words
   */
  constructor(root, words) {
    this.root = root;
    this.words = words;
    /** @type {Told} */
    this.told = JSON.parse(root.querySelector("script")?.textContent ?? "");
    const { steps } = this.told;
    this.views = /** @type {const} */ (["right", "yours"]).map((name) => this.#view(name));
    /** @type {number|undefined} the step whose scenes are composed */
    this.composed = undefined;
    this.slider = /** @type {HTMLInputElement} */ (root.querySelector("input"));
    // The first step of the player is the moment before: nothing has travelled yet.
    this.player = new Player([{ phase: "start" }, ...steps], {
      enter: () => this.#draw(0),
      frame: (_, progress) => this.#draw(progress),
      settle: () => this.#draw(undefined),
      parts: () => 1,
      held: () => {},
      lasting: (step) => (step ? this.#lasting(step) : 0),
      playing: () => this.#tell(),
    });
    this.#listen();
    this.observer = new ResizeObserver(() => this.#compose());
    this.observer.observe(root);
    this.#draw(undefined);
  }

  /** Stops all motion; another answer takes its place. */
  stop() {
    this.player.pause();
    this.observer.disconnect();
  }

  /** Draws with the colours of another theme. */
  recolour() {
    forgetColours();
    for (const { renderer } of this.views) renderer.forget();
    this.#compose();
  }

  /**
   * @param {"right"|"yours"} name
   * @returns {View}
   */
  #view(name) {
    const svg = /** @type {SVGElement} */ (this.root.querySelector(`[data-side=${name}] svg`));
    return { svg, renderer: new Renderer(svg), side: this.told[name], shown: null };
  }

  #listen() {
    const { player, slider } = this;
    const actions = /** @type {Record<string, () => void>} */ ({
      first: () => player.go(0),
      back: () => player.back(),
      play: () => player.toggle(),
      forward: () => player.forward(),
      last: () => player.go(player.last),
    });
    this.root.addEventListener("click", ({ target }) => {
      const pressed = /** @type {Element} */ (target).closest("[data-do]");
      if (pressed?.getAttribute("aria-disabled") === "false")
        actions[pressed.getAttribute("data-do") ?? ""]?.();
    });
    this.root.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const action = actions[KEYS[event.key] ?? ""];
      const isOwn = event.key === " " && /** @type {Element} */ (event.target).closest("button");
      if (!action || isOwn) return;
      event.preventDefault();
      action();
    });
    slider.addEventListener("input", () => {
      const past = (Number(slider.value) / 1000) * player.last;
      const step = Math.ceil(past);
      if (step === past) return player.go(step);
      player.pause();
      Object.assign(player, { step, progress: past - step + 1 });
      this.#draw(player.progress);
    });
  }

  /**
   * The step whose scene is shown.
   * @param {number} step of the player
   */
  #shown(step) {
    return this.told.steps[Math.max(0, step - 1)];
  }

  /**
   * @param {View} view
   * @param {Step} step
   */
  #scene({ svg, side }, step) {
    const { subject, loss } = this.told;
    const none = { open: {}, signs: [], forward: [], longest: "" };
    const picture = { ...side, ...none, loss, steps: this.told.steps };
    const pair = pairOf({
      ...{ picture, before: null, step, shown: step, pinned: subject, subject },
      ...{ hides: null, guess: "" },
    });
    const { clientWidth: w, clientHeight: h } = svg;
    const scale = w < BROAD ? "phone" : "tall";
    const options = { scale, reading: "both", editing: false, words: this.words };
    return compose(pair, { x: 0, y: 0, w, h }, /** @type {any} */ (options));
  }

  /** @param {number} step */
  #lasting(step) {
    return Math.max(...this.views.map((view) => this.#scene(view, this.#shown(step)).duration));
  }

  #compose() {
    for (const view of this.views) view.shown = null;
    this.#draw(this.player.progress);
  }

  /** @param {number|undefined} progress undefined: at the end of the step */
  #draw(progress) {
    const { player, told, views } = this;
    const { step } = player;
    if (this.composed !== step) for (const view of views) view.shown = null;
    this.composed = step;
    if (!views.every(({ svg }) => svg.clientWidth)) return;
    for (const view of views) view.shown ??= this.#scene(view, this.#shown(step));
    const longest = Math.max(...views.map(({ shown }) => shown?.duration ?? 0));
    const at = step ? progress : 0;
    for (const { renderer, shown } of views)
      renderer.draw(moment(shown?.shapes ?? [], at === undefined ? undefined : at * longest));
    this.root.dataset.step = String(step);
    if (progress === undefined) delete this.root.dataset.moving;
    else this.root.dataset.moving = "";
    const past = step ? step - 1 + (progress ?? 1) : 0;
    this.slider.value = String(Math.round((past / told.steps.length) * 1000));
    this.#tell();
  }

  #tell() {
    const { player, root, slider, words } = this;
    const { isPlaying, last, progress, step } = player;
    const isAtEnd = step === last && progress === undefined;
    const can = { first: step > 0, back: step > 0, play: true, forward: !isAtEnd, last: !isAtEnd };
    for (const [name, enabled] of Object.entries(can)) {
      const button = root.querySelector(`[data-do=${name}]`);
      if (button) put(button, "aria-disabled", String(!enabled));
    }
    const play = /** @type {HTMLElement} */ (root.querySelector("[data-do=play]"));
    play.dataset.playing = String(isPlaying);
    put(play, "aria-label", isPlaying ? words.pause : words.play);
    const label = step ? this.#shown(step).label : words.step_begins;
    const status = root.querySelector("[data-label]");
    if (status && status.textContent !== label) status.textContent = label;
    put(slider, "aria-valuetext", label);
  }
}
