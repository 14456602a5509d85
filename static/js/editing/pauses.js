// The pauses between two pictures of a drag. There is none while the server answers at once. While
// other people wait for the server, a drag pauses, so that they are answered first.

/** Milliseconds by which answers differ when nobody else asks the server. */
const CHANCE = 15;
/** The pause is this many times as long as the answers waited. */
const TIMES = 5;
/** The longest pause in milliseconds. */
const MAX = 500;
/** Where there is a queue, so many answers in a row are late; one alone is late by chance. */
const IN_A_ROW = 3;

/** Knows how long the server took for its answers about one network. */
export class Pauses {
  constructor() {
    /** Milliseconds of the quickest answer: the way to the server and its work, without a queue. */
    this.quickest = Number.POSITIVE_INFINITY;
    /** @type {number[]} milliseconds that the last answers took */
    this.last = [];
  }

  /** @param {number} took milliseconds from the request to the first byte of its answer */
  note(took) {
    this.quickest = Math.min(took, this.quickest);
    this.last = [...this.last, took].slice(-IN_A_ROW);
  }

  /** Milliseconds to pause after the last answer. */
  get now() {
    const waited = this.last.length < IN_A_ROW ? 0 : Math.min(...this.last) - this.quickest;
    return waited > CHANCE ? Math.min(TIMES * waited, MAX) : 0;
  }
}

/**
 * Calls back with the milliseconds that the server took for each answer. The browser measures them:
 * a page that draws reads its answers late.
 * @param {string} path the end of the address
 * @param {(took: number) => void} told
 */
export function watchAnswers(path, told) {
  const observer = new PerformanceObserver((list) => {
    for (const entry of /** @type {PerformanceResourceTiming[]} */ (list.getEntries()))
      if (new URL(entry.name).pathname.endsWith(path))
        told(entry.responseStart - entry.requestStart);
  });
  observer.observe({ type: "resource" });
}
