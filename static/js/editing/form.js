// The form, with one field for each number that can be edited.

import { figure, parse, written } from "../shared/figures.js";
import { fill } from "../shared/texts.js";
import { getAt } from "./history.js";

/** @typedef {(string|number)[]} Path */

/** @typedef {HTMLInputElement|HTMLSelectElement} Field */

export class Form {
  /**
   * @param {HTMLFormElement} form
   * @param {Record<string, string>} words
   * @param {(path: Path, value: unknown, merge: boolean) => void} edit
   */
  constructor(form, words, edit) {
    this.words = words;
    this.edit = edit;
    /** @type {Map<string, {field: Field, path: Path}>} */
    this.fields = new Map();
    /** @type {Field|null} */
    this.typing = null;
    this.form = form;
    this.find();
    form.addEventListener("submit", (event) => event.preventDefault());
  }

  /** Collects the form's fields, at the start and after they have been replaced. */
  find() {
    const { edit, form } = this;
    this.fields.clear();
    this.typing = null;
    for (const field of /** @type {NodeListOf<Field>} */ (form.querySelectorAll("[data-path]"))) {
      /** @type {Path} */
      const path = JSON.parse(field.dataset.path ?? "[]");
      this.fields.set(JSON.stringify(path), { field, path });
      if (field instanceof HTMLSelectElement)
        field.addEventListener("change", () => edit(path, JSON.parse(field.value), false));
      else field.addEventListener("input", () => this.#typed(field, path));
      field.addEventListener("change", () => {
        this.typing = null;
      });
    }
  }

  /**
   * @param {HTMLInputElement} field
   * @param {Path} path
   */
  #typed(field, path) {
    const number = parse(field.value);
    if (Number.isFinite(number)) {
      this.#complain(field, "");
      this.edit(path, number, this.typing === field);
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
    const entry = this.fields.get(JSON.stringify(path));
    if (entry) this.#complain(entry.field, message);
    return Boolean(entry);
  }

  /**
   * Writes a document into the fields, and the old number beside each changed one.
   * @param {unknown} document
   * @param {unknown} before
   */
  show(document, before) {
    for (const { field, path } of this.fields.values()) {
      const value = getAt(document, path);
      if (field instanceof HTMLSelectElement) {
        // A setting that the document omits has its default, which the page already shows.
        const initial = [...field.options].find((option) => option.defaultSelected)?.value;
        field.value = value === undefined ? (initial ?? "") : JSON.stringify(value);
      } else if (parse(field.value) !== (value ?? parse(field.defaultValue))) {
        field.value = value === undefined ? field.defaultValue : written(Number(value));
        this.#complain(field, "");
      }
    }
    this.ghosts(document, before);
  }

  /**
   * Updates only the old numbers, so that the text being typed stays.
   * @param {unknown} document
   * @param {unknown} before
   */
  ghosts(document, before) {
    for (const { field, path } of this.fields.values()) {
      const old = before === null ? undefined : getAt(before, path);
      const changed = typeof old === "number" && old !== getAt(document, path);
      note(field, "old", changed ? fill(this.words.was, { figure: figure(old) }) : "");
    }
  }

  /**
   * @param {Field} field
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
 * @param {Field} field
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
