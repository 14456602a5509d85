// The builder: a panel beside the stage in which the layers of a network are changed.

import { inWords, post } from "../shared/api.js";
import { become } from "../shared/elements.js";
import { byId } from "../shared/page.js";
import { fill } from "../shared/texts.js";
import { Arrays } from "./arrays.js";
import { Dragging } from "./dragging.js";
import { Drawing } from "./drawing.js";
import { Examples } from "./examples.js";
import { padOf } from "./pad.js";
import { Picture } from "./picture.js";
import { nameAt } from "./places.js";
import { panelOf } from "./rows.js";
import { Structure } from "./structure.js";
import { Values } from "./values.js";

/**
 * @import {Editing} from "../editing/editing.js"
 * @import {View} from "./rows.js"
 * @import {Edit, Schema, Status} from "./schema.js"
 */

/** Seeds are drawn below it. */
const SEEDS = 10_000;
/** The edits after which every other number has the same place. */
const IN_PLACE = ["set", "fill", "resize", "refit"];

export class Builder {
  /**
   * @param {Editing} editing
   * @param {Record<string, string>} words of the page
   */
  constructor(editing, words) {
    this.editing = editing;
    this.words = words;
    this.panel = byId("builder");
    /** @type {Schema|null} it comes once the panel is opened */
    this.schema = null;
    /** @type {Status|null} */
    this.status = null;
    /** @type {Omit<View, "schema"|"status"|"pads"|"words"|"example">} */
    this.view = {
      open: null,
      rule: "whole",
      seed: 0,
      kind: "",
      note: null,
      typed: new Map(),
      drag: null,
      message: "",
    };
    /** Edits are made one after the other, each of what the one before has made. */
    this.last = Promise.resolve();
    /** @type {string} the place one goes on typing at: its edits are one entry of the history */
    this.typing = "";
    this.isOwn = false;
    this.structure = new Structure(this);
    this.dragging = new Dragging(this);
    this.values = new Values(this);
    this.examples = new Examples(this);
    this.arrays = new Arrays(this);
    this.drawing = new Drawing(this);
    this.picture = new Picture(this);
    editing.followed = (document, isNumbers) => this.#follow(document, isNumbers);
    this.#listen();
  }

  get isOpen() {
    return !this.panel.hidden;
  }

  /** Opens the panel. */
  async open() {
    this.panel.hidden = false;
    document.body.classList.add("building");
    try {
      this.schema ??= /** @type {Schema} */ (await get("/builder"));
    } catch {
      return this.complain(this.words.unreachable);
    }
    await this.#refresh();
  }

  /** Puts the focus on the first row. */
  focus() {
    /** @type {HTMLElement|null} */ (this.panel.querySelector("[data-row]"))?.focus();
  }

  close() {
    this.panel.hidden = true;
    document.body.classList.remove("building");
  }

  // --- the server -------------------------------------------------------------------------------

  /**
   * Asks for the shapes of a document, or for what an edit makes of it.
   * @param {{network: unknown, edit?: Edit, fill?: object}} asked
   * @returns {Promise<Status|null>} null: it was refused, and the panel says why
   */
  async #ask(asked) {
    try {
      const answer = await (await post("/build", asked)).json();
      if (answer.errors) {
        this.complain(inWords(answer.errors));
        return null;
      }
      this.status = answer;
      this.view.message = "";
      this.draw();
      return answer;
    } catch {
      this.complain(this.words.unreachable);
      return null;
    }
  }

  /** Asks for the shapes of the newest document, once the edits before it are made. */
  #refresh() {
    this.last = this.last.then(async () => {
      await this.#ask({ network: this.editing.history.current });
    });
    return this.last;
  }

  /**
   * Makes an edit once those before it are made.
   * @param {Edit} edit
   * @param {{said: string, typing?: string, example?: number, then?: () => void}} about
   *   ``said``: what it does, in words; ``typing``: the place one goes on typing at; ``example``:
   *   of a batch, which one is shown then; ``then``: once it is shown
   */
  edit(edit, { said, typing = "", example, then }) {
    this.last = this.last.then(async () => {
      const { rule, seed } = this.view;
      const { editing } = this;
      /** @type {unknown} */
      let network;
      /** @type {Status|null} */
      let status;
      do {
        network = editing.history.current;
        status = await this.#ask({ network, edit, fill: { rule, seed } });
        if (!status) return;
        // A number that was changed in the picture meanwhile is not lost.
      } while (editing.history.current !== network);
      const merge = typing !== "" && typing === this.typing;
      this.typing = typing;
      this.isOwn = true;
      this.#outdate(edit);
      if (example !== undefined) {
        this.editing.example = example;
        this.draw();
      }
      this.editing.build(status.network, { change: { said }, merge, fits: status.fits });
      this.isOwn = false;
      then?.();
    });
    return this.last;
  }

  /**
   * Remembers what is typed at a place until it is taken.
   * @param {string} at
   * @param {string[]|null} texts
   * @param {string} [wrong] why it cannot be taken
   */
  type(at, texts, wrong = "") {
    this.view.typed.set(at, { texts, wrong });
  }

  /**
   * Forgets what was typed where an edit has put other numbers, or other layers.
   * @param {Edit} edit
   */
  #outdate(edit) {
    if (!IN_PLACE.includes(edit.do)) this.#forget();
    else if (edit.do !== "set") this.view.typed.delete(JSON.stringify(edit.path));
  }

  /** Forgets what was typed: its places may be others'. */
  #forget() {
    this.view.note = null;
    this.view.typed.clear();
  }

  /**
   * What was changed elsewhere: a number in the picture, undo and redo.
   * @param {unknown} document
   * @param {boolean} isNumbers
   */
  #follow(document, isNumbers) {
    if (this.isOwn) return;
    this.typing = "";
    this.dragging.cancel();
    if (!isNumbers) this.#forget();
    if (!this.isOpen || !this.schema) return;
    if (isNumbers && this.status) {
      this.status = { ...this.status, network: document };
      this.draw();
    } else this.#refresh();
  }

  // --- the panel --------------------------------------------------------------------------------

  draw() {
    const { schema, status } = this;
    if (!schema || !status) return;
    const { open } = this.view;
    const { input, shown: example } = this.examples;
    if (typeof open === "number" && open >= status.network.layers.length) this.view.open = null;
    const pad = open === "input" ? padOf(input, this.drawing.pen, schema) : null;
    const pads = [...(pad ? [pad] : []), ...(open === "input" ? [this.picture.shown()] : [])];
    const { words } = this;
    become(byId("layers"), panelOf({ ...this.view, words, example, schema, status, pads }));
    if (open === "input") this.picture.paint();
  }

  /** @param {string} message */
  complain(message) {
    this.view.message = message;
    if (this.schema && this.status) this.draw();
    else byId("layers").textContent = message;
  }

  #listen() {
    const { panel } = this;
    panel.addEventListener("click", (event) => {
      const target = /** @type {HTMLElement} */ (event.target).closest("button");
      if (target && target.getAttribute("aria-disabled") !== "true") this.#press(target);
    });
    panel.addEventListener("change", (event) => {
      const target = /** @type {HTMLInputElement} */ (event.target);
      if (target.matches("textarea")) return this.arrays.reader.now();
      this.values.chosen(target);
      this.typing = "";
    });
    panel.addEventListener("input", (event) => {
      const target = /** @type {HTMLInputElement} */ (event.target);
      if (target.matches("textarea"))
        this.arrays.typed(
          target,
          /** @type {InputEvent} */ (event).inputType === "insertFromPaste",
        );
      else if (target.matches("[data-at]:not(select, [type=checkbox])")) this.values.typed(target);
      else if (target.matches("[data-size]")) this.values.resized(target);
      else if (target.dataset.pad) this.drawing.penned(target);
      else if (target.dataset.picture) this.picture.changed(target);
    });
    panel.addEventListener("paste", (event) => this.arrays.pasting(event));
    // What was typed and taken, as it is written.
    panel.addEventListener("focusout", () => setTimeout(() => this.draw()));
    panel.addEventListener("keydown", (event) => {
      if (/** @type {HTMLElement} */ (event.target).dataset.dot) this.drawing.keyOnPad(event);
      else this.structure.key(event);
    });
    // Who comes to a field by Tab types over what it holds.
    panel.addEventListener("keyup", ({ key, target }) => {
      const field = /** @type {HTMLInputElement} */ (target);
      if (key === "Tab" && field.matches("textarea, input[type=text]")) field.select();
    });
  }

  /** @param {HTMLButtonElement} target */
  #press(target) {
    const { edit, fill: at, layerDo, row, take } = target.dataset;
    const { view } = this;
    if (row !== undefined) {
      const which = JSON.parse(row);
      Object.assign(view, { open: view.open === which ? null : which, note: null });
      return this.draw();
    }
    if (layerDo && typeof view.open === "number") return this.structure.arrange(layerDo, view.open);
    if (edit) return this.#make(JSON.parse(edit), target.dataset.label ?? target.textContent ?? "");
    if (take) return this.arrays.take(JSON.parse(take));
    if (target.dataset.leave) return this.arrays.leave();
    if (target.dataset.reading) return this.arrays.swap(Number(target.dataset.reading));
    if (Object.keys(target.dataset).some((name) => name.startsWith("example")))
      return this.examples.press(target);
    if (target.dataset.digit) return this.drawing.digit(Number(target.dataset.digit));
    if (target.dataset.pictureDo) return this.picture.press(target.dataset.pictureDo);
    if (at) return this.arrays.fillWith(target, JSON.parse(at));
    if (target.id === "build-add") return this.structure.add();
    if (target.id === "build-roll") {
      view.seed = crypto.getRandomValues(new Uint32Array(1))[0] % SEEDS;
      this.draw();
    }
  }

  /**
   * A cure, or an array filled anew.
   * @param {Edit} edit
   * @param {string} label
   */
  #make(edit, label) {
    const schema = /** @type {Schema} */ (this.schema);
    const { words: texts } = schema;
    const { network } = /** @type {Status} */ (this.status);
    const layer = edit.path ? nameAt(schema, network, edit.path) : "";
    const said = edit.do === "fill" ? fill(texts.said.fill, { layer, field: label }) : label;
    this.edit(edit, { said });
  }
}

/** @param {string} address */
async function get(address) {
  const answer = await fetch((document.documentElement.dataset.base ?? "") + address);
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}
