// The transport: which step it is, and how far into it. It knows nothing of what is drawn.

const DURATION = { input: 300, forward: 2600, start: 300, parameters: 900, add: 2000 };
const USUAL = 1300;
const PAUSE = 900;
const STILL = 2200;

export class Player {
  /**
   * @param {{phase: string}[]} steps
   * @param {{enter: (step: number) => void, frame: (step: number, progress: number) => void,
   *   settle: (step: number) => void, playing: (playing: boolean) => void}} listener
   */
  constructor(steps, listener) {
    this.steps = steps;
    this.listener = listener;
    this.step = steps.length - 1;
    this.speed = 1;
    this.isPlaying = false;
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

  /** One step, played; a second call finishes the first at once. */
  forward() {
    this.finish();
    if (this.step < this.last) this.#run(this.step + 1, () => {});
  }

  back() {
    this.go(Math.max(0, this.step - 1));
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
   */
  #run(step, then) {
    this.step = step;
    this.progress = 0;
    this.listener.enter(step);
    if (this.reduced.matches) {
      this.#settle();
      then();
    } else this.#move(then);
  }

  /**
   * Moves on from where the step is, to its end.
   * @param {() => void} then
   */
  #move(then) {
    const { phase } = this.steps[this.step];
    const usual = DURATION[/** @type {keyof typeof DURATION} */ (phase)] ?? USUAL;
    let last = 0;
    /** @param {number} now */
    const frame = (now) => {
      // The speed may change on the way.
      const past = last ? ((now - last) * this.speed) / usual : 0;
      last = now;
      this.progress = Math.min(1, (this.progress ?? 0) + past);
      if (this.progress < 1) {
        this.listener.frame(this.step, this.progress);
        this.request = requestAnimationFrame(frame);
      } else {
        this.request = undefined;
        this.#settle();
        then();
      }
    };
    this.request = requestAnimationFrame(frame);
  }

  /** @param {number} step */
  #stand(step) {
    this.step = Math.min(this.last, Math.max(0, step));
    this.listener.enter(this.step);
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
