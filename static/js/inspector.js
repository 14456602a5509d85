// The inspector: asks the server for a cell's account and shows it.

import { post } from "./api.js";
import { drawWaterfall } from "./waterfall.js";

const PATIENCE = 200;

export class Inspector {
  /**
   * @param {HTMLElement} panel
   * @param {(row: HTMLElement|null) => void} point called as rows are pointed at or focused
   */
  constructor(panel, point) {
    this.panel = panel;
    /** @type {AbortController|null} */
    this.asking = null;
    /** @type {number|undefined} */
    this.arrived = undefined;
    /** @param {Event} event */
    const over = (event) => {
      const row = /** @type {HTMLElement} */ (event.target).closest("tr[data-key]");
      point(/** @type {HTMLElement|null} */ (row));
    };
    panel.addEventListener("pointerover", over);
    panel.addEventListener("focusin", over);
    panel.addEventListener("pointerleave", () => point(null));
    panel.addEventListener("focusout", () => point(null));
  }

  /**
   * Shows a cell. Of several calls the newest wins.
   * @param {{layer: number, index: number[], parameter?: string}} cell
   * @param {{id?: string, network: unknown}} source
   * @returns {Promise<boolean>} whether it is shown; false where a newer call came
   */
  async show(cell, { id, network }) {
    this.asking?.abort();
    const asking = new AbortController();
    this.asking = asking;
    const slow = setTimeout(() => this.panel.setAttribute("aria-busy", "true"), PATIENCE);
    try {
      let answer = await post(
        "/inspector",
        id ? { trace: id, cell } : { network, cell },
        asking.signal,
      );
      if (answer.status === 404 && id)
        answer = await post("/inspector", { network, cell }, asking.signal);
      const html = await answer.text();
      if (!answer.ok) return false;
      this.panel.innerHTML = html;
      this.draw();
      return true;
    } catch (error) {
      if (asking.signal.aborted) return false;
      throw error;
    } finally {
      clearTimeout(slow);
      if (this.asking === asking) this.panel.removeAttribute("aria-busy");
    }
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

  /** Draws the waterfall, all of it or the bars that have arrived. */
  draw() {
    const div = /** @type {HTMLElement|null} */ (this.panel.querySelector("#waterfall"));
    if (div) drawWaterfall(div, this.arrived);
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
