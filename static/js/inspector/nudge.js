// The curve of a nudge: the real and the predicted change of the loss over a range of changes.

import { resolved } from "../shared/colours.js";

/** @param {HTMLElement} div with the numbers in data-nudge */
export function drawNudge(div) {
  if (!window.Plotly) return;
  const { by, happened, curve, kinks } = JSON.parse(div.dataset.nudge ?? "{}");
  const [text, line, soft, accent, panel] = [
    "--text",
    "--line",
    "--soft",
    "--accent",
    "--panel",
  ].map((name) => resolved(name));
  const here = kinks.map((/** @type {{by: number}} */ kink) => kink.by);
  const heights = here.map((/** @type {number} */ x) => curve.happened[nearest(curve.by, x)]);
  const axis = {
    gridcolor: line,
    zerolinecolor: soft,
    tickfont: { color: soft, size: 11 },
    fixedrange: true,
    nticks: 5,
  };
  const lines = { type: "scatter", mode: "lines", hoverinfo: "skip", x: curve.by };
  const marks = { type: "scatter", mode: "markers", hoverinfo: "skip" };
  const traces = [
    { ...lines, y: curve.predicted, line: { color: soft, width: 2, dash: "dash" } },
    { ...lines, y: curve.happened, line: { color: accent, width: 3 } },
    {
      ...marks,
      x: here,
      y: heights,
      marker: { color: panel, size: 9, line: { color: text, width: 2 } },
    },
    { ...marks, x: [by], y: [happened], marker: { color: accent, size: 10, symbol: "diamond" } },
  ];
  const layout = {
    height: div.clientHeight,
    width: div.clientWidth,
    margin: { l: 40, r: 8, t: 8, b: 24 },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    showlegend: false,
    xaxis: axis,
    yaxis: axis,
  };
  window.Plotly.react(div, traces, layout, { staticPlot: true, displayModeBar: false });
}

/**
 * @param {number[]} numbers
 * @param {number} x
 */
function nearest(numbers, x) {
  let best = 0;
  numbers.forEach((number, i) => {
    if (Math.abs(number - x) < Math.abs(numbers[best] - x)) best = i;
  });
  return best;
}
