// The parts of the inspector that are fetched when they are opened: paths, margins and the nudge.

import { askForPart, busyWhile, newest } from "../shared/api.js";
import { parse } from "../shared/figures.js";
import { drawNudge } from "./nudge.js";

/** @typedef {{layer: number, index: number[], parameter?: string}} Cell */

export class Sections {
  /**
   * @param {HTMLElement} panel
   * @param {Record<string, string>} words
   */
  constructor(panel, words) {
    this.panel = panel;
    this.words = words;
    /** The names of the open parts, which stay open for the next cell. */
    this.open = new Set();
    /** @type {{cell: Cell, source: {id?: string, network: unknown}}|null} */
    this.subject = null;
    this.nudge = newest((/** @type {{section: HTMLElement, by: number}} */ { section, by }) =>
      this.#fill(section, { by }),
    );
    panel.addEventListener("toggle", (event) => this.#toggled(event), { capture: true });
    panel.addEventListener("input", (event) => this.#nudged(event));
    panel.addEventListener("submit", (event) => event.preventDefault());
  }

  /**
   * Opens the same parts for a new cell.
   * @param {Cell} cell
   * @param {{id?: string, network: unknown}} source
   */
  about(cell, source) {
    this.subject = { cell, source };
    for (const name of this.open) {
      const section = this.panel.querySelector(`[data-section="${name}"], [data-fold="${name}"]`);
      if (section) /** @type {HTMLDetailsElement} */ (section).open = true;
    }
  }

  /** Redraws the charts in other colours. */
  draw() {
    for (const chart of this.panel.querySelectorAll("[data-nudge]"))
      drawNudge(/** @type {HTMLElement} */ (chart));
  }

  /** @param {Event} event */
  #toggled(event) {
    const section = /** @type {HTMLDetailsElement} */ (event.target);
    const name = section.dataset.section ?? section.dataset.fold;
    if (!name) return;
    if (!section.open) return this.open.delete(name);
    this.open.add(name);
    if (section.dataset.section) this.#fill(section, {});
  }

  /**
   * @param {HTMLElement} section
   * @param {object} more fields of the request
   */
  async #fill(section, more) {
    if (!this.subject) return;
    const { cell, source } = this.subject;
    const holder = /** @type {HTMLElement} */ (section.lastElementChild);
    try {
      const address = `/inspector/${section.dataset.section}`;
      const asked = askForPart(address, source, { cell, ...more });
      const { html, problems } = await busyWhile(holder, asked);
      if (!holder.isConnected) return;
      if (html) refill(holder, html);
      else holder.textContent = problems;
    } catch {
      holder.textContent = this.words.unreachable;
    }
    this.draw();
  }

  /** @param {Event} event */
  #nudged(event) {
    const field = /** @type {HTMLInputElement} */ (event.target);
    const section = /** @type {HTMLElement} */ (field.closest("[data-section]"));
    if (field.name !== "by" || !section) return;
    const by = parse(field.value);
    const fits = Number.isFinite(by) && by !== 0;
    field.setAttribute("aria-invalid", String(!fits));
    if (fits) this.nudge({ section, by });
  }
}

/**
 * Replaces the content, but keeps the field in which the person is typing.
 * @param {HTMLElement} holder
 * @param {string} html
 */
function refill(holder, html) {
  const field = /** @type {HTMLInputElement|null} */ (holder.querySelector('[name="by"]'));
  const typing = field !== null && field === document.activeElement;
  holder.innerHTML = html;
  if (!typing) return;
  holder.querySelector('[name="by"]')?.replaceWith(field);
  field.focus();
}
