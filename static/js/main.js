// Creates the page's state and its views, and connects them.

import { Builder } from "./builder/builder.js";
import { listenToBuilding } from "./builder/opening.js";
import { Comparing } from "./comparing/comparing.js";
import { Drafts } from "./drafts/drafts.js";
import { draftIn, inBrowser } from "./drafts/stored.js";
import { Editing } from "./editing/editing.js";
import { showHeadline } from "./headline.js";
import { Inspector } from "./inspector/inspector.js";
import { showLine } from "./inspector/line.js";
import { ask, busyWhile, newest } from "./shared/api.js";
import { afterPaint, button, byId, say } from "./shared/page.js";
import { plotlyInPeace } from "./shared/plotly.js";
import { listenToPopover } from "./shared/popover.js";
import { whenWaiting } from "./shared/reach.js";
import { listenForKeys } from "./shared/shortcuts.js";
import { fill } from "./shared/texts.js";
import { projectorButton, themeButton } from "./shared/theme.js";
import { Address, besideAddress, linkIn, stepIn } from "./sharing/address.js";
import { Arriving } from "./sharing/arriving.js";
import { openDialog } from "./sharing/opening.js";
import { shareDialog } from "./sharing/sharing.js";
import { snippetsDialog } from "./sharing/snippets.js";
import { listenToChoosers, showChannels } from "./stage/channels.js";
import { listenToExamples } from "./stage/examples.js";
import { focusCell } from "./stage/keyboard.js";
import { showLegend } from "./stage/legend.js";
import { listenToPointer } from "./stage/pointing.js";
import { listenToGuess } from "./stage/question.js";
import { Stage } from "./stage/stage.js";
import { Transport } from "./stage/transport.js";
import { asksFirst } from "./state/keeping.js";
import { cellOf, placeAt, shownStep, subjectOf } from "./state/page.js";
import { canPlay, channelsOf, retold, switched } from "./state/picture.js";
import { Store } from "./state/store.js";
import { learning } from "./tools/learning.js";
import { toolsFor } from "./tools/tools.js";

/** @import {State} from "./state/page.js" */
/** @import {Place} from "./state/picture.js" */

const data = JSON.parse(byId("data").textContent ?? "");
const { words } = data;
const root = byId("stage");

/** @type {State} */
const opening = {
  picture: data.picture,
  before: null,
  document: data.document,
  step: data.picture.steps.length - 1,
  view: null,
  progress: undefined,
  part: null,
  playing: false,
  pinned: placeAt(data.picture, data.pinned.key, data.pinned.index),
  hovered: null,
  reading: "both",
  wholePass: false,
  byCell: false,
  following: false,
  question: isPlain() && asksFirst() && !data.builds ? data.question : null,
  guess: null,
  news: "",
  overtaken: false,
  look: 0,
};
const store = new Store(opening);

/** Whether the address names nothing but the page. */
function isPlain() {
  const { hash, href } = location;
  return (
    !besideAddress() && !draftIn(hash) && stepIn(hash) === undefined && linkIn(href) === undefined
  );
}
/** The network that the picture shows. */
const current = () => ({ id: store.state.picture.id, network: store.state.document });
/** The same, and the example of a batch that the picture shows. */
const shown = () => ({ ...current(), example: store.state.picture.batch?.example });

const stage = new Stage(root, store, data);
const transport = new Transport(store, stage, words);
const { player } = transport;
const pin = listenToPointer(stage, store, player);
const editing = new Editing(data, store, stage, pin, () => player.finish());
const placeForm = listenToGuess(store, stage, player, { words, current: shown });
const inspector = new Inspector(byId("inspector"), store, stage, {
  words,
  current: shown,
  shown: announce,
});
stage.composed = placeForm;
const legend = /** @type {HTMLElement} */ (document.querySelector(".legend"));
store.watch(["picture"], ({ picture }) => showLegend(legend, picture));
store.watch(["picture", "question", "guess"], (state) => showHeadline(state));
store.watch(["reading"], ({ reading }) => (document.body.dataset.reading = reading));
store.watch(["pinned"], ({ pinned }) => {
  isPinnedAnew = pinned !== null;
  if (pinned) editing.telling.untell();
});
store.watch(["picture", "overtaken", "pinned"], ({ overtaken, pinned }) => {
  if (!overtaken) learnMoves(pinned);
});
let { layout } = data.picture;
store.watch(["picture"], ({ before, news, picture }, changed) => {
  const isOther = picture.layout !== layout;
  layout = picture.layout;
  if (isOther) byId("announcer").textContent = news || (picture.batch?.count ?? "");
  else if (!before || before.grids === picture.grids) return;
  const said = before ? switchedInWords(picture, before) : "";
  if (before && (changed.has("before") || changed.has("document"))) {
    if (said) store.set({ news: said });
    byId("announcer").textContent = `${said || news} ${picture.answer ?? ""}`.trim();
  }
  // Results that were computed for other numbers are marked as outdated.
  for (const id of ["check-result", "gradcheck-result", "script"]) {
    byId(id).classList.add("stale");
    byId(id).dataset.stale = words.stale;
  }
});

// A kernel's scene shows the products of one of its weights' gradients.
/** @param {State} state */
function learnKernel(state) {
  const { pair, phase } = shownStep(state);
  if (phase === "parameters" && pair?.kind === "convolution") learnMoves(subjectOf(state));
}
store.watch(["picture", "step", "view", "part", "pinned"], learnKernel);

/** Whether the reader has pinned a cell that is not announced yet. */
let isPinnedAnew = false;

/** Announces the inspector's view of another cell, and shows its line on a phone. */
function announce() {
  const card = /** @type {HTMLElement|null} */ (byId("inspector").querySelector(".card"));
  const line = card?.dataset.line ?? "";
  showLine(byId("sheet"), line);
  if (!isPinnedAnew) return;
  isPinnedAnew = false;
  byId("announcer").textContent = line;
}

/** @type {WeakMap<object, Set<string>>} the cells whose moves were asked for, of each picture's numbers */
const learnt = new WeakMap();

/**
 * Fetches the moves to a cell if the picture lacks them: a large network's picture has only some,
 * and no picture has those of all weights.
 * @param {Place|null} place
 */
async function learnMoves(place) {
  const { picture } = store.state;
  if (!place || canPlay(picture, place)) return;
  const name = `${place.key} ${place.at}`;
  const asked = learnt.get(picture.grids) ?? new Set();
  if (asked.has(name)) return;
  learnt.set(picture.grids, asked.add(name));
  try {
    const answer = await ask("/moves", shown(), { cell: cellOf(picture, place) });
    const moves = await answer.json();
    const now = store.state.picture;
    if (now.grids === picture.grids)
      store.set({ picture: { ...now, moves: { ...now.moves, ...moves } } });
  } catch {
    asked.delete(name);
    editing.complain(words.unreachable);
  }
}

/**
 * A sentence about the windows whose winner an edit has changed.
 * @param {State["picture"]} picture
 * @param {State["picture"]} before
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

/** Opens other channels; of several requests, only the newest counts. */
const open = newest(async (/** @type {Record<string, number>} */ chosen, isOvertaken) => {
  const { picture } = store.state;
  const question = { lesson: editing.lesson, open: { ...picture.open, ...chosen } };
  try {
    const [tables, numbers] = await busyWhile(
      root,
      Promise.all(
        ["/opened", "/picture"].map(async (address) =>
          (await ask(address, shown(), question)).json(),
        ),
      ),
    );
    if (numbers.errors) return editing.blame(numbers.errors);
    const now = store.state.picture;
    // An edit has been answered meanwhile: these numbers are older, or the channels of other layers.
    if (now.grids !== picture.grids) {
      if (now.layout === picture.layout && !isOvertaken()) open(chosen);
      return;
    }
    showChannels(root, tables, numbers.open);
    player.finish();
    store.set({ picture: retold(numbers, now), before: null });
    editing.telling.retell();
  } catch {
    editing.complain(words.unreachable);
  }
});
listenToChoosers(root, (layer, at) => open({ [layer]: at }));

/**
 * Shows a cell in the picture, whose channel may be another than the open one.
 * @param {{layer: number, index: number[], example?: number}} cell
 */
async function visit({ layer, index, example }) {
  if (example !== undefined && example !== editing.example) await editing.showExample(example);
  const find = () => stage.cells.at(placeAt(store.state.picture, String(layer), index.join(",")));
  if (!find()) await open({ [channelsOf(store.state.picture, layer)]: index[0] });
  const cell = find();
  if (!cell) return;
  pin(cell);
  root.scrollIntoView({ block: "nearest" });
  focusCell(cell);
}

const redraw = () => {
  store.set({ look: store.state.look + 1 });
  inspector.fit();
  inspector.draw();
};
for (const input of /** @type {NodeListOf<HTMLInputElement>} */ (
  document.querySelectorAll('input[name="reading"]')
))
  input.addEventListener("change", () => store.set({ reading: input.value }));

const examples = listenToExamples(store, (example) => editing.showExample(example), words);
listenForKeys({
  ",": examples.back,
  ".": examples.next,
  " ": () => player.toggle(),
  n: () => transport.forward(),
  b: () => button("back").click(),
  Home: () => player.go(0),
  End: () => player.go(player.last),
  Escape: () => {
    if (menu.open) closeMenu();
    else if (!drawer.hidden) button("edit-button").click();
    else if (building.hasFocus()) building.close();
    else store.set({ pinned: null, hovered: null });
  },
});
const building = listenToBuilding(new Builder(editing, words), editing, store, data, () => {
  address.page = { lesson: null, document: null };
  address.follow();
});
const menu = /** @type {HTMLDetailsElement} */ (byId("lessons"));
document.addEventListener("click", (event) => {
  if (menu.open && !menu.contains(/** @type {Node} */ (event.target))) menu.open = false;
});
function closeMenu() {
  if (menu.contains(document.activeElement)) menu.querySelector("summary")?.focus();
  menu.open = false;
}
const drawer = byId("drawer");
for (const id of ["edit-button", "drawer-close", "edit-option"])
  byId(id).addEventListener("click", () => {
    drawer.hidden = !drawer.hidden;
    button("edit-button").setAttribute("aria-expanded", String(!drawer.hidden));
    if (drawer.hidden) button("edit-button").focus();
    else byId("drawer-close").focus();
  });
listenToPopover(byId("options"), button("more"));
themeButton(button("theme"), words, redraw);
projectorButton(button("projector"), redraw);
toolsFor(transport, stage, store, { current, told: () => editing.telling.told() }, data);
learning(editing, store, current, visit, words);
const comparing = new Comparing(editing, store, current, () => drafts.all, words);
button("to-compare").addEventListener("click", () => {
  menu.open = false;
  comparing.open();
});

whenWaiting((trouble) =>
  say("waiting", trouble === null ? "" : trouble === "away" ? words.away : words.busy),
);

// --- at the start -------------------------------------------------------------------------------

inspector.follow(store.state);
transport.tell();
showHeadline(store.state);
placeForm();
learnMoves(store.state.pinned);
learnKernel(store.state);
const address = new Address(
  store,
  { lesson: data.shipped ? data.lesson : null, document: data.document },
  () => editing.history.current,
);
shareDialog(address, current, words);
snippetsDialog(words);
const arriving = new Arriving({ store, editing, transport, address, open }, data);
const drafts = new Drafts(inBrowser(), current, (network) => arriving.open(network), words);
openDialog(async (network) => {
  const wrong = await arriving.open(network);
  if (!wrong) drafts.leave();
  return wrong;
}, words);
// Back at another network, what the page shows is of no draft.
addEventListener("popstate", () => {
  if (!location.hash || linkIn(location.href) !== undefined) drafts.leave();
});
const draft = draftIn(location.hash);
if (draft)
  drafts.openDraft(draft).then((wrong) => {
    if (wrong) arriving.refuse(wrong);
  });
else
  arriving.start().then((isOpened) => {
    if (!isOpened && editing.restore()) store.set({ question: null });
  });

// Repeats a click that was made before this script had loaded; its element has the focus.
const early = document.activeElement;
if (early?.matches('[role="gridcell"], button') && !early.matches(":focus-visible"))
  /** @type {HTMLElement} */ (early).click();

const resized = new ResizeObserver(() => {
  if (stage.sizes !== stage.drawnIn) redraw();
});
for (const each of [root, stage.frame]) resized.observe(each);
afterPaint(() => document.body.classList.add("answering"));

// Its charts are needed once the question is answered.
let isComing = false;
function needPlotly() {
  if (isComing || store.state.question) return;
  isComing = true;
  plotlyInPeace(() => {
    inspector.draw();
    root.classList.add("plotted");
  });
}
needPlotly();
store.watch(["question"], needPlotly);
