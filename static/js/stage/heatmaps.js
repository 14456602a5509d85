// The only module that draws with Plotly's heatmaps: colours without numbers, under the grids.

import { resolved } from "../shared/colours.js";
import { known, mosaic } from "../state/picture.js";
import { domains } from "./geometry.js";
import { measureIn } from "./measure.js";

/** @import {Picture, Step} from "../state/picture.js" */

/** Pixels. */
const INSET = 0.75;
const CONFIG = { staticPlot: true, displayModeBar: false, responsive: false };

export class Heatmaps {
  /** @param {HTMLElement} scene */
  constructor(scene) {
    this.scene = scene;
    this.div = /** @type {HTMLElement} */ (scene.querySelector(".heatmaps"));
    /** @type {PlotlyLayout|null} */
    this.layout = null;
    /** @type {unknown[][]} */
    this.scale = [];
    this.isHidden = false;
  }

  /** Reads colours and places anew: after the theme or the size changed. */
  measure() {
    this.layout = null;
    this.isHidden = this.scene.offsetWidth === 0;
  }

  /**
   * @param {Picture} picture
   * @param {Step} step what is known: nothing else has a colour
   * @param {string} reading
   */
  draw(picture, step, reading) {
    if (!window.Plotly || this.isHidden) return;
    const [which, side] =
      reading === "values"
        ? /** @type {const} */ (["value", 0])
        : /** @type {const} */ (["gradient", 1]);
    /** @type {PlotlyTrace[]} */
    const traces = [];
    /** @type {{element: HTMLElement, columns: number, rows: number}[]} */
    const places = [];
    /**
     * @param {HTMLElement} element
     * @param {(number|null)[][]} z
     */
    const add = (element, z) => {
      places.push({ element, columns: z[0].length, rows: z.length });
      const n = places.length > 1 ? places.length : "";
      traces.push({ type: "heatmap", z, xaxis: `x${n}`, yaxis: `y${n}` });
    };
    for (const grid of picture.grids) {
      const shown = known(grid, step)[which];
      const most = grid.most[side];
      const holder = /** @type {HTMLElement} */ (
        this.scene.querySelector(`.grid[data-key="${grid.key}"]`)
      );
      let from = 0;
      for (const table of holder.querySelectorAll("table")) {
        const columns = table.rows[0].cells.length;
        const z = [...table.rows].map((row) => {
          const numbers = grid[which].slice(from, from + row.cells.length);
          from += row.cells.length;
          return Array.from({ length: columns }, (_, i) =>
            i < numbers.length ? (shown ? numbers[i] / most : 0) : null,
          );
        });
        add(table, z);
      }
      const portrait = /** @type {HTMLElement|null} */ (holder.querySelector(".portrait"));
      if (portrait?.offsetParent) {
        const [, high, wide] = grid.shape;
        const row = (/** @type {number} */ y) => grid.value.slice(y * wide, (y + 1) * wide);
        add(
          portrait,
          Array.from({ length: high }, (_, y) => row(y).map((x) => x / grid.most[0])),
        );
      }
      const thumbs = /** @type {HTMLElement|null} */ (holder.querySelector(".thumbs"));
      if (thumbs) {
        const across = Number(thumbs.style.getPropertyValue("--across"));
        const z = mosaic(grid, side, across);
        add(thumbs, shown ? z : z.map((row) => row.map((x) => x && 0)));
      }
    }
    this.layout ??= this.#place(places);
    const shared = {
      zmin: -1,
      zmax: 1,
      colorscale: this.scale,
      showscale: false,
      hoverinfo: "skip",
    };
    window.Plotly.react(
      this.div,
      traces.map((trace) => ({ ...trace, ...shared })),
      this.layout,
      CONFIG,
    );
    this.scene.classList.add("plotted");
  }

  /** @param {{element: HTMLElement, columns: number, rows: number}[]} places */
  #place(places) {
    this.scale = colorScale();
    const box = measureIn(this.scene);
    const whole = box(this.scene);
    /** @type {Record<string, unknown>} */
    const layout = {
      width: whole.width,
      height: whole.height,
      margin: { l: 0, r: 0, t: 0, b: 0 },
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
    };
    places.forEach(({ element, columns, rows }, i) => {
      const { x, y } = domains(inset(box(element)), whole);
      const n = i ? i + 1 : "";
      layout[`xaxis${n}`] = axis(x, [-0.5, columns - 0.5], `y${n}`);
      layout[`yaxis${n}`] = axis(y, [rows - 0.5, -0.5], `x${n}`);
    });
    return layout;
  }
}

/**
 * A little within: where both are drawn on whole pixels, each in its own way, no seam of colour
 * shows along a table's edge. The cells' own borders hide what is missing.
 * @param {import("./geometry.js").Box} box
 */
function inset({ x, y, width, height }) {
  return {
    x: x + INSET,
    y: y + INSET,
    width: width - 2 * INSET,
    height: height - 2 * INSET,
  };
}

/**
 * @param {number[]} domain
 * @param {number[]} range
 * @param {string} anchor
 */
function axis(domain, range, anchor) {
  return { domain, range, anchor, visible: false, fixedrange: true };
}

/** The stylesheet's colours from −1 to 1. */
function colorScale() {
  return [
    [0, resolved("--negative")],
    [0.5, resolved("--zero")],
    [1, resolved("--positive")],
  ];
}
