// Puts the page together: what the reader does, and which part answers.

import { Editing } from "./editing/editing.js";
import { Inspector } from "./inspector/inspector.js";
import { ask, busyWhile, newest } from "./shared/api.js";
import { afterPaint, button, byId } from "./shared/page.js";
import { listenForKeys } from "./shared/shortcuts.js";
import { fill } from "./shared/texts.js";
import { projectorButton, themeButton } from "./shared/theme.js";
import { Channels } from "./stage/channels.js";
import { focusCell, rove } from "./stage/keyboard.js";
import { Stage } from "./stage/stage.js";
import { Transport } from "./stage/transport.js";
import { addressed } from "./state/keeping.js";
import { canPlay, retold, switched } from "./state/picture.js";
import { toolsFor } from "./tools/tools.js";

/** @import {Picture, Place} from "./state/picture.js" */

/** Milliseconds. */
const HOVER = 140;
const SOMETIMES = 120;

const data = JSON.parse(byId("data").textContent ?? "");
const { words } = data;
const scene = byId("stage");
const stage = new Stage(scene, data.picture, words, data.zeros);
const inspector = new Inspector(byId("inspector"), words, point);
stage.onArrival = (arrived) => inspector.arrive(arrived);
const transport = new Transport(stage, words, connect);
const { player } = transport;
/** @type {Subject|null} what is pinned */
let subject = null;
const editing = new Editing(data, stage, pin, show, () => subject?.cell, told);
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
  const { picture } = stage;
  if (canPlay(picture, about.place)) return;
  const answer = await ask("/moves", current(), { cell: about.cell });
  Object.assign(picture.moves, await answer.json());
}

/** @param {HTMLElement} cell */
function pin(cell) {
  subject = subjectOf(cell);
  stage.pin(subject.place);
  inspect(subject);
  editing.retell(subject.cell);
}

/** The steps have other sentences, and other examples. */
function told() {
  transport.tell();
  if (player.progress === undefined) stage.exemplify();
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
  if (cell) stage.cells.tell(cell);
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

/** When the inspector was last asked for because of another picture. */
let inspected = 0;

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
 * @param {string} said what is being changed, until the picture's story is told
 */
function show(picture, before, said) {
  player.finish();
  stage.replace(picture, before);
  transport.news = (before && switchedInWords(picture, before)) || said;
  transport.tell();
  // The picture first.
  setTimeout(() => tellAround(picture, said));
}

/**
 * What stands around the picture: the legend, the answer, and the inspector.
 * @param {Picture} picture
 * @param {string} said
 */
function tellAround(picture, said) {
  const codes = new Set(picture.grids.flatMap(({ zero }) => zero));
  for (const mark of /** @type {NodeListOf<HTMLElement>} */ (
    document.querySelectorAll(".legend [data-zero]")
  )) {
    const entry = mark.parentElement;
    const isUsed = codes.has(mark.dataset.zero ?? "");
    // One that was there keeps its place, so that nothing moves under the hand.
    if (isUsed && entry) entry.hidden = false;
    entry?.classList.toggle("unused", !isUsed);
  }
  byId("question").textContent = picture.question ?? "";
  byId("answer").replaceChildren(...(picture.answer_parts ?? []).map(written));
  byId("announcer").textContent = `${transport.news} ${picture.answer ?? ""}`.trim();
  // What was found out about other numbers says so.
  for (const id of ["check-result", "gradcheck-result", "script"]) {
    byId(id).classList.add("stale");
    byId(id).dataset.stale = words.stale;
  }
  // While one goes on dragging, the inspector does not follow each picture.
  const now = performance.now();
  if (!subject || (said && now - inspected < SOMETIMES)) return;
  inspected = now;
  inspect(subject);
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
  const n = windows.length - 1;
  return n > 0 ? `${said} ${fill(words.switched_too, { n })}` : said;
}

/** Opens another channel; where several are asked for, the newest. */
const open = newest(async (/** @type {Record<string, number>} */ chosen) => {
  const question = { lesson: data.lesson, open: { ...stage.picture.open, ...chosen } };
  try {
    const [tables, numbers] = await busyWhile(
      scene,
      Promise.all(
        ["/opened", "/picture"].map(async (address) =>
          (await ask(address, current(), question)).json(),
        ),
      ),
    );
    if (numbers.errors) return editing.blame(numbers.errors);
    channels.show(tables, numbers.open);
    player.finish();
    stage.replace(retold(numbers, stage.picture), stage.before);
    if (subject) {
      stage.pin(subject.place);
      connect();
    }
    editing.retell(subject?.cell);
  } catch {
    editing.complain(words.unreachable);
  }
});

function redraw() {
  transport.fit();
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
  Escape: () => (menu.open ? closeMenu() : unpin()),
});
const menu = /** @type {HTMLDetailsElement} */ (byId("lessons"));
document.addEventListener("click", (event) => {
  if (menu.open && !menu.contains(/** @type {Node} */ (event.target))) menu.open = false;
});
function closeMenu() {
  if (menu.contains(document.activeElement)) menu.querySelector("summary")?.focus();
  menu.open = false;
}
themeButton(button("theme"), words, redraw);
projectorButton(button("projector"), redraw);
toolsFor(transport, current, data, redraw);

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

// What was clicked before this script came has the focus since.
const early = document.activeElement;
if (early?.matches('[role="gridcell"], button') && !early.matches(":focus-visible"))
  /** @type {HTMLElement} */ (early).click();

new ResizeObserver(redraw).observe(scene);
afterPaint(() => document.body.classList.add("answering"));
// On paper the grids colour themselves.
const print = () => stage.cells.colour(stage.picture);
window.addEventListener("beforeprint", print);
matchMedia("print").addEventListener("change", print);

// Plotly is large and the page works without it: it joins the picture once nothing else waits.
const whenIdle = window.requestIdleCallback ?? setTimeout; // Safari has none
whenIdle(() => {
  const script = document.createElement("script");
  script.src = document.body.dataset.plotly ?? "";
  script.addEventListener("load", redraw);
  document.head.append(script);
});
