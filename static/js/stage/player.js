// The player: the current step, and the progress of its movement. It knows nothing of the drawing.

/** The duration of a step without movement, in milliseconds. */
const SHORT = 300;
export const PAUSE = 900;
export const STILL = 2200;
/** The duration of one cell when it plays cell by cell, in milliseconds. */
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
    /** Whether it moves by cells instead of by steps. */
    this.byCell = false;
    /** @type {number|undefined} the progress of the step; undefined at its end */
    this.progress = undefined;
    /** @type {number|undefined} */
    this.request = undefined;
    /** @type {number|undefined} */
    this.timer = undefined;
    this.reduced = matchMedia("(prefers-reduced-motion: reduce)");
  }

  /**
   * Takes other steps; the current step keeps its distance from the end.
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
   * Stops at the end of a step.
   * @param {number} step
   */
  go(step) {
    this.pause();
    this.#stand(step);
  }

  /** Plays from the present moment, which may be inside a step; at the end, from the start. */
  play() {
    if (this.isPlaying) return;
    if (this.step >= this.last && this.progress === undefined) this.#stand(0);
    this.#set(true);
    if (this.progress !== undefined) this.#move(() => this.#rest());
    else this.timer = setTimeout(() => this.#advance(), PAUSE / 2 / this.speed);
  }

  /** Pauses at the present moment, which may be inside a step. */
  pause() {
    if (this.request !== undefined) cancelAnimationFrame(this.request);
    clearTimeout(this.timer);
    this.request = undefined;
    this.#set(false);
  }

  /** Stops, and finishes the current step at once. */
  finish() {
    this.pause();
    if (this.progress !== undefined) this.#settle();
  }

  toggle() {
    if (this.isPlaying) this.pause();
    else this.play();
  }

  /** Plays one step, or one cell of it; a second call finishes the first at once. */
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

  /** Goes back to the end of the previous step or cell. */
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
   * The number of parts of a step.
   * @param {number} step
   */
  #parts(step) {
    return this.byCell ? this.listener.parts(step) : 1;
  }

  /**
   * The duration of a step's movement at the usual speed, in milliseconds.
   * @param {number} step
   */
  lasting(step) {
    const parts = this.#parts(step);
    if (parts > 1) return Math.min(LONGEST, parts * CELL);
    return this.listener.lasting(step) || SHORT;
  }

  /**
   * How many parts are finished; a part that is being played counts as finished.
   * @param {number} parts
   */
  #reached(parts) {
    return parts === 1 ? 1 : Math.ceil((this.progress ?? 1) * parts - 1e-9);
  }

  #advance() {
    if (this.step >= this.last) return this.#set(false);
    this.#run(this.step + 1, () => this.#rest());
  }

  /** Waits at the end of a step, so that the reader can look at it. */
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
   * Stops inside a step.
   * @param {number} progress
   */
  #hold(progress) {
    this.progress = progress;
    this.listener.frame(this.step, progress);
  }

  /**
   * Plays from the present moment to the end of the step, or to a part of it.
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
      // The speed may change during the movement.
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
