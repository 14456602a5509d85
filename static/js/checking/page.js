// The page that checks a backward pass: a network, what somebody takes for its gradients, the answer.

import { askForPart, busyWhile } from "../shared/api.js";
import { byId, say } from "../shared/page.js";
import { whenWaiting } from "../shared/reach.js";
import { fill } from "../shared/texts.js";
import { themeButton } from "../shared/theme.js";
import { Store } from "../state/store.js";
import { encoded, isNetwork, listenToDrops, listenToField } from "./files.js";
import { keep, kept } from "./kept.js";
import { Networks } from "./networks.js";
import { Twice } from "./twice.js";

/** @import {Dropped} from "./kept.js" */
/**
 * @typedef {object} State
 * @property {string} slug of the lesson; "own": somebody's own network
 * @property {any} document its network, as it is to be checked
 * @property {any} original as the lesson has it
 * @property {string|undefined} id of its trace
 * @property {string[]} notes what is said of the network
 * @property {string} text
 * @property {string} of which gradient the text is; empty: to be found out
 * @property {Dropped[]} files
 * @property {object} said what was answered to the page's questions
 */

const data = JSON.parse(byId("data").textContent ?? "");
const { words } = data;
const text = /** @type {HTMLTextAreaElement} */ (byId("text"));
const of = /** @type {HTMLSelectElement} */ (byId("of"));
const form = /** @type {HTMLFormElement} */ (byId("check"));
const result = byId("result");
const before = kept();

/** @type {State} */
const opening = {
  slug: data.slug,
  document: data.document,
  original: data.document,
  id: data.id,
  notes: [],
  text: before.text ?? "",
  of: "",
  files: before.files ?? [],
  said: {},
};
const store = new Store(opening);
/** @type {Twice|null} the step of the last answer */
let twice = null;
const networks = new Networks(store, words);

// --- what is kept -------------------------------------------------------------------------------

store.watch(["slug", "document", "notes", "text", "of", "files"], () => {
  keep(() => {
    const { slug, document: network, original, notes, text: typed, of: place, files } = store.state;
    const own = network === original ? {} : { document: network, notes };
    return { slug, ...own, text: typed, of: place, files };
  });
});

// --- the gradients ------------------------------------------------------------------------------

text.value = opening.text;
text.addEventListener("input", () => store.set({ text: text.value, said: {} }));
of.addEventListener("change", () => store.set({ of: of.value }));
byId("clear").addEventListener("click", () => {
  text.value = "";
  store.set({ text: "", files: [], said: {} });
  say("message", "");
  text.focus();
});
listenToField(/** @type {HTMLInputElement} */ (byId("file")), addFiles);
listenToField(/** @type {HTMLInputElement} */ (byId("own-file")), (files) => networks.open(files));
listenToDrops((files, place) => {
  const network = place?.closest("#network") ? files : files.filter(isNetwork);
  if (network.length) networks.open(network);
  const others = files.filter((file) => !network.includes(file));
  if (others.length) addFiles(others);
});

/** @param {File[]} files */
async function addFiles(files) {
  try {
    const added = await Promise.all(files.map(encoded));
    const names = new Set(added.map(({ name }) => name));
    const left = store.state.files.filter(({ name }) => !names.has(name));
    store.set({ files: [...left, ...added], said: {} });
  } catch {
    say("message", words.unreadable_file);
  }
}

store.watch(["files"], showFiles);
function showFiles() {
  const { files } = store.state;
  const list = byId("files");
  list.hidden = !files.length;
  list.replaceChildren(
    ...files.map((file) => {
      const item = document.createElement("li");
      const remove = document.createElement("button");
      remove.type = "button";
      remove.textContent = "✕";
      remove.setAttribute("aria-label", fill(words.remove_file, { name: file.name }));
      remove.addEventListener("click", () => {
        store.set({ files: store.state.files.filter((each) => each !== file) });
        text.focus();
      });
      item.append(file.name, " ", remove);
      return item;
    }),
  );
}
showFiles();

// --- the answer ---------------------------------------------------------------------------------

form.addEventListener("submit", (event) => {
  event.preventDefault();
  check();
});

async function check() {
  const { files, id, document: network, of: place, said, text: typed } = store.state;
  const question = {
    text: typed,
    files,
    ...said,
    ...(place && !files.length ? { of: JSON.parse(place) } : {}),
  };
  const size = JSON.stringify(question).length + JSON.stringify(network).length;
  if (size > data.most) return say("message", words.too_much_to_check);
  try {
    const asked = askForPart("/check/report", { id, network }, question);
    const { html, problems } = await busyWhile(result, asked);
    say("message", problems);
    if (problems) return;
    twice?.stop();
    result.innerHTML = html;
    const place = /** @type {HTMLElement|null} */ (result.querySelector(".twice"));
    twice = place && new Twice(place, words);
    result.classList.remove("stale");
    const first = /** @type {HTMLElement|null} */ (result.querySelector(".asked button, .verdict"));
    first?.focus({ preventScroll: true });
    if (first && first.getBoundingClientRect().top > innerHeight * 0.8)
      byId("result-panel").scrollIntoView();
  } catch {
    say("message", words.unreachable);
  }
}

store.watch(["document", "text", "files", "of"], (_, changed) => {
  if (!result.querySelector(".verdict")) return;
  result.classList.add("stale");
  result.dataset.stale = changed.has("document") ? words.stale_check : words.stale_given;
});

result.addEventListener("click", (event) => {
  const button = /** @type {Element} */ (event.target).closest("button");
  if (!button) return;
  const { choice, edit } = button.dataset;
  if (choice) answerWith(JSON.parse(choice));
  if (edit) networks.change(JSON.parse(edit));
});

/**
 * Asks again with what the reader has chosen.
 * @param {{name: string, reading?: string, place?: object}} choice
 */
function answerWith({ name, reading, place }) {
  const said = /** @type {{places?: object}} */ (store.state.said);
  const places = place ? { places: { ...said.places, [name]: place } } : {};
  store.set({ said: { ...said, ...(reading ? { reading } : {}), ...places } });
  check();
}

// A link to an array that is folded up opens it.
result.addEventListener("click", (event) => {
  const link = /** @type {Element} */ (event.target).closest('a[href^="#judged-"]');
  const goal = link && document.querySelector(link.getAttribute("href") ?? "");
  if (goal instanceof HTMLDetailsElement) goal.open = true;
});

// --- the bar ------------------------------------------------------------------------------------

const menu = /** @type {HTMLDetailsElement} */ (byId("lessons"));
document.addEventListener("click", (event) => {
  if (menu.open && !menu.contains(/** @type {Node} */ (event.target))) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !menu.open) return;
  menu.open = false;
  menu.querySelector("summary")?.focus();
});
whenWaiting((trouble) =>
  say("waiting", trouble === null ? "" : trouble === "away" ? words.away : words.busy),
);
themeButton(byId("theme"), words, () => twice?.recolour());

networks.begin(before).then(() => {
  if (before.of && [...of.options].some(({ value }) => value === before.of)) {
    of.value = before.of;
    store.set({ of: before.of });
  }
  document.body.classList.add("answering");
});
