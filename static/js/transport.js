// The buttons and the scrubber under the stage, the caption, and what is said of each step.

import { fill } from "./cells.js";
import { figure } from "./figures.js";
import { address } from "./keeping.js";
import { button, byId, enable, onPress } from "./page.js";
import { Player } from "./player.js";

/** Steps, above which only the current one is named under the scrubber. */
const MANY = 11;

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
    this.player = new Player(stage.steps, {
      enter: (step) => {
        stage.enter(step);
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
    this.scrubber.addEventListener("input", () => player.go(Number(this.scrubber.value)));
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
    caption.textContent = sentence;
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
    list.classList.toggle("many", stage.steps.length > MANY);
    for (const id of ["first", "back"]) enable(id, step > 0);
    for (const id of ["forward", "last"]) enable(id, step < player.last);
  }

  /** Says the step to a screen reader. */
  #announce() {
    const { step, last } = this.player;
    const { label, sentence } = this.stage.steps[step];
    const count = { step: String(step), steps: String(last) };
    byId("announcer").textContent = fill(this.words.step, { ...count, label, sentence });
  }

  /**
   * By cell: says which cell has its number now.
   * @param {number} part
   */
  #held(part) {
    const { player, stage } = this;
    const cell = player.byCell && stage.cells.at(stage.journey.part(part));
    if (!cell) return;
    const { name = "", value, gradient } = cell.dataset;
    const number = Number(stage.shown === "values" ? value : gradient);
    const sentence = fill(this.words.summed, { name, figure: figure(number) });
    byId("caption").textContent = byId("announcer").textContent = sentence;
  }
}
