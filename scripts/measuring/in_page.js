// What scripts/bench calls in the page it measures: read before any script of the page's own. What it
// looks for and does not find is an error, so that no figure is made of a page that has changed.

/** Milliseconds after which what is waited for no longer comes. */
const PATIENCE = 60_000;
/** Milliseconds of a pause after a measurement, so that what follows it does not disturb the next. */
const BREATH = 50;
const GRIDCELL = '[role="gridcell"]';

/** @param {number} milliseconds */
const wait = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
/** @returns {Promise<number>} */
const frame = () => new Promise((done) => requestAnimationFrame(done));
/** Does the layout that is waiting to be done, so that it is part of what is measured. */
const laidOut = () => document.body.getBoundingClientRect().height;

/** @param {string} selector */
function one(selector) {
  const found = document.querySelector(selector);
  if (!found) throw new Error(`The page has no ${selector}.`);
  return /** @type {any} */ (found);
}

/**
 * What a test finds, once it finds something; it is repeated with every change of an element.
 * @template T
 * @param {Element} element
 * @param {MutationObserverInit} changes
 * @param {() => T} test
 * @param {string} what in words
 * @returns {Promise<NonNullable<T>>}
 */
function changed(element, changes, test, what) {
  return new Promise((done, fail) => {
    const late = setTimeout(() => {
      observer.disconnect();
      fail(new Error(`After ${PATIENCE / 1000} s there is still no ${what}.`));
    }, PATIENCE);
    const look = () => {
      const found = test();
      if (!found) return;
      clearTimeout(late);
      observer.disconnect();
      done(/** @type {NonNullable<T>} */ (found));
    };
    const observer = new MutationObserver(look);
    observer.observe(element, changes);
    look();
  });
}

/**
 * The request that was sent to an address last, once its answer has been read.
 * @param {string} address
 * @returns {Promise<PerformanceResourceTiming>}
 */
async function request(address) {
  for (const end = performance.now() + PATIENCE; performance.now() < end; await wait(5)) {
    const entries = performance.getEntriesByType("resource");
    const found = entries.findLast(({ name }) => new URL(name).pathname === address);
    if (found) return /** @type {PerformanceResourceTiming} */ (found);
  }
  throw new Error(`Nothing was asked of ${address}.`);
}

// --- frames -------------------------------------------------------------------------------------

/**
 * Frames of the page at rest.
 * @param {number} milliseconds
 */
async function rest(milliseconds) {
  const gaps = [];
  let last = await frame();
  for (const end = last + milliseconds; last < end; ) {
    const now = await frame();
    gaps.push(now - last);
    last = now;
  }
  return gaps;
}

/**
 * Plays the pass from its start: milliseconds between frames at rest right before, between frames in
 * which the scene moves, and of each step its longest.
 * @param {number} speed a choice of the page
 * @param {number} most milliseconds, after which it is stopped
 */
async function play(speed, most) {
  const choice = one("#speed");
  choice.value = String(speed);
  if (choice.value !== String(speed)) throw new Error(`The page does not play at ${speed}.`);
  choice.dispatchEvent(new Event("change"));
  one("#first").click();
  await wait(400);
  const idle = await rest(1000);
  const moving = [];
  /** @type {Record<string, number>} */
  const longest = {};
  let hasMoved = false;
  const observer = new MutationObserver(() => {
    hasMoved = true;
  });
  observer.observe(one(".picture .scene"), { attributes: true, childList: true, subtree: true });
  const button = one("#play");
  const scrubber = one("#scrubber");
  button.click();
  let last = await frame();
  for (const end = last + most; last < end && button.dataset.playing === "true"; ) {
    hasMoved = false;
    const { value } = scrubber;
    const now = await frame();
    if (hasMoved) moving.push(now - last);
    longest[value] = Math.max(longest[value] ?? 0, now - last);
    last = now;
  }
  observer.disconnect();
  if (button.dataset.playing === "true") button.click();
  one("#last").click();
  await wait(BREATH);
  return { idle, moving, longest };
}

// --- edits --------------------------------------------------------------------------------------

const CELL_DATA = { attributes: true, subtree: true, attributeFilter: ["data-gradient"] };
const gradients = () =>
  [...document.querySelectorAll(GRIDCELL)].map((cell) => cell.getAttribute("data-gradient")).join();

/**
 * Types a number in the form; until the changed picture is there and all is laid out.
 * @param {string} text
 */
async function edit(text) {
  const field = one("#form input[type=text]");
  const before = gradients();
  laidOut();
  performance.clearResourceTimings();
  const start = performance.now();
  field.value = text;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  await changed(one("#stage"), CELL_DATA, () => gradients() !== before, "changed gradient");
  laidOut();
  const took = performance.now() - start;
  const { duration } = await request("/picture");
  await request("/inspector"); // which follows the edit, but is no part of the picture
  await wait(BREATH);
  return { took, server: duration, page: took - duration };
}

/** @type {HTMLElement|null} where Plotly draws by itself, out of sight */
let aside = null;

/** Plotly by itself: it redraws the gradients of the picture as heatmaps, one for each array. */
async function redraw() {
  const { Plotly } = window;
  if (!Plotly) throw new Error("Plotly has not come.");
  const { picture } = JSON.parse(one("#data").textContent);
  const { width, height } = one("#stage").getBoundingClientRect();
  const { grids } = picture;
  const across = Math.ceil(Math.sqrt(grids.length));
  const traces = grids.map(
    (/** @type {any} */ { columns, gradient, value }, /** @type {number} */ i) => ({
      type: "heatmap",
      showscale: false,
      // Other numbers each time, as after an edit.
      z: rows(
        gradient.map((/** @type {number} */ x) => x + Math.random()),
        columns,
      ),
      text: rows(value, columns),
      xaxis: `x${i + 1}`,
      yaxis: `y${i + 1}`,
    }),
  );
  const layout = { width, height, grid: { rows: across, columns: across, pattern: "independent" } };
  if (!aside) {
    aside = document.createElement("div");
    aside.style.cssText = "position:absolute;left:-9999px;top:0";
    document.body.append(aside);
    await Plotly.react(aside, traces, layout, { staticPlot: true });
    return redraw();
  }
  laidOut();
  const start = performance.now();
  await Plotly.react(aside, traces, layout, { staticPlot: true });
  laidOut();
  return performance.now() - start;
}

/**
 * @param {number[]} flat
 * @param {number} columns
 */
const rows = (flat, columns) =>
  Array.from({ length: Math.ceil(flat.length / columns) }, (_, i) =>
    flat.slice(i * columns, (i + 1) * columns),
  );

/** Opens the builder, if it is closed, at the first activation. */
async function openBuilder() {
  const panel = one("#builder");
  if (panel.hidden) one("#mine").click();
  const isThere = () => panel.querySelector("[data-row]");
  await changed(panel, { childList: true, subtree: true }, isThere, "row of a layer");
}

/**
 * Duplicates or removes the layer at a place; until the new picture is there and all is laid out.
 * @param {number} layer
 * @param {"duplicate"|"remove"} how
 */
async function build(layer, how) {
  const row = () => one(`#builder [data-row="${layer}"]`);
  if (row().getAttribute("aria-expanded") !== "true") row().click();
  const button = one(`#builder [data-layer-do="${how}"]`);
  const [before] = one(".grids").children;
  laidOut();
  performance.clearResourceTimings();
  const start = performance.now();
  button.click();
  const isNew = () => one(".grids").children[0] !== before;
  await changed(one(".grids"), { childList: true }, isNew, "new picture");
  laidOut();
  const took = performance.now() - start;
  const [edit, picture] = [await request("/build"), await request("/picture")];
  const server = edit.duration + picture.duration;
  await request("/inspector");
  await wait(BREATH);
  return { took, server, page: took - server };
}

// --- drags --------------------------------------------------------------------------------------

/** How often new gradients came. */
let pictures = 0;
function countPictures() {
  new MutationObserver(() => pictures++).observe(one("#stage"), CELL_DATA);
}
const counted = () => ({ count: pictures, at: performance.now() });

/** Goes to the last step whose scene has a number that can be dragged: the middle of its cell. */
async function draggable() {
  const scrubber = one("#scrubber");
  for (let step = Number(scrubber.max); step >= 0; step--) {
    scrubber.value = String(step);
    scrubber.dispatchEvent(new Event("input"));
    await frame();
    for (const cell of document.querySelectorAll(`[data-focus][data-path] ${GRIDCELL}`)) {
      const { x, y, width, height } = cell.getBoundingClientRect();
      const at = { x: x + width / 2, y: y + height / 2 };
      const top = document.elementFromPoint(at.x, at.y);
      if (width >= 20 && top === cell) return at;
    }
  }
  throw new Error("No number can be dragged in any scene.");
}

// --- clicks -------------------------------------------------------------------------------------

/**
 * The key and index under which the inspector shows a cell.
 * @param {HTMLElement} cell not of the loss
 */
function told({ dataset: { layer = "", parameter, index } }) {
  return { key: parameter ? `${layer}.${parameter}` : layer, index };
}

/** @param {{key: string, index: string|undefined}} cell */
function isTold({ key, index }) {
  const card = /** @type {HTMLElement|null} */ (document.querySelector("#inspector > .card"));
  return card?.dataset.key === key && card.dataset.index === index;
}

/**
 * Clicks a cell; until its account is there, and all is laid out.
 * @param {number} part which of the page's cells: how far along them, from 0 to 1
 */
async function click(part) {
  const cells = /** @type {HTMLElement[]} */ ([
    ...document.querySelectorAll(`.grid:not([data-key=head]) ${GRIDCELL}`),
  ]);
  let at = Math.floor(part * cells.length);
  if (isTold(told(cells[at]))) at = (at + 1) % cells.length;
  const cell = told(cells[at]);
  laidOut();
  performance.clearResourceTimings();
  const start = performance.now();
  cells[at].click();
  const panel = one("#inspector");
  await changed(panel, { childList: true }, () => isTold(cell), "account of the clicked cell");
  laidOut();
  const took = performance.now() - start;
  const { duration } = await request("/inspector");
  await wait(BREATH);
  return { took, server: duration };
}

/**
 * The middles of the cells that a pointer reaches now, by their names for the inspector.
 * @param {string} among a selector of arrays
 * @returns {Record<string, {x: number, y: number}>}
 */
function reachable(among) {
  /** @type {Record<string, {x: number, y: number}>} */
  const all = {};
  for (const cell of /** @type {Iterable<HTMLElement>} */ (
    document.querySelectorAll(`.grid${among}:not([data-key=head]) ${GRIDCELL}`)
  )) {
    const { x, y, width, height } = cell.getBoundingClientRect();
    const at = { x: x + width / 2, y: y + height / 2 };
    const { key, index } = told(cell);
    if (document.elementFromPoint(at.x, at.y)?.closest(GRIDCELL) === cell)
      all[`${key} ${index}`] = at;
  }
  return all;
}

/** @type {Record<string, number>} when things happened, in milliseconds since the navigation */
const times = {};

/** The cell that was pressed last. */
let pressed = /** @type {HTMLElement|null} */ (null);

/**
 * Notes when the pointer is pressed first, and the pressed cell; tells Python once there are cells,
 * and once they are drawn.
 */
function watchPress() {
  const press = (/** @type {PointerEvent} */ { timeStamp, target }) => {
    times.pressed ??= timeStamp;
    pressed = /** @type {Element} */ (target).closest(GRIDCELL);
  };
  addEventListener("pointerdown", press, true);
  const { phase } = /** @type {any} */ (window);
  let said = "";
  const look = () => {
    const stage = document.querySelector("#stage");
    const now = stage?.classList.contains("drawn")
      ? "drawn"
      : stage?.querySelector(GRIDCELL)
        ? "sent"
        : "";
    if (now !== said) phase(now);
    said = now;
    if (now !== "drawn") requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}

/** Whether the last press was on a cell: what was pressed may have been drawn elsewhere just then. */
const isOnCell = () => pressed !== null;

/** From the first press of the pointer until the inspector shows the cell that was pressed last. */
async function answered() {
  if (!pressed) throw new Error("No cell was pressed.");
  const cell = told(pressed);
  if (document.readyState === "loading")
    await new Promise((done) => addEventListener("DOMContentLoaded", done, { once: true }));
  const panel = one("#inspector");
  const isThere = () => isTold(cell);
  await changed(panel, { childList: true }, isThere, "answer to the press");
  laidOut();
  return performance.now() - times.pressed;
}

// --- loading ------------------------------------------------------------------------------------

/**
 * How the page came: when each thing happened, and what was sent for it.
 */
async function arrival() {
  const wanted = ["complete", "answered", "number", "click"];
  const paint = () => performance.getEntriesByName("first-contentful-paint")[0]?.startTime;
  const lacks = () => paint() === undefined || wanted.some((name) => !(name in times));
  for (const end = performance.now() + PATIENCE; lacks(); ) {
    if (performance.now() > end) throw new Error(`Of ${wanted}, only ${Object.keys(times)} came.`);
    await wait(20);
  }
  const [page] = /** @type {PerformanceNavigationTiming[]} */ (
    performance.getEntriesByType("navigation")
  );
  const files = /** @type {PerformanceResourceTiming[]} */ (
    performance.getEntriesByType("resource")
  );
  const all = [page, ...files.filter(({ name }) => !name.includes("/plotly-"))];
  return {
    ...times,
    first_byte: page.responseStart,
    paint: paint(),
    bytes: all.reduce((sum, each) => sum + each.transferSize, 0),
    page_bytes: page.transferSize,
    requests: all.filter(({ transferSize }) => transferSize > 0).length,
  };
}

/** Notes when the first number is painted, a click is answered, and the page answers anything. */
function watch() {
  new PerformanceObserver((list) => {
    for (const entry of /** @type {any[]} */ (list.getEntries())) times.number ??= entry.renderTime;
  }).observe({ type: "element", buffered: true });
  const look = () => {
    // Before this very frame is painted, and the numbers with it. The scripts may take those of the
    // cells away before, but not that of the card.
    const numbers = [...document.querySelectorAll(`${GRIDCELL} .value, .question-card dd`)].filter(
      (each) => /\d/.test(each.textContent ?? "") && each.getClientRects().length,
    );
    for (const number of numbers) number.setAttribute("elementtiming", "number");
    // Of a number that the scripts have drawn, there is no such news: it is seen with the next frame.
    if (document.querySelector(".picture .scene [data-part=value]"))
      requestAnimationFrame((now) => (times.number ??= now));
    if (!("number" in times)) requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
  const complete = () => {
    if (document.body?.classList.contains("answering")) times.complete ??= performance.now();
    else requestAnimationFrame(complete);
  };
  requestAnimationFrame(complete);
  // A hasty reader, who clicks a cell until it is chosen.
  const hasty = setInterval(() => {
    const cell = /** @type {HTMLElement|null} */ (document.querySelector(GRIDCELL));
    if (!cell) return;
    const isChosen = () => cell.getAttribute("aria-selected") === "true";
    if (isChosen()) throw new Error("The first cell is chosen before it is clicked.");
    cell.click();
    if (!isChosen()) return;
    clearInterval(hasty);
    times.click = performance.now();
    const panel = one("#inspector");
    changed(panel, { childList: true }, () => isTold(told(cell)), "answer").then(() => {
      times.answered ??= performance.now();
    });
  }, 5);
}

Object.assign(window, {
  measured: {
    play, edit, redraw, openBuilder, build, countPictures, counted, draggable,
    click, reachable, watchPress, isOnCell, answered, watch, arrival,
  },
}); // biome-ignore format: a list
