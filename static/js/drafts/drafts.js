// The dialog of drafts: named networks that stay in this browser until they are deleted.

import { save } from "../exporting/files.js";
import { base } from "../shared/api.js";
import { element } from "../shared/elements.js";
import { button, byId, say } from "../shared/page.js";
import { fill } from "../shared/texts.js";
import { forget, leave, left } from "../state/leaving.js";
import { dateOf, drawn } from "./sketch.js";
import { Changed, LONGEST, MOST, NoRoom } from "./stored.js";

/**
 * @import {Draft, Sketch, Stored} from "./stored.js"
 *
 * @typedef {() => {id?: string, network: any}} Current the network that the page shows
 */

/** Milliseconds that a draft waits for its drawing. */
const PATIENCE = 3000;
/** Where this tab keeps which draft the page shows, for a reload. */
const SHOWN = "draft";

export class Drafts {
  /**
   * @param {Stored} stored
   * @param {Current} current
   * @param {(network: unknown) => Promise<string>} show tells what is wrong with a network; "": nothing
   * @param {Record<string, any>} words
   */
  constructor(stored, current, show, words) {
    this.stored = stored;
    this.current = current;
    this.show = show;
    this.words = words;
    this.dialog = /** @type {HTMLDialogElement} */ (byId("drafts"));
    this.name = /** @type {HTMLInputElement} */ (byId("draft-name"));
    /** @type {Pick<Draft, "id"|"revision"|"name">|null} the draft that the page shows, as it was read */
    this.opened = left(SHOWN) ?? null;
    /** @type {{id: string, name: string, text: string}|null} the last one that was deleted */
    this.removed = null;
    byId("drafts-hint").textContent = fill(words.drafts_hint, { most: MOST });
    this.name.maxLength = LONGEST;
    this.#listen();
  }

  /** All drafts that can be read, for other parts of the page. */
  get all() {
    return this.stored.all().drafts;
  }

  /** Opens the dialog. */
  open() {
    this.removed = null;
    this.#ask(null);
    say("draft-message", "");
    this.name.value = this.opened?.name ?? this.current().network.title ?? "";
    this.#list();
    this.dialog.showModal();
    this.name.focus();
    this.name.select();
  }

  /**
   * Shows the network of a draft.
   * @param {string} id
   * @returns {Promise<string>} why it is not shown, in words; "": it is
   */
  async openDraft(id) {
    const draft = this.stored.find(id);
    if (!draft) return this.words.draft_gone;
    const wrong = await this.show(draft.network).catch(() => this.words.unreachable);
    if (!wrong) this.opened = draft;
    return wrong;
  }

  /** The page shows another network, which is of no draft. */
  leave() {
    this.opened = null;
  }

  #keepShown() {
    if (!this.opened) return forget(SHOWN);
    const { id, name, revision } = this.opened;
    leave(SHOWN, { id, name, revision });
  }

  #listen() {
    byId("to-drafts").addEventListener("click", () => {
      /** @type {HTMLDetailsElement} */ (byId("lessons")).open = false;
      this.open();
    });
    byId("draft-save").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#store((draft) => this.stored.add(draft));
    });
    button("draft-update").addEventListener("click", () => {
      const { opened } = this;
      if (opened) this.#store((draft) => this.stored.change(opened.id, opened.revision, draft));
    });
    button("draft-replace").addEventListener("click", () => {
      const { opened } = this;
      if (opened) this.#store((draft) => this.stored.change(opened.id, null, draft));
    });
    button("draft-both").addEventListener("click", () =>
      this.#store((draft) => this.stored.add(draft)),
    );
    button("draft-undo").addEventListener("click", () => this.#bringBack());
    button("draft-unread-save").addEventListener("click", () => {
      const { unread } = this.stored.all();
      const file = new Blob([JSON.stringify(unread, null, 1)], { type: "application/json" });
      save(file, "gradient-routing-drafts.json");
    });
    byId("draft-list").addEventListener("click", ({ target }) => {
      const pressed = /** @type {Element} */ (target).closest("button");
      const item = pressed?.closest("li");
      if (pressed && item) this.#act(pressed.dataset.does ?? "", item.dataset.key ?? "", item);
    });
    addEventListener("pagehide", () => this.#keepShown());
    addEventListener("storage", () => {
      if (this.dialog.open && !byId("draft-list").querySelector("input")) this.#list();
    });
  }

  /**
   * Stores what the page shows.
   * @param {(draft: {name: string, network: any, sketch: Sketch|null}) => Draft} write
   */
  async #store(write) {
    const source = this.current();
    const { network } = source;
    const name = this.name.value.trim() || network.title || this.words.own_network;
    const sketch = await sketchOf(source);
    try {
      this.opened = write({ name, network, sketch });
      this.name.value = this.opened.name;
      this.#ask(null);
      say("draft-message", "");
      byId("draft-said").textContent = fill(this.words.draft_saved, { name: this.opened.name });
    } catch (error) {
      if (error instanceof Changed) this.#ask(error.draft);
      else this.#refuse(error);
    }
    this.#list();
  }

  /** @param {unknown} error */
  #refuse(error) {
    if (!(error instanceof NoRoom)) throw error;
    byId("draft-said").textContent = "";
    say("draft-message", fill(this.words[`drafts_${error.code}`], { most: MOST }));
  }

  /**
   * Another tab has changed the draft: whether to replace what it has stored.
   * @param {Draft|null} draft null: there is nothing to ask
   */
  #ask(draft) {
    byId("draft-changed").hidden = !draft;
    byId("draft-said").textContent = "";
    if (!draft) return;
    byId("draft-changed-said").textContent = fill(this.words.draft_changed, {
      name: draft.name,
      date: dateOf(draft.saved),
    });
    button("draft-both").focus();
  }

  /**
   * @param {string} does
   * @param {string} id
   * @param {HTMLElement} item
   */
  async #act(does, id, item) {
    const draft = this.stored.find(id);
    if (!draft) return this.#list();
    try {
      if (does === "open") {
        const wrong = await this.openDraft(id);
        say("draft-message", wrong);
        if (!wrong) this.dialog.close();
      } else if (does === "rename") this.#rename(draft, item);
      else if (does === "duplicate") {
        const name = fill(this.words.draft_copy, { name: draft.name });
        const copy = this.stored.add({ ...draft, name });
        this.#list();
        focusIn(copy.id, "rename");
      } else if (does === "delete") {
        this.removed = { id, name: draft.name, text: this.stored.remove(id) };
        this.#list();
        button("draft-undo").focus();
      }
    } catch (error) {
      this.#refuse(error);
    }
  }

  #bringBack() {
    if (!this.removed) return;
    const { id, text } = this.removed;
    try {
      this.stored.restore(id, text);
      this.removed = null;
      this.#list();
      focusIn(id, "delete");
    } catch (error) {
      this.#refuse(error);
    }
  }

  /**
   * The name becomes a field: Enter takes it, Escape leaves it.
   * @param {Draft} draft
   * @param {HTMLElement} item
   */
  #rename({ id, name }, item) {
    const attributes = { value: name, maxlength: LONGEST, "aria-label": this.words.draft_name };
    const field = /** @type {HTMLInputElement} */ (
      element("input", { type: "text", ...attributes })
    );
    item.querySelector("strong")?.replaceWith(field);
    field.focus();
    field.select();
    let isDone = false;
    const end = (/** @type {boolean} */ takes) => {
      if (isDone) return;
      isDone = true;
      const typed = field.value.trim();
      let shown = name;
      try {
        if (takes && typed && typed !== name) {
          const changed = this.stored.change(id, null, { name: typed });
          if (this.opened?.id === id) this.opened = changed;
          shown = changed.name;
        }
      } catch (error) {
        this.#refuse(error);
      }
      // In place: the field may lose the focus to a button that is being clicked.
      field.replaceWith(element("strong", {}, shown));
      for (const each of /** @type {NodeListOf<HTMLElement>} */ (
        item.querySelectorAll("[data-does]")
      ))
        each.setAttribute("aria-label", this.#label(each.dataset.does ?? "", shown));
    };
    field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== "Escape") return;
      event.preventDefault();
      event.stopPropagation();
      end(event.key === "Enter");
      focusIn(id, "rename");
    });
    field.addEventListener("blur", () => end(true));
  }

  /**
   * @param {string} does
   * @param {string} name
   */
  #label(does, name) {
    return fill(this.words[`draft_${does}_named`], { name });
  }

  #list() {
    const { drafts, unread } = this.stored.all();
    const { opened, removed, words } = this;
    const isThere = drafts.some(({ id }) => id === opened?.id);
    button("draft-update").hidden = !opened;
    button("draft-update").textContent = fill(words.draft_update, { name: opened?.name ?? "" });
    byId("draft-none").hidden = drafts.length > 0;
    byId("draft-removed").hidden = !removed;
    byId("draft-removed-said").textContent = removed
      ? fill(words.draft_removed, { name: removed.name })
      : "";
    byId("draft-unread").hidden = !unread.length;
    byId("draft-unread-said").textContent = unread.length
      ? fill(words.drafts_unread, { n: unread.length })
      : "";
    byId("draft-list").replaceChildren(
      ...drafts.map((draft) => this.#item(draft, isThere && draft.id === opened?.id)),
    );
  }

  /**
   * @param {Draft} draft
   * @param {boolean} isShown
   */
  #item({ id, name, saved, sketch }, isShown) {
    const { words } = this;
    const does = ["open", "rename", "duplicate", "delete"].map((what) =>
      element(
        "button",
        {
          type: "button",
          "data-does": what,
          "aria-label": this.#label(what, name),
        },
        words[`draft_${what}`],
      ),
    );
    return element(
      "li",
      { "data-key": id, "aria-current": isShown && "true" },
      drawn(sketch),
      element(
        "div",
        {},
        element("strong", {}, name),
        element("time", { datetime: saved }, dateOf(saved)),
        element("div", { class: "choices" }, ...does),
      ),
    );
  }
}

/**
 * @param {string} id
 * @param {string} does
 */
function focusIn(id, does) {
  /** @type {HTMLElement|null} */ (
    byId("draft-list").querySelector(`[data-key="${id}"] [data-does="${does}"]`)
  )?.focus();
}

/**
 * The small drawing of a network; null where the server does not answer: it is stored all the same.
 * @param {{network: unknown}} source
 * @returns {Promise<Sketch|null>}
 */
async function sketchOf({ network }) {
  try {
    const answer = await fetch(`${base}/sketch`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Requested-With": "fetch" },
      body: JSON.stringify({ network }),
      signal: AbortSignal.timeout(PATIENCE),
    });
    const sketch = await answer.json();
    return sketch.boxes ? sketch : null;
  } catch {
    return null;
  }
}
