// Drawing the input: strokes of a mouse or finger on the pad, its keys, and real digits.

import { inWords, post } from "../shared/api.js";
import { parse } from "../shared/figures.js";
import { shapeOf } from "../shared/numbers.js";
import { inkFor, moved, within } from "./pad.js";

/**
 * @import {Builder} from "./builder.js"
 * @import {Status} from "./schema.js"
 */

export class Drawing {
  /** @param {Builder} builder */
  constructor(builder) {
    this.builder = builder;
    /** @type {import("./pad.js").Pen} */
    this.pen = { dot: { channel: 0, row: 0, column: 0 }, pen: "1" };
    builder.panel.addEventListener("pointerdown", (event) => this.stroke(event));
  }

  /** @param {HTMLInputElement} target */
  penned({ dataset, value }) {
    if (dataset.pad === "pen") this.pen = { ...this.pen, pen: value };
    else this.pen = { ...this.pen, dot: { ...this.pen.dot, channel: parse(value) || 0 } };
    this.builder.draw();
  }

  /** @param {PointerEvent} press */
  stroke(press) {
    const first = dotAt(press.target);
    if (!first || press.button !== 0) return;
    press.preventDefault();
    const ink = this.#inkAt(first);
    let merge = false;
    let last = "";
    /** @param {EventTarget|null} target */
    const draw = (target) => {
      const dot = dotAt(target);
      if (!dot || `${dot}` === last) return;
      last = `${dot}`;
      this.#dot(dot, ink, merge);
      merge = true;
    };
    draw(press.target);
    const stop = new AbortController();
    const { signal } = stop;
    window.addEventListener(
      "pointermove",
      ({ clientX, clientY }) => draw(document.elementFromPoint(clientX, clientY)),
      { signal },
    );
    for (const end of ["pointerup", "pointercancel"])
      window.addEventListener(end, () => stop.abort(), { signal });
  }

  /** @param {KeyboardEvent} event */
  keyOnPad(event) {
    const { input } = this.builder.examples;
    const dot = moved(within(this.pen.dot, input), event.key, input);
    const isDraw = event.key === " " || event.key === "Enter";
    if (!dot && !isDraw) return;
    event.preventDefault();
    const at = dotAt(event.target);
    if (isDraw && at) return this.#dot(at, this.#inkAt(at), false);
    if (!dot) return;
    this.pen = { ...this.pen, dot };
    this.builder.draw();
    const next = this.builder.panel.querySelector(`[data-dot="${dot.row},${dot.column}"]`);
    /** @type {HTMLElement|null} */ (next)?.focus();
  }

  /** @param {[number, number]} at */
  #inkAt([row, column]) {
    const { input } = this.builder.examples;
    const { channel } = within(this.pen.dot, input);
    return inkFor(input[channel][row][column], this.pen.pen);
  }

  /**
   * @param {[number, number]} at
   * @param {number} ink
   * @param {boolean} merge into the same stroke
   */
  #dot([row, column], ink, merge) {
    if (Number.isNaN(ink)) return this.builder.complain(this.builder.words.not_a_number);
    const { fits } = /** @type {Status} */ (this.builder.status);
    const { input, inputPath } = this.builder.examples;
    const { channel } = within(this.pen.dot, input);
    this.builder.view.message = "";
    this.pen = { ...this.pen, dot: { channel, row, column } };
    const path = [...inputPath, channel, row, column];
    if (fits) this.builder.editing.number(path, ink, merge);
    else this.builder.values.set(path, ink, "pad");
  }

  /** @param {number} digit */
  async digit(digit) {
    const { input, inputPath } = this.builder.examples;
    const [channels, rows, columns] = shapeOf(input);
    const asked = { digit, channels, ...(rows === columns ? { side: rows } : {}) };
    try {
      const answer = await (await post("/digit", asked)).json();
      if (answer.errors) this.builder.complain(inWords(answer.errors));
      else this.builder.values.set(inputPath, answer.input);
    } catch {
      this.builder.complain(this.builder.words.unreachable);
    }
  }
}

/**
 * Which cell of the pad an event happened in.
 * @param {EventTarget|null} target
 * @returns {[number, number]|null}
 */
function dotAt(target) {
  const cell = /** @type {HTMLElement|null} */ (
    /** @type {Element|null} */ (target)?.closest("[data-dot]")
  );
  if (!cell) return null;
  const [row, column] = (cell.dataset.dot ?? "").split(",").map(Number);
  return [row, column];
}
