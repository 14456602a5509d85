// The sum of the inspected cell as a Plotly waterfall.

import { resolved } from "../shared/colours.js";
import { figure } from "../shared/figures.js";

/** Pixels: of a letter of a bar's name, of a digit of its number, and of the number's line. */
const LETTER = 6.4;
const DIGIT = 7.8;
const LINE = 19;
/** Pixels around the bars; under them stand their names. */
const MARGIN = { l: 6, r: 6, t: 6, b: 34 };
/** The most bars whose numbers fit above them. */
const MAX_WRITTEN = 9;

/**
 * @param {HTMLElement} div with the bars in data-bars: [label, product, running sum]
 * @param {number} [arrived] how many products have arrived; by default all, with the total
 */
export function drawWaterfall(div, arrived) {
  if (!window.Plotly || div.hidden) return;
  /** @type {[string, number, number][]} */
  const bars = JSON.parse(div.dataset.bars ?? "[]");
  const total = Number(div.dataset.total);
  const done = arrived === undefined || arrived >= bars.length;
  const shown = done ? bars : bars.slice(0, arrived);
  const labels = [...bars.map(([label]) => label), div.dataset.sum ?? ""];
  const y = [...shown.map(([, product]) => product), ...(done ? [total] : [])];
  const [text, line, soft] = ["--text", "--line", "--soft"].map(resolved);
  const [up, down] = ["--positive", "--negative"].map(resolved);
  const heights = [0, total, ...bars.map(([, , sum]) => sum)];
  const low = Math.min(...heights);
  const high = Math.max(...heights);
  // Each number has room above or below its bar, however low the chart is.
  const { clientHeight: height, clientWidth: width } = div;
  const plot = Math.max(2 * LINE + 20, height - MARGIN.t - MARGIN.b);
  const room = ((high - low || 1) * LINE) / (plot - 2 * LINE);
  const names = labels.map((label) => label.replace(", ", "\n").split("\n"));
  const longest = Math.max(...names.flat().map(({ length }) => length));
  // The table has all names; here they stand only where they fit side by side.
  const pitch = (width - MARGIN.l - MARGIN.r) / (labels.length + 0.2);
  const isNamed = longest * LETTER <= pitch;
  // The number of the sum is often wider than its bar, at the edge: it must not be cut.
  const beyond = Math.max(0, (figure(total).length * DIGIT) / 2 - 0.6 * pitch);
  const trace = {
    type: "waterfall",
    x: y.map((_, i) => i),
    y,
    measure: y.map((_, i) => (i < shown.length ? "relative" : "total")),
    text: y.map((x, i) => (labels.length <= MAX_WRITTEN || i === bars.length ? figure(x) : "")),
    textposition: "outside",
    textfont: { color: text, size: 12 },
    cliponaxis: false,
    constraintext: "none",
    increasing: { marker: { color: up } },
    decreasing: { marker: { color: down } },
    totals: { marker: { color: total < 0 ? down : up, line: { color: text, width: 2 } } },
    connector: { line: { color: soft, width: 1, dash: "dot" } },
    hoverinfo: "skip",
  };
  const layout = {
    height,
    width,
    margin: { ...MARGIN, r: MARGIN.r + beyond },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    showlegend: false,
    font: { family: getComputedStyle(div).fontFamily },
    xaxis: {
      range: [-0.6, bars.length + 0.6],
      tickvals: labels.map((_, i) => i),
      ticktext: names.map((name, i) => (isNamed || i === bars.length ? name.join("<br>") : "")),
      tickfont: { color: soft, size: 11 },
      tickangle: 0,
      fixedrange: true,
    },
    yaxis: {
      range: [low - room, high + room],
      showticklabels: false,
      showgrid: false,
      zeroline: true,
      zerolinecolor: line,
      fixedrange: true,
    },
  };
  window.Plotly.react(div, [trace], layout, { staticPlot: true, displayModeBar: false });
}
