// The sum of the inspected cell as a Plotly waterfall.

import { resolved } from "../shared/colours.js";
import { figure } from "../shared/figures.js";

/** The most bars whose names fit side by side; the table has all names. */
const MAX_NAMED = 6;
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
  const room = (high - low || 1) * 0.18;
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
    height: div.clientHeight,
    width: div.clientWidth,
    margin: { l: 6, r: 6, t: 6, b: 34 },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    showlegend: false,
    font: { family: getComputedStyle(div).fontFamily },
    xaxis: {
      range: [-0.6, bars.length + 0.6],
      tickvals: labels.map((_, i) => i),
      ticktext: labels.map((label, i) =>
        labels.length <= MAX_NAMED || i === bars.length ? label.replace(", ", "<br>") : "",
      ),
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
