// The inspector: asks the server for a cell's account and shows it.

import { askForPart, busyWhile } from "../shared/api.js";
import { Sections } from "./sections.js";
import { drawWaterfall } from "./waterfall.js";

export class Inspector {
  /**
   * @param {HTMLElement} panel
   * @param {Record<string, string>} words
   * @param {(row: HTMLElement|null) => void} point called as rows are pointed at or focused
   */
  constructor(panel, words, point) {
    this.panel = panel;
    this.words = words;
    this.sections = new Sections(panel, words);
    /** @type {AbortController|null} */
    this.asking = null;
    /** @type {number|undefined} */
    this.arrived = undefined;
    /** @param {Event} event */
    const over = (event) => {
      const row = /** @type {HTMLElement} */ (event.target).closest("tr[data-key], tr[data-cells]");
      point(/** @type {HTMLElement|null} */ (row));
    };
    panel.addEventListener("pointerover", over);
    panel.addEventListener("focusin", over);
    panel.addEventListener("pointerleave", () => point(null));
    panel.addEventListener("focusout", () => point(null));
  }

  /**
   * Shows a cell, or says why it cannot. Of several calls the newest wins.
   * @param {{layer: number, index: number[], parameter?: string}} cell
   * @param {{id?: string, network: unknown}} source the current network
   * @returns {Promise<boolean>} whether it is shown
   */
  async show(cell, source) {
    this.asking?.abort();
    const asking = new AbortController();
    this.asking = asking;
    try {
      const part = await busyWhile(
        this.panel,
        askForPart("/inspector", source, { cell }, asking.signal),
      );
      if (part.problems) return this.#complain(part.problems);
      const chart = this.#chart;
      this.panel.innerHTML = part.html;
      keepChart(chart, this.#chart);
      this.draw();
      this.sections.about(cell, source);
      return true;
    } catch {
      return !asking.signal.aborted && this.#complain(this.words.unreachable);
    }
  }

  /** @param {string} message above what was shown last, until something is shown again */
  #complain(message) {
    const place = this.panel.querySelector(".message") ?? document.createElement("p");
    place.className = "message";
    place.setAttribute("role", "alert");
    place.textContent = message;
    this.panel.prepend(place);
    return false;
  }

  /**
   * How many of the products have reached the picture's cell; undefined: the sum is done.
   * @param {number|undefined} arrived
   */
  arrive(arrived) {
    if (arrived === this.arrived) return;
    this.arrived = arrived;
    this.panel.toggleAttribute("data-ahead", arrived !== undefined);
    this.draw();
  }

  get #chart() {
    return /** @type {HTMLElement|null} */ (this.panel.querySelector("#waterfall"));
  }

  /** Draws the waterfall, all of it or the bars that have arrived. */
  draw() {
    if (this.#chart) drawWaterfall(this.#chart, this.arrived);
    this.sections.draw();
  }

  /**
   * The rows of the receipt, or of where the gradient goes on.
   * @param {"#receipt"|".onward"} table
   * @returns {HTMLElement[]}
   */
  rows(table) {
    return [...this.panel.querySelectorAll(`${table} tbody tr[data-key]`)].map(
      (row) => /** @type {HTMLElement} */ (row),
    );
  }
}

/**
 * The chart of the cell before, for the new one: drawing in it again is quicker than drawing anew.
 * @param {HTMLElement|null} old
 * @param {HTMLElement|null} fresh
 */
function keepChart(old, fresh) {
  if (!old || !fresh) return;
  // Not its class, by which Plotly knows that it has drawn there.
  Object.assign(old.dataset, fresh.dataset);
  old.hidden = fresh.hidden;
  fresh.replaceWith(old);
}
