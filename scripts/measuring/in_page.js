// What scripts/bench calls in the page it measures: read before any script of the page's own.

/** As static/js/heatmaps.js has it: another configuration would make Plotly start anew. */
const CONFIG = { staticPlot: true, displayModeBar: false, responsive: false };

/** @param {number} milliseconds */
const wait = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
const frame = () => new Promise((done) => requestAnimationFrame(done));
/** @param {string} selector */
const one = (selector) => /** @type {any} */ (document.querySelector(selector));
/** Does the layout that is waiting to be done, so that it is part of what is measured. */
const laidOut = () => document.body.getBoundingClientRect().height;
/** When the heatmaps have been drawn next. */
const drawn = () =>
  new Promise((done) => {
    const div = one(".heatmaps");
    div.once("plotly_afterplot", done);
  });
const gradients = () =>
  [...document.querySelectorAll('[role="gridcell"]')]
    .map((cell) => cell.getAttribute("data-gradient"))
    .join();

/**
 * The request that was sent to an address last, once its answer has been read.
 * @param {string} address
 * @returns {Promise<PerformanceResourceTiming>}
 */
async function request(address) {
  for (;;) {
    const entries = performance.getEntriesByType("resource");
    const found = entries.findLast(({ name }) => new URL(name).pathname === address);
    if (found) return /** @type {PerformanceResourceTiming} */ (found);
    await wait(5);
  }
}

/**
 * Where everything that travels is now: labels, and the dots of the page's canvas.
 * @returns {Promise<{place: string, isZero: boolean}[]>}
 */
async function travelling() {
  const { dotsOn } = await import(one("#start").src.replace("start.js", "dots.js"));
  const dots = /** @type {{x: number, y: number, r: number}[]} */ (dotsOn(one(".between")));
  const labels = [.../** @type {NodeListOf<Element>} */ (document.querySelectorAll(".over .chip"))];
  return [
    ...labels
      .filter((node) => node.getAttribute("visibility") !== "hidden")
      .map((node) => ({ place: node.getAttribute("transform") ?? "", isZero: false })),
    ...dots.map(({ x, y, r }) => ({ place: `${x} ${y}`, isZero: r < 4 })),
  ];
}

/** What has moved within two frames. */
async function movers() {
  const before = new Set((await travelling()).map(({ place }) => place));
  await frame();
  await frame();
  return (await travelling()).filter(({ place }) => !before.has(place));
}

/**
 * Frames a second.
 * @param {number} milliseconds
 */
async function rate(milliseconds) {
  const started = await frame();
  let count = 0;
  let now = started;
  while (now < started + milliseconds) {
    now = await frame();
    count++;
  }
  return (1000 * count) / (now - started);
}

/**
 * A step's movement: frames per second in its middle and of the page at rest right before it, and
 * how many gradients changed their place between two frames; those that are 0 move as small dots.
 * @param {number} step played at half speed
 * @param {number} after milliseconds, when the middle begins
 * @param {number} middle milliseconds
 */
async function movement(step, after, middle) {
  const scrubber = one("#scrubber");
  const speed = one("#speed");
  speed.value = "0.5";
  speed.dispatchEvent(new Event("change"));
  scrubber.value = String(step - 1);
  scrubber.dispatchEvent(new Event("input"));
  await wait(400);
  const idle = await rate(middle);
  one("#forward").click();
  await wait(after);
  const moving = await rate(middle / 2);
  const moved = await movers();
  const rest = await rate(middle / 2);
  if (!(await movers()).length) throw new Error("the movement ended before it was measured");
  scrubber.value = String(step);
  scrubber.dispatchEvent(new Event("input"));
  return {
    idle,
    moving: (moving + rest) / 2,
    moved: moved.length,
    nonzero: moved.filter(({ isZero }) => !isZero).length,
  };
}

/**
 * Types a number; until the changed picture is there, its heatmaps are drawn and all is laid out.
 * @param {string} selector
 * @param {string} text
 */
async function edit(selector, text) {
  const field = one(selector);
  const before = gradients();
  laidOut();
  performance.clearResourceTimings();
  const after = drawn();
  const start = performance.now();
  field.value = text;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  await after;
  laidOut();
  const took = performance.now() - start;
  if (gradients() === before) throw new Error("this edit changes no gradient");
  const { duration } = await request("/picture");
  await request("/inspector"); // which follows the edit, but is no part of the picture
  await wait(50);
  return { took, server: duration, page: took - duration };
}

/** Plotly by itself: the same heatmaps drawn again. */
async function redraw() {
  const div = one(".heatmaps");
  const traces = div.data.map((/** @type {any} */ trace) => ({
    ...trace,
    z: trace.z.map((/** @type {number[]} */ row) => [...row]),
  }));
  laidOut();
  const after = drawn();
  const start = performance.now();
  window.Plotly?.react(div, traces, div.layout, CONFIG);
  await after;
  laidOut();
  return performance.now() - start;
}

/**
 * Clicks a cell; until its account is there, its waterfall is drawn and all is laid out.
 * @param {number} part which of the page's cells: how far along them, from 0 to 1
 */
async function click(part) {
  const cells = document.querySelectorAll('[role="gridcell"]');
  const cell = /** @type {HTMLElement} */ (cells[Math.floor(part * cells.length)]);
  laidOut();
  performance.clearResourceTimings();
  const filled = new Promise((done) => {
    new MutationObserver((_, observer) => {
      observer.disconnect();
      done(undefined);
    }).observe(one("#inspector"), { childList: true });
  });
  const start = performance.now();
  cell.click();
  await filled;
  laidOut();
  const took = performance.now() - start;
  const { duration } = await request("/inspector");
  await wait(50);
  return { took, server: duration };
}

/** @type {Record<string, number>} when things happened, in milliseconds since the navigation */
const times = {};

/**
 * How the page came: when each thing happened, and what was sent for it.
 */
async function arrival() {
  while (!("stage" in times && "answered" in times && "number" in times)) await wait(20);
  const [page] = /** @type {PerformanceNavigationTiming[]} */ (
    performance.getEntriesByType("navigation")
  );
  const files = /** @type {PerformanceResourceTiming[]} */ (
    performance.getEntriesByType("resource")
  );
  const all = [page, ...files];
  return {
    ...times,
    first_byte: page.responseStart,
    paint: performance.getEntriesByName("first-contentful-paint")[0]?.startTime,
    bytes: all.reduce((sum, each) => sum + each.transferSize, 0),
    page_bytes: page.transferSize,
    requests: all.filter(({ transferSize }) => transferSize > 0).length,
  };
}

/** Notes when the first number is painted, a click is answered, and the stage is complete. */
function watch() {
  new PerformanceObserver((list) => {
    for (const entry of /** @type {any[]} */ (list.getEntries())) times.number ??= entry.renderTime;
  }).observe({ type: "element", buffered: true });
  const look = () => {
    // Before this very frame is painted, and the number with it.
    const number = [...document.querySelectorAll(".scene .gradient")].find(
      (each) => each.textContent?.trim() && each.getClientRects().length,
    );
    if (number) number.setAttribute("elementtiming", "number");
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
  const plotted = () => {
    if (document.querySelector("#stage.plotted")) times.stage ??= performance.now();
    else requestAnimationFrame(plotted);
  };
  requestAnimationFrame(plotted);
  // A hasty reader, who clicks a cell until it is chosen.
  const hasty = setInterval(() => {
    const cell = one('[role="gridcell"]');
    cell?.click();
    if (cell?.getAttribute("aria-selected") !== "true") return;
    clearInterval(hasty);
    times.click = performance.now();
    new MutationObserver(() => {
      times.answered ??= performance.now();
    }).observe(one("#inspector"), { childList: true });
  }, 5);
}

/** How often the heatmaps were drawn since it was last asked. */
let pictures = 0;
function countPictures() {
  one(".heatmaps").on("plotly_afterplot", () => pictures++);
}
function counted() {
  const count = pictures;
  pictures = 0;
  return { count, at: performance.now() };
}

Object.assign(window, {
  measured: { movement, edit, redraw, click, watch, arrival, countPictures, counted },
});
