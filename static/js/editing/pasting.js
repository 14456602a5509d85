// A block of numbers for a whole grid of the form: pasted or typed, looked at, and then taken.

import { element } from "../shared/elements.js";
import { parse } from "../shared/figures.js";
import { shapeOf, sizeInWords, textOf } from "../shared/numbers.js";
import { fill } from "../shared/texts.js";
import { BlockReader, described, filled, isBlock } from "./blocks.js";

/**
 * @import {Block, Reading} from "./blocks.js"
 * @import {Path} from "./form.js"
 *
 * @typedef {{path: Path, name: string, opener: HTMLElement}} Grid of the form
 */

export class Pasting {
  /**
   * @param {HTMLFormElement} form
   * @param {Record<string, string>} words
   * @param {(path: Path) => unknown} arrayAt the numbers of a grid
   * @param {(path: Path, array: unknown, said: string) => void} take
   */
  constructor(form, words, arrayAt, take) {
    this.words = words;
    this.arrayAt = arrayAt;
    this.take = take;
    this.reader = new BlockReader(words);
    /** @type {Grid|null} whose panel is open */
    this.grid = null;
    /** @type {Block|null} what would be taken */
    this.block = null;
    /** @type {Block[]} what the text may also hold */
    this.others = [];
    this.panel = this.#panel();
    form.addEventListener("click", ({ target }) => {
      const opener = /** @type {Element} */ (target).closest("[data-block]");
      if (opener) this.#toggle(/** @type {HTMLElement} */ (opener));
    });
    form.addEventListener("paste", (event) => this.#paste(event));
  }

  /** @param {string} name */
  #part(name) {
    return /** @type {HTMLElement} */ (this.panel.querySelector(`[data-part=${name}]`));
  }

  get #text() {
    return /** @type {HTMLTextAreaElement} */ (this.#part("text"));
  }

  #panel() {
    const { words } = this;
    const button = (/** @type {string} */ name, /** @type {string} */ text, isMain = false) =>
      element("button", { type: "button", class: isMain && "go", "data-part": name }, text);
    const panel = element(
      "div",
      { class: "block-panel", role: "group" },
      element("p", { class: "hint" }, words.block_hint),
      element("textarea", {
        rows: 4,
        spellcheck: "false",
        autocomplete: "off",
        "data-part": "text",
        "aria-label": words.block_text,
      }),
      element("p", { class: "wrong", role: "alert", "data-part": "wrong" }),
      element("p", { role: "status", "data-part": "found" }),
      element("div", { class: "choices", "data-part": "others" }),
      element("pre", { tabindex: 0, "data-part": "preview", "aria-label": words.block_preview }),
      element(
        "div",
        { class: "choices" },
        button("take", words.block_take, true),
        button("leave", words.block_leave),
      ),
      element(
        "div",
        { class: "choices" },
        button("fill", words.block_fill),
        element("input", {
          type: "text",
          inputmode: "decimal",
          autocomplete: "off",
          value: "0",
          "data-part": "with",
          "aria-label": words.block_number,
        }),
      ),
    );
    panel.addEventListener("input", ({ target }) => {
      if (target === this.#text) this.#read();
    });
    panel.addEventListener("change", ({ target }) => {
      if (target === this.#text) this.reader.now();
    });
    panel.addEventListener("keydown", (event) => {
      const isFill = event.target === this.#part("with") && event.key === "Enter";
      if (event.key !== "Escape" && !isFill) return;
      event.preventDefault();
      if (isFill) this.#fill();
      else this.#close();
    });
    panel.addEventListener("click", ({ target }) => {
      const { part, reading } = /** @type {HTMLElement} */ (target).dataset;
      if (part === "take" && this.block) this.#land(this.block.array, words.block_pasted);
      else if (part === "leave") this.#close();
      else if (part === "fill") this.#fill();
      else if (reading) this.#swap(Number(reading));
    });
    return panel;
  }

  // --- open and close ---------------------------------------------------------------------------

  /** @param {HTMLElement} opener */
  #toggle(opener) {
    if (this.grid?.opener === opener) return this.#close();
    this.#open(opener);
    this.#text.focus();
  }

  /**
   * @param {HTMLElement} opener
   * @param {string} text
   */
  #open(opener, text = "") {
    this.grid?.opener.setAttribute("aria-expanded", "false");
    const { block = "[]", name = "" } = opener.dataset;
    this.grid = { path: JSON.parse(block), name, opener };
    this.panel.setAttribute("aria-label", fill(this.words.block_of, { name }));
    opener.setAttribute("aria-expanded", "true");
    opener.after(this.panel);
    this.reader.forget();
    this.#text.value = text;
    this.#show({ text, wrong: "", block: null, others: [] });
  }

  #close() {
    const { grid } = this;
    this.grid = null;
    this.reader.forget();
    this.panel.remove();
    grid?.opener.setAttribute("aria-expanded", "false");
    grid?.opener.focus();
  }

  // --- what is pasted ---------------------------------------------------------------------------

  /**
   * A block that is pasted into a field of the form is one for its whole grid.
   * @param {ClipboardEvent} event
   */
  #paste(event) {
    const field = /** @type {HTMLElement} */ (event.target);
    const text = event.clipboardData?.getData("text/plain") ?? "";
    const opener = field.closest("fieldset")?.querySelector("[data-block]");
    const isOne = !isBlock(text) || Number.isFinite(parse(text));
    if (!field.matches("[data-path]") || !opener || isOne) return;
    event.preventDefault();
    this.#open(/** @type {HTMLElement} */ (opener), text);
    this.#read();
    this.reader.now();
    this.#text.focus();
  }

  #read() {
    const text = this.#text.value;
    const { grid } = this;
    if (!grid) return;
    this.#show({ text, wrong: "", block: null, others: [] });
    if (!text.trim()) return this.reader.forget();
    this.reader.soon(
      text,
      () => shapeOf(this.arrayAt(grid.path)),
      (reading) => {
        if (this.grid === grid && this.#text.value === text) this.#show(reading);
      },
    );
  }

  /** @param {Reading} reading */
  #show({ wrong, block, others }) {
    const { words } = this;
    this.block = block;
    this.others = others;
    this.#part("wrong").textContent = wrong;
    this.#part("found").textContent = block ? described(block, words) : "";
    this.#part("preview").textContent = block ? textOf(block.array) : "";
    this.#part("preview").hidden = !block;
    this.#part("take").hidden = !block?.fits;
    this.#part("others").replaceChildren(
      ...others.map(({ how, shape }, i) =>
        element(
          "button",
          { type: "button", "data-reading": i },
          fill(words.block_other, { how: how || sizeInWords(shape) }),
        ),
      ),
    );
  }

  /** @param {number} which of the other readings is shown instead */
  #swap(which) {
    const { block, others } = this;
    if (!block) return;
    const rest = others.map((other, i) => (i === which ? block : other));
    this.#show({ text: this.#text.value, wrong: "", block: others[which], others: rest });
    this.#part("take").focus();
  }

  // --- what is taken ----------------------------------------------------------------------------

  #fill() {
    const field = /** @type {HTMLInputElement} */ (this.#part("with"));
    const number = parse(field.value);
    const isLarge = Math.abs(number) === Number.POSITIVE_INFINITY;
    const { words } = this;
    const wrong = isLarge ? words.too_large : words.not_a_number;
    this.#part("wrong").textContent = Number.isFinite(number) ? "" : wrong;
    if (!this.grid || !Number.isFinite(number)) return;
    this.#land(filled(shapeOf(this.arrayAt(this.grid.path)), number), words.block_filled);
  }

  /**
   * @param {unknown} array
   * @param {string} said
   */
  #land(array, said) {
    const { grid } = this;
    if (!grid) return;
    this.#close();
    this.take(grid.path, array, fill(said, { name: grid.name }));
  }
}
