// The only module that draws with Plotly's heatmaps: colours without numbers, under the grids.

import { domains } from "./geometry.js";
import { measureIn } from "./measure.js";
import { known, limit } from "./picture.js";

/** @import {Picture, Step} from "./picture.js" */

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
  }

  /** Reads colours and places anew: after the theme or the size changed. */
  measure() {
    this.layout = null;
  }

  /**
   * @param {Picture} picture
   * @param {Step} step what is known: nothing else has a colour
   * @param {string} reading
   */
  draw(picture, step, reading) {
    if (!window.Plotly || this.scene.offsetWidth === 0) return;
    const which = reading === "values" ? "value" : "gradient";
    /** @type {PlotlyTrace[]} */
    const traces = [];
    /** @type {HTMLElement[]} */
    const tables = [];
    for (const grid of picture.grids) {
      const shown = known(grid, step)[which];
      const most = limit(grid[which]);
      let from = 0;
      for (const table of /** @type {NodeListOf<HTMLTableElement>} */ (
        this.scene.querySelectorAll(`.grid[data-key="${grid.key}"] table`)
      )) {
        const z = [...table.rows].map((row) => {
          const numbers = grid[which].slice(from, from + row.cells.length);
          from += row.cells.length;
          return numbers.map((x) => (shown ? x / most : 0));
        });
        tables.push(table);
        const n = tables.length > 1 ? tables.length : "";
        traces.push({ type: "heatmap", z, xaxis: `x${n}`, yaxis: `y${n}` });
      }
    }
    this.layout ??= this.#place(tables);
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

  /** @param {HTMLElement[]} tables */
  #place(tables) {
    this.scale = colorScale(this.scene);
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
    tables.forEach((table, i) => {
      const { x, y } = domains(snapped(box(table)), whole);
      const n = i ? i + 1 : "";
      const rows = /** @type {HTMLTableElement} */ (table).rows;
      layout[`xaxis${n}`] = axis(x, [-0.5, rows[0].cells.length - 0.5], `y${n}`);
      layout[`yaxis${n}`] = axis(y, [rows.length - 0.5, -0.5], `x${n}`);
    });
    return layout;
  }
}

/**
 * On whole pixels, where the browser draws the cells too.
 * @param {import("./geometry.js").Box} box
 */
function snapped({ x, y, width, height }) {
  return {
    x: Math.round(x),
    y: Math.round(y),
    width: Math.round(width),
    height: Math.round(height),
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

/**
 * The stylesheet's colours from −1 to 1, as the browser resolves them.
 * @param {HTMLElement} scene
 */
function colorScale(scene) {
  return [
    [0, resolved(scene, "--negative")],
    [0.5, resolved(scene, "--zero")],
    [1, resolved(scene, "--positive")],
  ];
}

/**
 * @param {HTMLElement} where
 * @param {string} property
 * @returns {string}
 */
export function resolved(where, property) {
  const probe = document.createElement("i");
  probe.style.forcedColorAdjust = "none";
  probe.style.color = `var(${property})`;
  where.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
