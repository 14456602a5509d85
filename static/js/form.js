// The form: one field for each number that can be edited.

import { fill } from "./cells.js";
import { figure, parse } from "./figures.js";
import { getAt } from "./history.js";

/** @typedef {(string|number)[]} Path */

export class Form {
  /**
   * @param {HTMLFormElement} form
   * @param {Record<string, string>} words
   * @param {(path: Path, number: number, merge: boolean) => void} edit
   */
  constructor(form, words, edit) {
    this.words = words;
    /** @type {Map<string, HTMLInputElement>} */
    this.fields = new Map();
    /** @type {HTMLInputElement|null} */
    this.typing = null;
    for (const set of /** @type {NodeListOf<HTMLElement>} */ (
      form.querySelectorAll("[data-path]")
    )) {
      const base = JSON.parse(set.dataset.path ?? "[]");
      for (const field of set.querySelectorAll("input")) {
        const path = [...base, ...(field.dataset.index ?? "").split(",").map(Number)];
        this.fields.set(JSON.stringify(path), field);
        field.addEventListener("input", () => this.#typed(field, path, edit));
        field.addEventListener("change", () => {
          this.typing = null;
        });
      }
    }
    form.addEventListener("submit", (event) => event.preventDefault());
  }

  /**
   * @param {HTMLInputElement} field
   * @param {Path} path
   * @param {(path: Path, number: number, merge: boolean) => void} edit
   */
  #typed(field, path, edit) {
    const number = parse(field.value);
    if (Number.isFinite(number)) {
      this.#complain(field, "");
      edit(path, number, this.typing === field);
      this.typing = field;
    } else {
      this.#complain(field, Number.isNaN(number) ? this.words.not_a_number : this.words.too_large);
    }
  }

  /**
   * Shows a message beside the field of a place in the document.
   * @param {Path} path
   * @param {string} message
   * @returns {boolean} whether there is such a field
   */
  blame(path, message) {
    const field = this.fields.get(JSON.stringify(path));
    if (field) this.#complain(field, message);
    return Boolean(field);
  }

  /**
   * Writes a document into the fields, and the old number beside each that changed since.
   * @param {unknown} document
   * @param {unknown} before
   */
  show(document, before) {
    for (const [key, field] of this.fields) {
      const path = JSON.parse(key);
      const number = getAt(document, path);
      if (parse(field.value) !== number) {
        field.value = String(number);
        this.#complain(field, "");
      }
      this.#ghost(field, number, getAt(before, path));
    }
  }

  /**
   * The old numbers alone: what is being typed stays as it is.
   * @param {unknown} document
   * @param {unknown} before
   */
  ghosts(document, before) {
    for (const [key, field] of this.fields) {
      const path = JSON.parse(key);
      this.#ghost(field, getAt(document, path), getAt(before, path));
    }
  }

  /**
   * @param {HTMLInputElement} field
   * @param {number} number
   * @param {number} old
   */
  #ghost(field, number, old) {
    const shown = old === number ? "" : fill(this.words.was, { figure: figure(old) });
    note(field, "old", shown);
  }

  /**
   * @param {HTMLInputElement} field
   * @param {string} message
   */
  #complain(field, message) {
    const wrong = note(field, "wrong", message);
    if (!message) {
      field.removeAttribute("aria-invalid");
      field.removeAttribute("aria-describedby");
      return;
    }
    wrong.id ||= `wrong-${crypto.randomUUID?.() ?? Math.random()}`;
    field.setAttribute("aria-invalid", "true");
    field.setAttribute("aria-describedby", wrong.id);
  }
}

/**
 * @param {HTMLInputElement} field
 * @param {string} name
 * @param {string} text
 */
function note(field, name, text) {
  const holder = /** @type {HTMLElement} */ (field.parentElement);
  let span = holder.querySelector(`.${name}`);
  if (!span) {
    span = document.createElement("span");
    span.className = name;
    if (name === "wrong") span.setAttribute("role", "alert");
    if (text) holder.append(span);
  }
  if (span.textContent !== text) span.textContent = text;
  if (!text) span.remove();
  return span;
}
