// The inspector: fetches a cell's receipt and shows it; its sum grows as the terms arrive.

import { askForPart, busyWhile } from "../shared/api.js";
import { figure } from "../shared/figures.js";
import { fill } from "../shared/texts.js";
import { cellOf, isReached, isSame, toldOf } from "../state/page.js";
import { fitTable, markScroll } from "./fit.js";
import { Sections } from "./sections.js";
import { drawWaterfall } from "./waterfall.js";

/**
 * @import {State} from "../state/page.js"
 * @import {Place} from "../state/picture.js"
 * @import {Store} from "../state/store.js"
 * @import {Stage} from "../stage/stage.js"
 */

/** Milliseconds between two requests while a number is dragged: the chart takes as long to draw as three
 * pictures. */
const SOMETIMES = 300;

export class Inspector {
  /**
   * @param {HTMLElement} panel
   * @param {Store<State>} store
   * @param {Stage} stage
   * @param {{words: Record<string, string>, current: () => {id?: string, network: unknown},
   *   shown: () => void}} page ``shown`` is called when another cell is shown
   */
  constructor(panel, store, stage, { words, current, shown }) {
    this.panel = panel;
    this.store = store;
    this.stage = stage;
    this.words = words;
    this.current = current;
    this.shown = shown;
    this.sections = new Sections(panel, words);
    /** @type {AbortController|null} */
    this.asking = null;
    /** @type {number|undefined} how many terms have arrived; undefined: all */
    this.arrived = undefined;
    /** @type {Place|null} the shown cell */
    this.place = null;
    this.grids = store.state.picture.grids;
    this.asked = 0;
    /** Whether the last request failed. The next action of the reader repeats it. */
    this.isRefused = false;
    store.watch(
      ["picture", "overtaken", "step", "view", "part", "pinned", "hovered", "question"],
      (state, changed) => {
        if (this.isRefused && !(changed.size === 1 && changed.has("picture"))) this.place = null;
        this.follow(state);
      },
    );
    /** @type {(keyof State)[]} */
    const moving = ["progress", "step", "view", "part", "picture", "pinned", "hovered", "question"];
    store.watch(moving, () => this.arrive());
    panel.addEventListener(
      "scroll",
      ({ target }) => {
        const box = /** @type {Element} */ (target);
        if (box.matches(".rows")) markScroll(box);
      },
      { capture: true },
    );
  }

  /**
   * Shows the cell that the state selects.
   * @param {State} state
   */
  follow(state) {
    if (state.question) return;
    this.panel.removeAttribute("data-asked");
    const place = toldOf(state);
    if (!place) return;
    const isSamePicture = this.grids === state.picture.grids;
    if (isSame(place, this.place) && isSamePicture) return;
    const card = /** @type {HTMLElement|null} */ (this.panel.querySelector(".card"));
    const cell = cellOf(state.picture, place);
    const key = cell.parameter ? `${cell.layer}.${cell.parameter}` : String(cell.layer);
    this.panel.dataset.about = `${key} ${cell.index.join(",")}`;
    // The page already contains the first cell.
    if (
      card &&
      this.place === null &&
      isSamePicture &&
      card.dataset.key === key &&
      card.dataset.index === cell.index.join(",")
    ) {
      this.place = place;
      this.panel.replaceChildren(card);
      this.fit();
      this.draw();
      this.sections.about(cell, this.current());
      return this.shown();
    }
    // During a drag, it does not update with every picture, but with the last.
    const now = performance.now();
    if (isSame(place, this.place) && state.overtaken && now - this.asked < SOMETIMES) return;
    this.asked = now;
    this.place = place;
    this.grids = state.picture.grids;
    this.show(cell);
  }

  /**
   * Shows a cell, or a message if this fails. Of several calls, the newest wins.
   * @param {{layer: number, index: number[], parameter?: string}} cell
   */
  async show(cell) {
    this.asking?.abort();
    const asking = new AbortController();
    this.asking = asking;
    this.panel.toggleAttribute("data-asking", true);
    const source = this.current();
    try {
      const part = await busyWhile(
        this.panel,
        askForPart("/inspector", source, { cell }, asking.signal),
      );
      if (part.problems) return this.#complain(part.problems);
      this.isRefused = false;
      const chart = this.#chart;
      this.panel.innerHTML = part.html;
      keepChart(chart, this.#chart);
      this.fit();
      this.#mark();
      this.draw();
      this.sections.about(cell, source);
      this.shown();
    } catch {
      if (!asking.signal.aborted) this.#complain(this.words.unreachable);
    } finally {
      if (this.asking === asking) this.panel.removeAttribute("data-asking");
    }
  }

  /** @param {string} message shown above the last content until new content arrives */
  #complain(message) {
    this.isRefused = true;
    const place = this.panel.querySelector(".message") ?? document.createElement("p");
    place.className = "message";
    place.setAttribute("role", "alert");
    place.textContent = message;
    this.panel.prepend(place);
  }

  /** Shows as many terms as have arrived in the scene; none if the pass is not there yet. */
  arrive() {
    const { state } = this.store;
    const isTold = isSame(this.place, this.stage.pair().subject);
    const arrived = !isReached(state, this.place) ? 0 : isTold ? this.stage.arrived : undefined;
    if (arrived === this.arrived) return;
    this.arrived = arrived;
    this.#mark();
    this.draw();
  }

  /** Marks the rows, the sum and the gradient that have not arrived yet. */
  #mark() {
    const { arrived } = this;
    const isAhead = arrived !== undefined;
    this.panel.toggleAttribute("data-ahead", isAhead);
    const rows = this.panel.querySelectorAll("#receipt tbody tr:not([data-elsewhere])");
    rows.forEach((row, i) => {
      row.classList.toggle("awaited", isAhead && i >= arrived);
    });
    const { terms } = this.stage.composition;
    const landed = isAhead && arrived > 0 ? terms[arrived - 1]?.running : undefined;
    const soFar = landed === undefined ? "…" : figure(landed);
    const card = /** @type {HTMLElement|null} */ (this.panel.querySelector(".card"));
    card?.style.setProperty("--so-far", JSON.stringify(soFar));
    card?.style.setProperty(
      "--so-far-sum",
      JSON.stringify(landed === undefined ? soFar : fill(this.words.sum_so_far, { sum: soFar })),
    );
  }

  get #chart() {
    return /** @type {HTMLElement|null} */ (this.panel.querySelector(".card #waterfall"));
  }

  /** Lets the receipt fit into the panel, which may have another size now. */
  fit() {
    /** @type {HTMLElement|null} */
    const table = this.panel.querySelector("#receipt");
    fitTable(table);
    if (table?.parentElement) markScroll(table.parentElement);
  }

  /** Draws the waterfall, complete or with the bars that have arrived. */
  draw() {
    if (this.store.state.question) return;
    if (this.#chart) drawWaterfall(this.#chart, this.arrived);
    this.sections.draw();
  }
}

/**
 * Reuses the previous cell's chart for the new cell: redrawing it is faster than a new chart.
 * @param {HTMLElement|null} old
 * @param {HTMLElement|null} fresh
 */
function keepChart(old, fresh) {
  if (!old || !fresh) return;
  // Its class stays: Plotly uses it to recognise its own chart.
  Object.assign(old.dataset, fresh.dataset);
  old.hidden = fresh.hidden;
  fresh.replaceWith(old);
}
