// The network whose gradients are checked: a lesson's, edited or not, or somebody's own.

import { busyWhile, inWords, post } from "../shared/api.js";
import { written } from "../shared/figures.js";
import { byId, say } from "../shared/page.js";
import { fill } from "../shared/texts.js";
import { kept as editedOn } from "../state/keeping.js";

/** @import {Kept} from "./kept.js" */
/** @import {State} from "./page.js" */
/** @import {Store} from "../state/store.js" */

/** Where the tool is served. */
const base = document.documentElement.dataset.base ?? "";

export class Networks {
  /**
   * @param {Store<State>} store
   * @param {Record<string, string>} words
   */
  constructor(store, words) {
    this.store = store;
    this.words = words;
    this.chosen = /** @type {HTMLSelectElement} */ (byId("lesson"));
    /** Answers that come after another network was chosen are dropped. */
    this.turn = 0;
    this.chosen.addEventListener("change", () => this.choose(this.chosen.value));
    byId("own-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.paste(/** @type {HTMLTextAreaElement} */ (byId("own-text")).value);
    });
    byId("as-it-was").addEventListener("click", () => {
      const { original, slug } = store.state;
      this.take(slug, original, original, []);
    });
    store.watch(["slug", "document", "notes"], () => this.show());
  }

  /**
   * At the start: the network of this tab from before, or the lesson's as it was edited on its page.
   * @param {Partial<Kept>} before
   */
  async begin(before) {
    const { original, slug } = this.store.state;
    const asked = new URLSearchParams(location.search).get("lesson");
    const isOwn = before.slug === "own" && (asked === "own" || asked === null);
    if (before.document && (isOwn || before.slug === slug))
      await this.take(
        isOwn ? "own" : slug,
        before.document,
        isOwn ? null : original,
        before.notes ?? [],
      );
    else await this.takeEdited(slug, original);
    this.show();
  }

  /** @param {string} slug */
  async choose(slug) {
    const turn = ++this.turn;
    try {
      const answer = await busyWhile(byId("network"), fetch(`${base}/check/lesson/${slug}`));
      const lesson = await answer.json();
      if (turn !== this.turn) return;
      say("network-message", "");
      this.tell(slug, lesson.document, lesson.document, [], lesson);
      await this.takeEdited(slug, lesson.document);
    } catch {
      say("network-message", this.words.unreachable);
    }
  }

  /**
   * What was edited on the lesson's page comes along.
   * @param {string} slug
   * @param {any} original
   */
  async takeEdited(slug, original) {
    const edited = editedOn(slug, original);
    if (edited) await this.take(slug, edited, original, [this.words.edited_elsewhere]);
  }

  /** @param {string} text */
  async paste(text) {
    try {
      await this.take("own", JSON.parse(text), null, []);
    } catch {
      say("network-message", this.words.not_json);
    }
  }

  /**
   * @param {File[]} files
   * @param {number} [choice] of several architectures that the same weights allow
   */
  async open(files, choice = 0) {
    const turn = ++this.turn;
    const form = new FormData();
    for (const file of files) form.append("files", file);
    form.append("choice", String(choice));
    try {
      const opening = fetch(`${base}/check/open`, { method: "POST", body: form });
      const opened = await (await busyWhile(byId("network"), opening)).json();
      if (turn !== this.turn) return;
      if (opened.errors) return say("network-message", inWords(opened.errors));
      this.ask(files, opened);
      await this.take("own", opened.network, null, opened.notes);
    } catch {
      say("network-message", this.words.unreachable);
    }
  }

  /**
   * Weights alone may belong to several architectures.
   * @param {File[]} files
   * @param {{choices: string[], choice: number}} opened
   */
  ask(files, { choices, choice }) {
    const place = byId("architectures");
    place.hidden = choices.length < 2;
    place.querySelector(".choices")?.replaceChildren(
      ...choices.map((name, i) => {
        const button = document.createElement("button");
        button.type = "button";
        button.append(name);
        button.setAttribute("aria-pressed", String(i === choice));
        button.addEventListener("click", () => this.open(files, i));
        return button;
      }),
    );
  }

  /**
   * One number of the network becomes another one.
   * @param {{path: (string|number)[], value: number}} edit
   */
  async change({ path, value }) {
    const { document: network, notes, original, slug } = this.store.state;
    const changed = structuredClone(network);
    const last = path[path.length - 1];
    let part = changed;
    for (const step of path.slice(0, -1)) part = part[step];
    const was = part[last];
    part[last] = value;
    const name = path.join(".");
    const note = fill(this.words.check_changed, { name, was: written(was), now: written(value) });
    await this.take(slug, changed, original, [...notes, note]);
    byId("network").scrollIntoView({ block: "nearest" });
    byId("text").focus({ preventScroll: true });
  }

  /**
   * Takes another network, if it is one.
   * @param {string} slug
   * @param {any} network
   * @param {any} original as the lesson has it; null: it is nobody's
   * @param {string[]} notes
   */
  async take(slug, network, original, notes) {
    const turn = ++this.turn;
    try {
      const answer = await busyWhile(byId("network"), post("/check/network", { network }));
      const told = await answer.json();
      if (turn !== this.turn) return;
      say("network-message", told.errors ? inWords(told.errors) : "");
      if (!told.errors) this.tell(slug, network, original ?? network, notes, told);
      if (!told.errors && slug === "own") this.store.set({ original: null });
    } catch {
      say("network-message", this.words.unreachable);
    }
  }

  /**
   * @param {string} slug
   * @param {any} network
   * @param {any} original
   * @param {string[]} notes
   * @param {{id: string, network: string, arrays: string}} told
   */
  tell(slug, network, original, notes, told) {
    byId("network-told").innerHTML = told.network;
    const of = /** @type {HTMLSelectElement} */ (byId("of"));
    const before = of.value;
    of.innerHTML = told.arrays;
    if ([...of.options].some(({ value }) => value === before)) of.value = before;
    this.store.set({
      slug,
      document: network,
      original,
      notes,
      id: told.id,
      of: of.value,
      said: {},
    });
    history.replaceState(null, "", `${location.pathname}?lesson=${slug}`);
  }

  show() {
    const { document: network, notes, original, slug } = this.store.state;
    /** @type {HTMLOptionElement} */ (this.chosen.options[0]).hidden = slug !== "own";
    this.chosen.value = slug;
    const list = byId("network-notes");
    list.hidden = !notes.length;
    list.replaceChildren(
      ...notes.map((note) => {
        const item = document.createElement("li");
        item.append(note);
        return item;
      }),
    );
    byId("as-it-was").hidden = !original || network === original;
    if (slug !== "own") byId("architectures").hidden = true;
  }
}
