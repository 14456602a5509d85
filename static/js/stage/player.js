// The transport: which step it is, and how far into it. It knows nothing of what is drawn.

/** Milliseconds of a step in which nothing moves. */
const SHORT = 300;
export const PAUSE = 900;
export const STILL = 2200;
/** Milliseconds of one cell, where one goes from cell to cell. */
const CELL = 900;
const LONGEST = 60_000;

export class Player {
  /**
   * @param {{phase: string}[]} steps
   * @param {{enter: (step: number) => void, frame: (step: number, progress: number) => void,
   *   settle: (step: number) => void, playing: (playing: boolean) => void,
   *   parts: (step: number) => number, held: (part: number) => void,
   *   lasting: (step: number) => number}} listener ``parts``: into how many cells a step falls;
   *   ``held``: that one of them is done; ``lasting``: milliseconds of its motion
   */
  constructor(steps, listener) {
    this.steps = steps;
    this.listener = listener;
    this.step = steps.length - 1;
    this.speed = 1;
    this.isPlaying = false;
    /** Whether one goes forwards and back by cells instead of by steps. */
    this.byCell = false;
    /** @type {number|undefined} how far into the step; undefined once it is done */
    this.progress = undefined;
    /** @type {number|undefined} */
    this.request = undefined;
    /** @type {number|undefined} */
    this.timer = undefined;
    this.reduced = matchMedia("(prefers-reduced-motion: reduce)");
  }

  /**
   * Other steps: the step that is shown keeps its place from the end.
   * @param {{phase: string}[]} steps
   */
  replace(steps) {
    const fromEnd = this.last - this.step;
    this.steps = steps;
    this.go(this.last - fromEnd);
  }

  get last() {
    return this.steps.length - 1;
  }

  /**
   * Stands still at a step, as it is once it is done.
   * @param {number} step
   */
  go(step) {
    this.pause();
    this.#stand(step);
  }

  /** From where it stands, which may be in the middle of a step; from the end, from the start. */
  play() {
    if (this.isPlaying) return;
    if (this.step >= this.last && this.progress === undefined) this.#stand(0);
    this.#set(true);
    if (this.progress !== undefined) this.#move(() => this.#rest());
    else this.timer = setTimeout(() => this.#advance(), PAUSE / 2 / this.speed);
  }

  /** Holds everything where it is, also in the middle of a step. */
  pause() {
    if (this.request !== undefined) cancelAnimationFrame(this.request);
    clearTimeout(this.timer);
    this.request = undefined;
    this.#set(false);
  }

  /** Stands still, with the step that is being played done at once. */
  finish() {
    this.pause();
    if (this.progress !== undefined) this.#settle();
  }

  toggle() {
    if (this.isPlaying) this.pause();
    else this.play();
  }

  /** One step, or one cell of it, played; a second call finishes the first at once. */
  forward() {
    const parts = this.#parts(this.step);
    const reached = this.#reached(parts);
    if (reached < parts) {
      this.pause();
      this.#hold(reached / parts);
      return this.#move(() => this.listener.held(reached), (reached + 1) / parts);
    }
    this.finish();
    if (this.step === this.last) return;
    this.#run(this.step + 1, () => this.listener.held(0), 1 / this.#parts(this.step + 1));
  }

  /** To the end of the step before, or of the cell before. */
  back() {
    const parts = this.#parts(this.step);
    const reached = this.#reached(parts);
    if (parts === 1 || reached < 2) return this.go(Math.max(0, this.step - 1));
    this.pause();
    this.listener.enter(this.step);
    this.#hold((reached - 1) / parts);
    this.listener.held(reached - 2);
  }

  /**
   * Into how many parts a step falls.
   * @param {number} step
   */
  #parts(step) {
    return this.byCell ? this.listener.parts(step) : 1;
  }

  /**
   * How long the movement of a step takes at the usual speed, in milliseconds.
   * @param {number} step
   */
  lasting(step) {
    const parts = this.#parts(step);
    if (parts > 1) return Math.min(LONGEST, parts * CELL);
    return this.listener.lasting(step) || SHORT;
  }

  /**
   * How many parts are done, or begun: what is under way counts as done.
   * @param {number} parts
   */
  #reached(parts) {
    return parts === 1 ? 1 : Math.ceil((this.progress ?? 1) * parts - 1e-9);
  }

  #advance() {
    if (this.step >= this.last) return this.#set(false);
    this.#run(this.step + 1, () => this.#rest());
  }

  /** Time to look at a step that is done, before the next. */
  #rest() {
    const pause = (this.reduced.matches ? STILL : PAUSE) / this.speed;
    this.timer = setTimeout(() => this.#advance(), this.step < this.last ? pause : 0);
  }

  /**
   * @param {number} step
   * @param {() => void} then
   * @param {number} until
   */
  #run(step, then, until = 1) {
    this.step = step;
    this.progress = 0;
    this.listener.enter(step);
    this.#move(then, until);
  }

  /**
   * In the middle of a step.
   * @param {number} progress
   */
  #hold(progress) {
    this.progress = progress;
    this.listener.frame(this.step, progress);
  }

  /**
   * Moves on from where the step is, to its end or to a part of it.
   * @param {() => void} then
   * @param {number} until
   */
  #move(then, until = 1) {
    if (this.reduced.matches) {
      if (until < 1) this.#hold(until);
      else this.#settle();
      return then();
    }
    const usual = this.lasting(this.step);
    let last = 0;
    /** @param {number} now */
    const frame = (now) => {
      // The speed may change on the way.
      const past = last ? ((now - last) * this.speed) / usual : 0;
      last = now;
      this.#hold(Math.min(until, (this.progress ?? 0) + past));
      if (this.progress !== undefined && this.progress < until) {
        this.request = requestAnimationFrame(frame);
        return;
      }
      this.request = undefined;
      if (until === 1) this.#settle();
      then();
    };
    this.request = requestAnimationFrame(frame);
  }

  /** @param {number} step */
  #stand(step) {
    this.step = Math.min(this.last, Math.max(0, step));
    this.#settle();
  }

  #settle() {
    this.progress = undefined;
    this.listener.settle(this.step);
  }

  /** @param {boolean} playing */
  #set(playing) {
    if (this.isPlaying === playing) return;
    this.isPlaying = playing;
    this.listener.playing(playing);
  }
}
