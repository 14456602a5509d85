// Puts the page together: what the reader does, and which part answers.

import { ask, busyWhile, newest } from "./api.js";
import { captureButtons } from "./capture.js";
import { fill } from "./cells.js";
import { Channels } from "./channels.js";
import { checkForm, scriptButtons } from "./check.js";
import { Editing } from "./editing.js";
import { Inspector } from "./inspector.js";
import { addressed } from "./keeping.js";
import { focusCell, rove } from "./keyboard.js";
import { button, byId } from "./page.js";
import { switched } from "./picture.js";
import { listenForKeys } from "./shortcuts.js";
import { solutionForm } from "./solution.js";
import { Stage } from "./stage.js";
import { projectorButton, themeButton } from "./theme.js";
import { Transport } from "./transport.js";

/** @import {Picture, Place} from "./picture.js" */

const HOVER = 140;

const data = JSON.parse(byId("data").textContent ?? "");
const { words } = data;
const scene = byId("stage");
const stage = new Stage(scene, data.picture, words, data.zeros);
const inspector = new Inspector(byId("inspector"), words, point);
stage.onArrival = (arrived) => inspector.arrive(arrived);
const transport = new Transport(stage, words, connect);
const { player } = transport;
const editing = new Editing(data, stage, pin, show);
const channels = new Channels(scene, (layer, at) => open({ [layer]: at }), redraw);

// --- choosing a cell ----------------------------------------------------------------------------

/** @typedef {{place: Place, cell: {layer: number, index: number[], parameter?: string}}} Subject */

/**
 * A cell as the stage and the server name it.
 * @param {HTMLElement} cell
 * @returns {Subject}
 */
function subjectOf(cell) {
  const place = /** @type {Place} */ (stage.cells.places.get(cell));
  const layer = place.key === "head" ? stage.picture.grids.at(-2)?.key : cell.dataset.layer;
  const index = (cell.dataset.index ?? "").split(",").map(Number);
  return { place, cell: { layer: Number(layer), index, parameter: cell.dataset.parameter } };
}

/** @type {Subject|null} what is pinned */
let subject = null;

/** The network that the picture shows. */
const current = () => ({ id: stage.picture.id, network: editing.pictured });

/** Draws the curves of what the inspector tells of. */
function connect() {
  stage.connect(inspector.rows("#receipt"), inspector.rows(".onward"));
}

/** @param {Subject} about */
async function inspect(about) {
  if (!(await inspector.show(about.cell, current()))) return;
  stage.tellOf(about.place);
  const { line } = /** @type {HTMLElement} */ (byId("inspector").querySelector(".card")).dataset;
  byId("sheet").hidden = !subject;
  byId("sheet").textContent = byId("announcer").textContent = line ?? "";
  if (about !== subject) return;
  connect();
  if (stage.canPlay(about.place)) return;
  const { picture } = stage;
  const answer = await ask("/moves", current(), { cell: about.cell });
  Object.assign(picture.moves, await answer.json());
}

/** @param {HTMLElement} cell */
function pin(cell) {
  subject = subjectOf(cell);
  stage.pin(subject.place);
  inspect(subject);
}

function unpin() {
  subject = null;
  stage.pin(null);
  byId("sheet").hidden = true;
}

/** @param {HTMLElement|null} row */
function point(row) {
  stage.cells.mark("pointed", row ? stage.named(row) : []);
}

/** @param {Event} event */
function cellOf(event) {
  const target = /** @type {Element} */ (event.target);
  return /** @type {HTMLElement|null} */ (target.closest('[role="gridcell"]'));
}

scene.addEventListener("click", (event) => {
  const cell = cellOf(event);
  if (!cell) return;
  focusCell(cell);
  pin(cell);
});

let hovering = 0;
scene.addEventListener("pointerover", (event) => {
  clearTimeout(hovering);
  const cell = cellOf(event);
  stage.hover(cell ? (stage.cells.places.get(cell) ?? null) : null);
  if (cell && !stage.pinned) hovering = setTimeout(() => inspect(subjectOf(cell)), HOVER);
});
scene.addEventListener("pointerleave", () => {
  clearTimeout(hovering);
  stage.hover(null);
});
// A keyboard's reader points with the focus.
scene.addEventListener("focusin", (event) => {
  const cell = cellOf(event);
  if (cell?.matches(":focus-visible")) stage.outline(stage.cells.places.get(cell) ?? null);
});
scene.addEventListener("focusout", () => stage.outline(null));

// After editing, whose Enter opens what can be edited.
rove(scene, pin);

// --- other pictures -----------------------------------------------------------------------------

/**
 * A piece of the answer: every second one is a sum.
 * @param {string} part
 * @param {number} i
 */
function written(part, i) {
  if (i % 2 === 0) return part;
  const sum = document.createElement("span");
  sum.className = "sum";
  sum.textContent = part;
  return sum;
}

/**
 * @param {Picture} picture
 * @param {Picture|null} before whose numbers stand beside the new ones
 */
function show(picture, before) {
  player.finish();
  stage.replace(picture, before);
  transport.tell();
  const codes = new Set(picture.grids.flatMap(({ zero }) => zero));
  for (const mark of /** @type {NodeListOf<HTMLElement>} */ (
    document.querySelectorAll(".legend [data-zero]")
  )) {
    const entry = mark.parentElement;
    if (entry) entry.hidden = !codes.has(mark.dataset.zero ?? "");
  }
  byId("question").textContent = picture.question ?? "";
  byId("answer").replaceChildren(...(picture.answer_parts ?? []).map(written));
  const swung = before ? switchedInWords(picture, before) : "";
  if (swung) byId("caption").textContent = swung;
  byId("announcer").textContent = `${swung} ${picture.answer ?? ""}`.trim();
  // What was found out about other numbers says so.
  for (const id of ["check-result", "gradcheck-result", "script"]) {
    byId(id).classList.add("stale");
    byId(id).dataset.stale = words.stale;
  }
  if (subject) inspect(subject);
}

/**
 * Which windows an edit has given another winner.
 * @param {Picture} picture
 * @param {Picture} before
 */
function switchedInWords(picture, before) {
  const windows = switched(picture, before);
  if (!windows.length) return "";
  const [{ window, winners, losers }] = windows;
  const [name, winner, loser] = [window, winners[0], losers[0]].map(
    (place) => stage.cells.at(place)?.dataset.name ?? "",
  );
  const said = fill(words.switched, { name, winner, loser });
  const others = { count: String(windows.length - 1) };
  return windows.length > 1 ? `${said} ${fill(words.switched_too, others)}` : said;
}

/** Opens another channel; where several are asked for, the newest. */
const open = newest(async (/** @type {Record<string, number>} */ chosen) => {
  const question = { lesson: data.lesson, open: { ...stage.picture.open, ...chosen } };
  try {
    const [tables, picture] = await busyWhile(
      scene,
      Promise.all(
        ["/opened", "/picture"].map(async (address) =>
          (await ask(address, current(), question)).json(),
        ),
      ),
    );
    if (picture.errors) return editing.blame(picture.errors);
    channels.show(tables, picture.open);
    player.finish();
    stage.replace(picture, stage.before);
    if (subject) {
      stage.pin(subject.place);
      connect();
    }
  } catch {
    editing.complain(words.unreachable);
  }
});

function redraw() {
  stage.refresh(player.progress);
  if (stage.pinned) connect();
  inspector.draw();
}

// --- the rest of the page -----------------------------------------------------------------------

for (const input of /** @type {NodeListOf<HTMLInputElement>} */ (
  document.querySelectorAll('input[name="reading"]')
))
  input.addEventListener("change", () => stage.read(input.value));

listenForKeys({
  " ": () => player.toggle(),
  n: () => player.forward(),
  b: () => player.back(),
  Home: () => player.go(0),
  End: () => player.go(player.last),
  Escape: unpin,
});
document.addEventListener("click", (event) => {
  const menu = /** @type {HTMLDetailsElement} */ (byId("lessons"));
  if (menu.open && !menu.contains(/** @type {Node} */ (event.target))) menu.open = false;
});
themeButton(button("theme"), words, redraw);
projectorButton(button("projector"), redraw);
checkForm(current, words);
scriptButtons(current, words);
captureButtons(transport, data.lesson, words, redraw);
solutionForm(current, data.lesson);

// --- at the start -------------------------------------------------------------------------------

const first = stage.cells.place(data.pinned.key, data.pinned.index);
const pinnedCell = first && stage.cells.at(first);
if (first && pinnedCell) {
  subject = subjectOf(pinnedCell);
  stage.pin(first);
  stage.tellOf(first);
}
const linked = addressed();
if (linked === undefined) {
  stage.settle(player.step);
  transport.tell();
} else transport.goTo(linked);
connect();
if (subject) inspector.sections.about(subject.cell, current());

window.addEventListener("hashchange", () => transport.goTo(addressed()));

editing.restore();

new ResizeObserver(redraw).observe(scene);

// Plotly is large and the page works without it: it joins the picture once nothing else waits.
const whenIdle = window.requestIdleCallback ?? setTimeout; // Safari has none
whenIdle(() => {
  const script = document.createElement("script");
  script.src = document.body.dataset.plotly ?? "";
  script.addEventListener("load", redraw);
  document.head.append(script);
});
