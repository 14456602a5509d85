// Puts the page together: what the reader does, and which part answers.

import { ask, busyWhile, newest, post } from "./api.js";
import { fill } from "./cells.js";
import { Channels } from "./channels.js";
import { checkForm, scriptButtons } from "./check.js";
import { Direct } from "./direct.js";
import { figure } from "./figures.js";
import { Form } from "./form.js";
import { getAt, History, setAt } from "./history.js";
import { Inspector } from "./inspector.js";
import { address, addressed, keep, kept } from "./keeping.js";
import { focusCell, rove } from "./keyboard.js";
import { showPast } from "./past.js";
import { switched } from "./picture.js";
import { Player } from "./player.js";
import { Stage } from "./stage.js";
import { projectorButton, themeButton } from "./theme.js";

/** @import {Picture, Place} from "./picture.js" */

const HOVER = 140;
/** Steps, above which only the current one is named under the scrubber. */
const MANY = 11;

/** @param {string} id */
const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
/** @param {string} id */
const button = (id) => /** @type {HTMLButtonElement} */ (byId(id));

const data = JSON.parse(byId("data").textContent ?? "");
const { words } = data;
const scene = byId("stage");
const stage = new Stage(scene, data.picture, words, data.zeros);
const inspector = new Inspector(byId("inspector"), words, point);
/** @type {History<unknown>} */
const history = new History(data.document);
/** @type {unknown} the document of the picture */
let pictured = data.document;
/** @type {unknown} the document before the last edit, whose numbers stand beside the new ones */
let formerly = null;

// --- steps --------------------------------------------------------------------------------------

const scrubber = /** @type {HTMLInputElement} */ (byId("scrubber"));
const player = new Player(data.picture.steps, {
  enter(step) {
    stage.enter(step);
    tell(step);
    announce(step);
  },
  frame: (step, progress) => stage.frame(step, progress),
  parts: (step) => stage.parts(step),
  held(part) {
    if (!player.byCell) return;
    const cell = stage.cells.at(stage.journey.part(part));
    if (!cell) return;
    const { name = "", value, gradient } = cell.dataset;
    const number = Number(stage.shown === "values" ? value : gradient);
    const sentence = fill(words.summed, { name, figure: figure(number) });
    byId("caption").textContent = byId("announcer").textContent = sentence;
  },
  settle(step) {
    stage.settle(step);
    address(step === player.last ? undefined : step - stage.ahead);
  },
  playing(playing) {
    const play = button("play");
    play.dataset.playing = String(playing);
    play.setAttribute("aria-label", playing ? words.pause : words.play);
  },
});
stage.onArrival = (arrived) => inspector.arrive(arrived);

/** @param {number} step */
function tell(step) {
  const { label, sentence } = stage.steps[step];
  byId("caption").textContent = sentence;
  scrubber.max = String(player.last);
  scrubber.value = String(step);
  scrubber.setAttribute("aria-valuetext", label);
  const labels = stage.steps.map(({ label }, i) => {
    const item = document.createElement("li");
    item.className = i === step ? "current" : "";
    item.textContent = label;
    return item;
  });
  const list = document.querySelector(".labels");
  list?.replaceChildren(...labels);
  list?.classList.toggle("many", labels.length > MANY);
  for (const id of ["first", "back"]) enable(id, step > 0);
  for (const id of ["forward", "last"]) enable(id, step < player.last);
}

/**
 * Says a step to a screen reader.
 * @param {number} step
 */
function announce(step) {
  const { label, sentence } = stage.steps[step];
  const count = { step: String(step), steps: String(player.last) };
  byId("announcer").textContent = fill(words.step, { ...count, label, sentence });
}

/**
 * A button that can do nothing now stays where it is, so that the focus stays on it.
 * @param {string} id
 * @param {boolean} can
 */
function enable(id, can) {
  button(id).setAttribute("aria-disabled", String(!can));
}

/**
 * Does something when a button is pressed, if it can.
 * @param {string} id
 * @param {() => void} action
 */
function onPress(id, action) {
  button(id).addEventListener("click", () => {
    if (button(id).getAttribute("aria-disabled") !== "true") action();
  });
}

/** @param {number|undefined} step as in the address; undefined: the end */
function goTo(step) {
  const forward = /** @type {HTMLInputElement} */ (byId("whole-pass"));
  if (step !== undefined && step < 0 && !forward.checked) {
    forward.checked = stage.wholePass = true;
    player.replace(stage.steps);
  }
  player.go(step === undefined ? player.last : step + stage.ahead);
}

onPress("first", () => player.go(0));
onPress("back", () => player.back());
onPress("play", () => player.toggle());
onPress("forward", () => player.forward());
onPress("last", () => player.go(player.last));
scrubber.addEventListener("input", () => player.go(Number(scrubber.value)));
byId("whole-pass").addEventListener("change", (event) => {
  stage.wholePass = /** @type {HTMLInputElement} */ (event.target).checked;
  player.replace(stage.steps);
  if (stage.wholePass) player.go(0);
});
byId("follow").addEventListener("change", (event) => {
  stage.following = /** @type {HTMLInputElement} */ (event.target).checked;
  connect();
});
byId("stride").addEventListener("change", (event) => {
  player.finish();
  const { value } = /** @type {HTMLSelectElement} */ (event.target);
  player.byCell = stage.byCell = value === "cell";
});
byId("speed").addEventListener("change", (event) => {
  player.speed = Number(/** @type {HTMLSelectElement} */ (event.target).value);
});

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
const current = () => ({ id: stage.picture.id, network: pictured });

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

// --- editing ------------------------------------------------------------------------------------

/**
 * @param {(string|number)[]} path
 * @param {unknown} value
 * @param {boolean} merge into the last edit: one goes on typing, or dragging
 */
function edit(path, value, merge) {
  if (!merge) formerly = history.current;
  const change = { name: nameOf(path), from: getAt(history.current, path), to: value };
  history.push(setAt(history.current, path, value), change, merge);
  follow({ merge });
}

const form = new Form(/** @type {HTMLFormElement} */ (byId("form")), words, (...typed) => {
  edit(...typed);
  form.ghosts(history.current, formerly);
});
new Direct(
  scene,
  (...typed) => {
    form.typing = null;
    edit(...typed);
    form.show(history.current, formerly);
  },
  pin,
  focusCell,
  words,
);

/**
 * What a number is called where it is edited.
 * @param {(string|number)[]} path
 */
function nameOf(path) {
  const field = form.fields.get(JSON.stringify(path))?.getAttribute("aria-label");
  if (field) return field;
  const grid = stage.picture.grids.find(({ key }) => key === `${path[1]}.${path[2]}`);
  const place = stage.cells.place(grid?.key ?? "-1", path.slice(grid ? 3 : 1).join(","));
  return (place && stage.cells.at(place)?.dataset.name) ?? "";
}

/** @type {Picture} the picture of ``formerly`` */
let picturedFormerly = data.picture;

/** Asks for the picture of the current document and shows it; the newest edit goes next. */
const askForPicture = newest(async (/** @type {{merge: boolean}} */ { merge }) => {
  const document = history.current;
  try {
    const { open } = stage.picture;
    const question = { network: document, lesson: data.lesson, open };
    const answer = await busyWhile(scene, post("/picture", question));
    const body = await answer.json();
    if (body.errors) return blame(body.errors);
    complain("");
    pictured = document;
    if (!merge) picturedFormerly = stage.picture;
    show(body);
  } catch {
    complain(words.unreachable);
  }
});

const past = /** @type {HTMLDetailsElement} */ (byId("past"));

/** @param {{merge: boolean}} edit */
function follow(edit) {
  enable("undo", history.canUndo);
  enable("redo", history.canRedo);
  enable("reset", history.current !== history.first);
  showPast(past, history, words, (at) => travel(() => history.go(at)));
  keep(data.lesson, history.first, history.current);
  askForPicture(edit);
}

/** @param {Picture} picture */
function show(picture) {
  player.finish();
  stage.replace(picture, formerly === null ? null : picturedFormerly);
  tell(player.step);
  byId("question").textContent = picture.question ?? "";
  byId("answer").textContent = picture.answer ?? "";
  const swung = formerly === null ? "" : switchedInWords(picture, picturedFormerly);
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
    if (picture.errors) return blame(picture.errors);
    channels.show(tables, picture.open);
    player.finish();
    stage.replace(picture, stage.before);
    if (subject) {
      stage.pin(subject.place);
      connect();
    }
  } catch {
    complain(words.unreachable);
  }
});

const channels = new Channels(scene, (layer, at) => open({ [layer]: at }), redraw);

/** @param {{loc: (string|number)[], msg: string}[]} errors */
function blame(errors) {
  const homeless = errors.filter(({ loc, msg }) => !form.blame(loc, msg));
  complain(homeless.map(({ msg }) => msg).join(" "));
}

/** @param {string} message */
function complain(message) {
  const place = byId("form-message");
  place.hidden = !message;
  place.textContent = message;
}

/**
 * @param {() => unknown} move in the history; undefined where there is nowhere to go
 * @param {unknown} before whose numbers stand beside the new ones; null: none
 */
function travel(move, before = history.current) {
  const document = move();
  if (document === undefined) return;
  formerly = before;
  form.typing = null;
  form.show(document, formerly);
  follow({ merge: false });
}

onPress("undo", () => travel(() => history.undo()));
onPress("redo", () => travel(() => history.redo()));
onPress("reset", () => travel(() => history.push(history.first), null));

// After Direct, whose Enter opens what can be edited.
rove(scene, pin);

// --- readings, keys, help -----------------------------------------------------------------------

/** @type {NodeListOf<HTMLInputElement>} */
const readings = document.querySelectorAll('input[name="reading"]');
for (const input of readings) input.addEventListener("change", () => stage.read(input.value));

const help = /** @type {HTMLDialogElement} */ (byId("help"));
button("help-button").addEventListener("click", () => help.showModal());

/** @type {Record<string, () => void>} */
const keys = {
  " ": () => player.toggle(),
  n: () => player.forward(),
  b: () => player.back(),
  Home: () => player.go(0),
  End: () => player.go(player.last),
  v: () => readings[0].click(),
  g: () => readings[1].click(),
  a: () => readings[2].click(),
  "?": () => help.showModal(),
  Escape: unpin,
};

document.addEventListener("keydown", (event) => {
  const target = /** @type {HTMLElement} */ (event.target);
  if (help.open || event.defaultPrevented) return;
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") {
    event.preventDefault();
    button(event.shiftKey ? "redo" : "undo").click();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  // Where one types, or chooses by its first letter, keys are letters.
  const typing = "input:not([type=radio], [type=range], [type=checkbox]), select, textarea";
  if (target.closest(typing) && event.key !== "Escape") return;
  if (event.key === " " && target.closest("button, summary, a, [type=checkbox]")) return;
  const action = keys[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});
document.addEventListener("click", (event) => {
  const menu = /** @type {HTMLDetailsElement} */ (byId("lessons"));
  if (menu.open && !menu.contains(/** @type {Node} */ (event.target))) menu.open = false;
});
function redraw() {
  stage.refresh(player.progress);
  if (stage.pinned) connect();
  inspector.draw();
}
themeButton(button("theme"), words, redraw);
projectorButton(button("projector"), redraw);

checkForm(current, words);
scriptButtons(current, words);

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
  tell(player.step);
} else goTo(linked);
connect();
if (subject) inspector.sections.about(subject.cell, current());

window.addEventListener("hashchange", () => goTo(addressed()));

const made = kept(data.lesson, history.first);
if (made !== undefined) {
  travel(() => history.push(made));
}

new ResizeObserver(redraw).observe(scene);

// Plotly is large and the page works without it: it joins the picture once nothing else waits.
const whenIdle = window.requestIdleCallback ?? setTimeout; // Safari has none
whenIdle(() => {
  const script = document.createElement("script");
  script.src = document.body.dataset.plotly ?? "";
  script.addEventListener("load", redraw);
  document.head.append(script);
});
