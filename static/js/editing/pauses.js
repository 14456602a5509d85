// The pauses between two pictures of a drag: none while the server answers at once; while others wait
// for it, a drag leaves the server to them.

/** Milliseconds that an answer may take longer than the quickest, for other reasons than others. */
const CHANCE = 15;
/** The pause in times of what the answer waited: a drag then takes a sixth of the server's time. */
const TIMES = 5;
/** The longest pause in milliseconds. */
const MAX = 500;

/** Knows how long the answers about one network took. */
export class Pauses {
  constructor() {
    /** Milliseconds of the quickest answer: the way to the server and its work, without a queue. */
    this.quickest = Number.POSITIVE_INFINITY;
  }

  /**
   * @param {number} took milliseconds of the last answer
   * @returns {number} milliseconds to pause after it
   */
  after(took) {
    this.quickest = Math.min(took, this.quickest);
    const waited = took - this.quickest;
    return waited > CHANCE ? Math.min(TIMES * waited, MAX) : 0;
  }
}
