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

  play() {
    if (this.isPlaying) return;
    if (this.step >= this.last) this.#stand(0);
    this.#set(true);
    this.timer = setTimeout(() => this.#advance(), PAUSE / 2 / this.speed);
  }

  pause() {
    const running = this.request !== undefined;
    this.#cancel();
    if (running) this.listener.settle(this.step);
    this.#set(false);
  }

  toggle() {
    if (this.isPlaying) this.pause();
    else this.play();
  }

  /** One step, played; a second call finishes the first at once. */
  forward() {
    this.pause();
    if (this.step < this.last) this.#run(this.step + 1, () => {});
  }

  back() {
    this.go(Math.max(0, this.step - 1));
  }

  #advance() {
    if (this.step >= this.last) return this.#set(false);
    this.#run(this.step + 1, () => {
      const pause = (this.reduced.matches ? STILL : PAUSE) / this.speed;
      this.timer = setTimeout(() => this.#advance(), this.step < this.last ? pause : 0);
    });
  }

  /**
   * @param {number} step
   * @param {() => void} then
   */
  #run(step, then) {
    this.step = step;
    this.listener.enter(step);
    if (this.reduced.matches) {
      this.listener.settle(step);
      then();
      return;
    }
    const { phase } = this.steps[step];
    const usual = DURATION[/** @type {keyof typeof DURATION} */ (phase)] ?? USUAL;
    let last = 0;
    let elapsed = 0;
    /** @param {number} now */
    const frame = (now) => {
      // The speed may change on the way.
      elapsed += last ? (now - last) * this.speed : 0;
      last = now;
      const progress = Math.min(1, elapsed / usual);
      if (progress < 1) {
        this.listener.frame(step, progress);
        this.request = requestAnimationFrame(frame);
      } else {
        this.request = undefined;
        this.listener.settle(step);
        then();
      }
    };
    this.request = requestAnimationFrame(frame);
  }

  /** @param {number} step */
  #stand(step) {
    this.step = Math.min(this.last, Math.max(0, step));
    this.listener.enter(this.step);
    this.listener.settle(this.step);
  }

  #cancel() {
    if (this.request !== undefined) cancelAnimationFrame(this.request);
    clearTimeout(this.timer);
    this.request = undefined;
  }

  /** @param {boolean} playing */
  #set(playing) {
    if (this.isPlaying === playing) return;
    this.isPlaying = playing;
    this.listener.playing(playing);
  }
}
