// The buttons and the scrubber under the stage, the caption, and what is said of each step.

import { figure, times } from "../shared/figures.js";
import { button, byId, enable, onPress } from "../shared/page.js";
import { fill } from "../shared/texts.js";
import { address } from "../state/keeping.js";
import { Player } from "./player.js";

/** Steps, above which only the current one is named under the scrubber. */
const MANY = 11;
/** Products of one cell that the caption names. */
const MAX_SAID = 6;

export class Transport {
  /**
   * @param {import("./stage.js").Stage} stage
   * @param {Record<string, string>} words
   * @param {() => void} follow called as only what concerns the pinned cell is to be shown, or all
   */
  constructor(stage, words, follow) {
    this.stage = stage;
    this.words = words;
    this.scrubber = /** @type {HTMLInputElement} */ (byId("scrubber"));
    /** What an edit has changed; it stands in the step's place until the next step. */
    this.news = "";
    /** Whether the reader has scrolled since it plays, to look elsewhere. */
    this.isLeft = false;
    /** How many steps' labels have been fitted. */
    this.labelled = 0;
    this.player = new Player(stage.steps, {
      enter: (step) => {
        this.news = "";
        stage.enter(step);
        if (this.player.isPlaying && !this.isLeft)
          stage.follow(this.player.reduced.matches ? "instant" : "smooth");
        this.tell();
        this.#announce();
      },
      frame: (step, progress) => stage.frame(step, progress),
      parts: (step) => stage.parts(step),
      held: (part) => this.#held(part),
      settle: (step) => {
        stage.settle(step);
        address(step === this.player.last ? undefined : step - stage.ahead);
      },
      playing: (playing) => {
        this.isLeft = false;
        button("play").dataset.playing = String(playing);
        button("play").setAttribute("aria-label", playing ? words.pause : words.play);
      },
    });
    this.#listen(follow);
  }

  /** @param {() => void} follow */
  #listen(follow) {
    const { player, stage } = this;
    onPress("first", () => player.go(0));
    onPress("back", () => player.back());
    onPress("play", () => player.toggle());
    onPress("forward", () => player.forward());
    onPress("last", () => player.go(player.last));
    for (const type of ["wheel", "touchmove"])
      window.addEventListener(type, () => (this.isLeft = true), { passive: true });
    this.scrubber.addEventListener("input", () => player.go(Number(this.scrubber.value)));
    document.querySelector(".labels")?.addEventListener("click", ({ target }) => {
      const item = /** @type {Element} */ (target).closest("li");
      const step = item ? [...(item.parentElement?.children ?? [])].indexOf(item) : -1;
      if (step >= 0) player.go(step);
    });
    byId("whole-pass").addEventListener("change", (event) => {
      stage.wholePass = /** @type {HTMLInputElement} */ (event.target).checked;
      player.replace(stage.steps);
      if (stage.wholePass) player.go(0);
    });
    byId("follow").addEventListener("change", (event) => {
      stage.following = /** @type {HTMLInputElement} */ (event.target).checked;
      follow();
    });
    byId("stride").addEventListener("change", (event) => {
      player.finish();
      const { value } = /** @type {HTMLSelectElement} */ (event.target);
      player.byCell = stage.byCell = value === "cell";
    });
    byId("speed").addEventListener("change", (event) => {
      player.speed = Number(/** @type {HTMLSelectElement} */ (event.target).value);
    });
  }

  /** @param {number|undefined} step as in the address; undefined: the end */
  goTo(step) {
    const { player, stage } = this;
    const forward = /** @type {HTMLInputElement} */ (byId("whole-pass"));
    if (step !== undefined && step < 0 && !forward.checked) {
      forward.checked = stage.wholePass = true;
      player.replace(stage.steps);
    }
    player.go(step === undefined ? player.last : step + stage.ahead);
  }

  /** Tells of a step: its sentence, and its place among the others. */
  tell(step = this.player.step) {
    const { player, scrubber, stage } = this;
    const { label, sentence } = stage.steps[step];
    const caption = byId("caption");
    caption.textContent = this.news || sentence;
    // As much room as any step's sentence takes: nothing under it moves while the steps play.
    /** @type {HTMLElement} */ (caption.parentElement).dataset.longest = stage.picture.longest;
    scrubber.max = String(player.last);
    scrubber.value = String(step);
    scrubber.setAttribute("aria-valuetext", label);
    const list = /** @type {HTMLElement} */ (document.querySelector(".labels"));
    // As many as there are steps, each kept: what is made anew counts as moved.
    while (list.children.length > stage.steps.length) list.lastElementChild?.remove();
    while (list.children.length < stage.steps.length) list.append(document.createElement("li"));
    stage.steps.forEach(({ label }, i) => {
      const item = list.children[i];
      item.className = i === step ? "current" : "";
      if (item.textContent !== label) item.textContent = label;
    });
    if (list.children.length !== this.labelled) this.fit();
    for (const id of ["first", "back"]) enable(id, step > 0);
    for (const id of ["forward", "last"]) enable(id, step < player.last);
  }

  /** Names all steps under the scrubber, or the current one alone where they do not fit. */
  fit() {
    const list = /** @type {HTMLElement} */ (document.querySelector(".labels"));
    this.labelled = list.children.length;
    list.classList.remove("many");
    const ends = [...list.children].map((item) => {
      const range = document.createRange();
      range.selectNodeContents(item);
      return range.getBoundingClientRect();
    });
    const isTight = ends.some(({ left }, i) => i > 0 && left < ends[i - 1].right + 3);
    list.classList.toggle("many", this.labelled > MANY || isTight);
  }

  /** Says the step to a screen reader. */
  #announce() {
    const { step, last } = this.player;
    const { label, sentence } = this.stage.steps[step];
    const count = { step: String(step), steps: String(last) };
    byId("announcer").textContent = fill(this.words.step, { ...count, label, sentence });
  }

  /**
   * @param {number} part
   * @param {DOMStringMap} cell
   */
  #partInWords(part, { name = "", value, gradient, zero }) {
    const { words, stage } = this;
    if (stage.current.phase !== "multiply") {
      const isValue = stage.shown === "values";
      const reason = zero && !isValue ? stage.cells.reason(zero) : undefined;
      return fill(words.summed, {
        name,
        figure: reason ?? figure(Number(isValue ? value : gradient)),
      });
    }
    // Nothing is added up yet: the cell has no number, but what will travel to it has.
    const products = stage.journey
      .terms(part)
      .map(({ upstream, factor }) => times(upstream, factor));
    const left = products.length - MAX_SAID;
    if (left > 0) products.splice(MAX_SAID, left, fill(words.others, { n: left }));
    return fill(words.multiplied, { name, products: products.join(", ") });
  }

  /**
   * By cell: says which cell has its number now.
   * @param {number} part
   */
  #held(part) {
    const { player, stage } = this;
    const cell = player.byCell && stage.cells.at(stage.journey.part(part));
    if (!cell) return;
    const sentence = this.#partInWords(part, cell.dataset);
    byId("caption").textContent = byId("announcer").textContent = sentence;
  }
}
