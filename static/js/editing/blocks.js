// Blocks of numbers as text: the server reads them, a moment after the last key.

import { inWords, post } from "../shared/api.js";
import { fill } from "../shared/texts.js";

/**
 * @typedef {{array: any, shape: number[], fits: boolean, sentence: string, how: string}} Block
 * @typedef {{text: string, wrong: string, block: Block|null, others: Block[]}} Reading of a text:
 *   why it holds no numbers ("": it does), what it holds, and what else it may hold
 */

/** Milliseconds after the last key before a text is read. */
const SOON = 250;

export class BlockReader {
  /** @param {Record<string, string>} words of the page */
  constructor(words) {
    this.words = words;
    /** @type {number|undefined} */
    this.timer = undefined;
    /** Reads the text that was typed last, if it was not read yet. */
    this.now = () => {};
  }

  /**
   * Reads a text soon, unless another one is typed before.
   * @param {string} text
   * @param {() => number[]} shape of the grid that it is for
   * @param {(reading: Reading) => void} show called with its answer, even if the text has changed since
   */
  soon(text, shape, show) {
    clearTimeout(this.timer);
    this.now = () => {
      this.now = () => {};
      clearTimeout(this.timer);
      this.#read(text, shape(), show);
    };
    this.timer = setTimeout(() => this.now(), SOON);
  }

  /** Forgets what was typed. */
  forget() {
    clearTimeout(this.timer);
    this.now = () => {};
  }

  /**
   * @param {string} text
   * @param {number[]} shape
   * @param {(reading: Reading) => void} show
   */
  async #read(text, shape, show) {
    /** @type {Reading} */
    let reading = { text, wrong: this.words.unreachable, block: null, others: [] };
    try {
      const answer = await (await post("/paste", { text, shape })).json();
      const { others = [], ...block } = answer;
      reading = answer.errors
        ? { ...reading, wrong: inWords(answer.errors) }
        : { text, wrong: "", block, others };
    } catch {
      // It is said that the server cannot be reached.
    }
    show(reading);
  }
}

/**
 * Nested lists of a shape, with the same number everywhere.
 * @param {number[]} shape
 * @param {number} number
 * @returns {any}
 */
export const filled = ([length, ...inner], number) =>
  length === undefined ? number : Array.from({ length }, () => filled(inner, number));

/**
 * Whether a text holds more than one number: a block, and not what is typed into one field.
 * @param {string} text
 */
export const isBlock = (text) => /\S\s*[\n\t,;|]\s*\S|\S\s+\S/.test(text.trim());

/**
 * What a block is and, where the text can be read in several ways, how it was read.
 * @param {Block} block
 * @param {Record<string, string>} words
 */
export const described = ({ how, sentence }, words) =>
  how ? fill(words.block_read, { sentence, how }) : sentence;
