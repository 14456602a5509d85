// A picture as the input: a PNG or JPEG from a file or the clipboard, of which a part is taken.

import { element } from "../shared/elements.js";
import { figure } from "../shared/figures.js";
import { shapeOf, sizeInWords } from "../shared/numbers.js";
import { fill } from "../shared/texts.js";
import { dragged, gridOf, headerOf, MOST_BYTES, MOST_PIXELS, partOf } from "./pixels.js";

/**
 * @import {Builder} from "./builder.js"
 * @import {Frame} from "./pixels.js"
 * @import {Schema} from "./schema.js"
 */

/** Pixels along the longer side of the copy that parts are taken from. */
const SIDE = 1024;
/** The smallest frame, in percent of the largest. */
const LEAST = 5;

export class Picture {
  /** @param {Builder} builder */
  constructor(builder) {
    this.builder = builder;
    /** @type {HTMLCanvasElement|null} a copy of the picture; null: none was chosen */
    this.canvas = null;
    /** @type {ImageData|null} its pixels */
    this.pixels = null;
    /** @type {Frame} */
    this.frame = { across: 0.5, down: 0.5, size: 1 };
    this.isInverted = false;
    /** @type {number[][][]|null} the numbers of the part that is shown */
    this.numbers = null;
    /** Why a picture was refused. */
    this.refused = "";
    const { panel } = builder;
    panel.addEventListener("pointerdown", (event) => this.#drag(event));
    panel.addEventListener("drop", (event) => this.#take(event, event.dataTransfer));
    document.addEventListener("paste", (event) => this.#take(event, event.clipboardData));
  }

  get #texts() {
    const { words: texts } = /** @type {Schema} */ (this.builder.schema);
    return texts.picture;
  }

  get #shape() {
    return shapeOf(this.builder.examples.input);
  }

  get #grid() {
    const [, rows, columns] = this.#shape;
    return { rows, columns };
  }

  /** Whether the input has the channels of a grey or coloured picture. */
  get #hasRoom() {
    const shape = this.#shape;
    return shape.length === 3 && [1, 3].includes(shape[0]);
  }

  // --- where it comes from ----------------------------------------------------------------------

  /**
   * A picture that was pasted or dropped.
   * @param {Event} event
   * @param {DataTransfer|null} data
   */
  #take(event, data) {
    const { builder } = this;
    const file = data?.files[0];
    if (!builder.isOpen || builder.view.open !== "input" || !file?.type.startsWith("image/"))
      return;
    // A spreadsheet gives its cells as a picture too.
    if (data?.types.includes("text/plain")) return;
    event.preventDefault();
    this.open(file);
  }

  /** @param {File} file */
  async open(file) {
    this.close();
    if (this.#hasRoom) this.refused = await this.#read(file);
    this.builder.draw();
    /** @type {HTMLElement|null} */ (this.builder.panel.querySelector("[data-frame]"))?.focus();
  }

  /**
   * Reads a file. Its kind and size are checked before it is decoded.
   * @param {File} file
   * @returns {Promise<string>} why it is refused; "": it is shown
   */
  async #read(file) {
    const texts = this.#texts;
    if (file.size > MOST_BYTES)
      return fill(texts.long, { size: figure(file.size / 1e6), most: MOST_BYTES / 1e6 });
    const bytes = new Uint8Array(await file.arrayBuffer());
    const header = headerOf(bytes);
    if (!header) return texts.other;
    const { type, width, height } = header;
    if (width * height > MOST_PIXELS)
      return fill(texts.large, { size: sizeInWords([width, height]), most: MOST_PIXELS / 1e6 });
    try {
      const whole = await createImageBitmap(new Blob([bytes], { type }));
      this.#copy(whole);
      whole.close();
      return "";
    } catch {
      return texts.damaged;
    }
  }

  /** @param {ImageBitmap} whole */
  #copy(whole) {
    const scale = Math.min(1, SIDE / Math.max(whole.width, whole.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(scale * whole.width));
    canvas.height = Math.max(1, Math.round(scale * whole.height));
    const pen = /** @type {CanvasRenderingContext2D} */ (
      canvas.getContext("2d", { willReadFrequently: true })
    );
    // What is transparent is white.
    pen.fillStyle = "white";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.imageSmoothingQuality = "high";
    pen.drawImage(whole, 0, 0, canvas.width, canvas.height);
    this.canvas = canvas;
    this.pixels = pen.getImageData(0, 0, canvas.width, canvas.height);
    this.frame = { across: 0.5, down: 0.5, size: 1 };
  }

  close() {
    this.canvas = null;
    this.pixels = null;
    this.numbers = null;
    this.refused = "";
  }

  // --- the part that is taken -------------------------------------------------------------------

  /**
   * A field of the picture: the file, the place or size of the frame, or which end is 1.
   * @param {HTMLInputElement} target
   */
  changed(target) {
    const { checked, dataset, files, value } = target;
    const { frame = "", picture } = dataset;
    if (picture === "file") {
      if (files?.[0]) this.open(files[0]);
      // The same file can be chosen again.
      target.value = "";
      return;
    }
    if (picture === "frame") this.frame = { ...this.frame, [frame]: Number(value) / 100 };
    else this.isInverted = checked;
    this.builder.draw();
  }

  /** @param {PointerEvent} press */
  #drag(press) {
    const crop = /** @type {Element} */ (press.target).closest(".crop");
    const { frame, pixels } = this;
    if (!crop || !pixels || press.button !== 0) return;
    const scale = pixels.width / crop.getBoundingClientRect().width;
    const stop = new AbortController();
    const { signal } = stop;
    window.addEventListener(
      "pointermove",
      ({ clientX, clientY }) => {
        const by = [clientX - press.clientX, clientY - press.clientY].map((each) => scale * each);
        this.frame = dragged(pixels, this.#grid, frame, [by[0], by[1]]);
        this.builder.draw();
      },
      { signal },
    );
    for (const end of ["pointerup", "pointercancel"])
      window.addEventListener(end, () => stop.abort(), { signal });
  }

  /** @param {string} does «take» or «leave» */
  press(does) {
    const { builder, numbers } = this;
    this.close();
    builder.draw();
    if (does === "take" && numbers) builder.values.set(builder.examples.inputPath, numbers);
    /** @type {HTMLElement|null} */ (builder.panel.querySelector("[data-picture=file]"))?.focus();
  }

  // --- as it is shown ---------------------------------------------------------------------------

  /** @returns {HTMLElement} */
  shown() {
    const texts = this.#texts;
    const size = sizeInWords(this.#shape);
    const children = this.#hasRoom
      ? [
          element(
            "label",
            { class: "label" },
            `${texts.title} `,
            element("input", {
              type: "file",
              accept: "image/png,image/jpeg",
              "data-picture": "file",
            }),
          ),
          this.refused && element("p", { class: "wrong", role: "alert" }, this.refused),
          this.pixels ? this.#chooser(this.pixels) : element("p", { class: "hint" }, texts.hint),
        ]
      : [element("p", { class: "hint" }, fill(texts.not_here, { size }))];
    return element("div", { class: "from-picture", "data-key": "picture" }, ...children);
  }

  /** @param {ImageData} pixels */
  #chooser(pixels) {
    const texts = this.#texts;
    const { rows, columns } = this.#grid;
    const part = partOf(pixels, this.#grid, this.frame);
    this.numbers = gridOf(pixels, part, this.#shape, this.isInverted);
    const all = this.numbers.flat(2);
    const [low, high] = [Math.min, Math.max].map((end) =>
      figure(all.reduce((one, other) => end(one, other))),
    );
    const percent = (/** @type {number} */ share) => `${100 * share}%`;
    const { left, top, width, height } = part;
    const slider = (/** @type {keyof Frame} */ name, /** @type {string} */ label) =>
      element("input", {
        type: "range",
        min: name === "size" ? LEAST : 0,
        max: 100,
        value: Math.round(100 * this.frame[name]),
        "aria-label": label,
        "data-picture": "frame",
        "data-frame": name,
      });
    return element(
      "div",
      { "data-key": "chooser" },
      element(
        "div",
        { class: "previews", "aria-hidden": "true" },
        element(
          "div",
          { class: "crop", style: `--ratio: ${pixels.width / pixels.height}` },
          element("canvas", { width: pixels.width, height: pixels.height }),
          element("div", {
            class: "part",
            style:
              `left: ${percent(left / pixels.width)}; top: ${percent(top / pixels.height)}; ` +
              `width: ${percent(width / pixels.width)}; height: ${percent(height / pixels.height)}`,
          }),
        ),
        element("canvas", {
          class: "result",
          width: columns,
          height: rows,
          style: `--ratio: ${columns / rows}`,
        }),
      ),
      element("p", { class: "hint" }, texts.drag),
      element(
        "div",
        { class: "frame-at" },
        ...["size", "across", "down"].flatMap((name) => {
          const label = texts[name === "size" ? "frame" : name];
          const text = element("span", { class: "label", "aria-hidden": "true" }, label);
          return [text, slider(/** @type {keyof Frame} */ (name), label)];
        }),
      ),
      element(
        "label",
        { class: "check" },
        element("input", {
          type: "checkbox",
          checked: this.isInverted,
          "data-picture": "inverted",
        }),
        ` ${texts.inverted}`,
      ),
      element(
        "p",
        { class: "hint" },
        fill(texts.result, { size: sizeInWords(this.#shape), low, high }),
      ),
      element(
        "div",
        { class: "controls" },
        element("button", { type: "button", class: "go", "data-picture-do": "take" }, texts.take),
        element("button", { type: "button", "data-picture-do": "leave" }, texts.leave),
      ),
    );
  }

  /** Paints the picture, and the numbers of its part, into the panel. */
  paint() {
    const { canvas, numbers } = this;
    if (!canvas || !numbers) return;
    const penOf = (/** @type {string} */ which) =>
      /** @type {HTMLCanvasElement|null} */ (this.builder.panel.querySelector(which))?.getContext(
        "2d",
      );
    penOf(".crop canvas")?.drawImage(canvas, 0, 0);
    const { rows, columns } = this.#grid;
    const bytes = new Uint8ClampedArray(4 * rows * columns).fill(255);
    for (const colour of [0, 1, 2])
      numbers[colour % numbers.length].flat().forEach((value, i) => {
        bytes[4 * i + colour] = 255 * value;
      });
    penOf(".result")?.putImageData(new ImageData(bytes, columns, rows), 0, 0);
  }
}
