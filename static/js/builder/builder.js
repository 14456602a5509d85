// The builder: a panel beside the stage in which the layers of a network are changed.

import { inWords, post } from "../shared/api.js";
import { become } from "../shared/elements.js";
import { parse } from "../shared/figures.js";
import { sizeInWords } from "../shared/numbers.js";
import { byId } from "../shared/page.js";
import { fill } from "../shared/texts.js";
import { Arrays } from "./arrays.js";
import { Drawing } from "./drawing.js";
import { padOf } from "./pad.js";
import { Picture } from "./picture.js";
import { nameOf, panelOf } from "./rows.js";
import { formOf } from "./schema.js";

/**
 * @import {Editing} from "../editing/editing.js"
 * @import {Row, View} from "./rows.js"
 * @import {Edit, Schema, Status} from "./schema.js"
 */

/** Seeds are drawn below it. */
const SEEDS = 10_000;

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
    /** @type {Omit<View, "schema"|"status"|"pads">} */
    this.view = {
      open: null,
      rule: "whole",
      seed: 0,
      kind: "",
      note: null,
      typed: null,
      wrong: null,
      message: "",
    };
    /** Edits are made one after the other, each of what the one before has made. */
    this.last = Promise.resolve();
    /** @type {string} the place one goes on typing at: its edits are one entry of the history */
    this.typing = "";
    this.isOwn = false;
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
    await this.#ask({ network: this.editing.history.current });
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

  /**
   * Makes an edit once those before it are made.
   * @param {Edit} edit
   * @param {{said: string, typing?: string, then?: () => void}} about ``said``: what it does, in
   *   words; ``typing``: the place one goes on typing at; ``then``: once it is shown
   */
  edit(edit, { said, typing = "", then }) {
    this.last = this.last.then(async () => {
      const { rule, seed } = this.view;
      const network = this.editing.history.current;
      const status = await this.#ask({ network, edit, fill: { rule, seed } });
      if (!status) return;
      const merge = typing !== "" && typing === this.typing;
      this.typing = typing;
      this.isOwn = true;
      this.editing.build(status.network, { change: { said }, merge, fits: status.fits });
      this.isOwn = false;
      then?.();
    });
    return this.last;
  }

  /**
   * What was changed elsewhere: a number in the picture, undo and redo.
   * @param {unknown} document
   * @param {boolean} isNumbers
   */
  #follow(document, isNumbers) {
    if (this.isOwn) return;
    this.typing = "";
    if (!isNumbers) Object.assign(this.view, { note: null, typed: null, wrong: null });
    if (!this.isOpen || !this.schema) return;
    if (isNumbers && this.status) {
      this.status = { ...this.status, network: document };
      this.draw();
    } else this.last = this.last.then(() => this.#ask({ network: document })).then(() => {});
  }

  // --- the panel --------------------------------------------------------------------------------

  draw() {
    const { schema, status } = this;
    if (!schema || !status) return;
    const { open } = this.view;
    if (typeof open === "number" && open >= status.network.layers.length) this.view.open = null;
    const pad = open === "input" ? padOf(status.network.input, this.drawing.pen, schema) : null;
    const pads = [...(pad ? [pad] : []), ...(open === "input" ? [this.picture.shown()] : [])];
    become(byId("layers"), panelOf({ ...this.view, schema, status, pads }));
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
      this.#chosen(target);
      this.typing = "";
    });
    panel.addEventListener("input", (event) => {
      const target = /** @type {HTMLInputElement} */ (event.target);
      if (target.matches("textarea")) this.arrays.typed(target);
      else if (target.matches("[data-at]:not(select, [type=checkbox])")) this.#typed(target);
      else if (target.matches("[data-size]")) this.#resized(target);
      else if (target.dataset.pad) this.drawing.penned(target);
      else if (target.dataset.picture) this.picture.changed(target);
    });
    // What was typed and taken, as it is written.
    panel.addEventListener("focusout", () => setTimeout(() => this.draw()));
    panel.addEventListener("keydown", (event) => this.#key(event));
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
      Object.assign(view, { open: view.open === which ? null : which, note: null, wrong: null });
      return this.draw();
    }
    if (layerDo && typeof view.open === "number") return this.#arrange(layerDo, view.open);
    if (edit) return this.#make(JSON.parse(edit), target.dataset.label ?? target.textContent ?? "");
    if (take) return this.arrays.take(JSON.parse(take));
    if (target.dataset.digit) return this.drawing.digit(Number(target.dataset.digit));
    if (target.dataset.pictureDo) return this.picture.press(target.dataset.pictureDo);
    if (at) return this.arrays.fillWith(target, JSON.parse(at));
    if (target.id === "build-add") return this.#add();
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
    const { words: texts } = /** @type {Schema} */ (this.schema);
    const layer = edit.path ? this.nameAt(edit.path) : "";
    const said = edit.do === "fill" ? fill(texts.said.fill, { layer, field: label }) : label;
    this.edit(edit, { said });
  }

  /**
   * Moves, duplicates or removes a layer; the focus goes with it.
   * @param {string} does
   * @param {number} at
   */
  #arrange(does, at) {
    const { layers } = /** @type {Status} */ (this.status).network;
    const { words: texts } = /** @type {Schema} */ (this.schema);
    const layer = nameOf(/** @type {Schema} */ (this.schema), layers[at]);
    const to = { up: at - 1, down: at + 1, duplicate: at + 1, remove: at }[does] ?? at;
    const isMove = does === "up" || does === "down";
    if (isMove && (to < 0 || to >= layers.length)) return;
    if (does === "remove" && layers.length === 1) return;
    const edit = isMove ? { do: "move", at, to } : { do: does, at };
    const then = () => {
      const { length } = /** @type {Status} */ (this.status).network.layers;
      if (this.view.open !== null) this.view.open = does === "remove" ? null : to;
      this.draw();
      this.#focusRow(Math.min(to, length - 1));
    };
    this.edit(edit, { said: fill(texts.said[edit.do], { layer }), then });
  }

  #add() {
    const { open } = this.view;
    const schema = /** @type {Schema} */ (this.schema);
    const { length } = /** @type {Status} */ (this.status).network.layers;
    const at = typeof open === "number" ? open + 1 : length;
    const kind = /** @type {HTMLSelectElement} */ (byId("build-add-kind")).value;
    const { words: texts } = schema;
    const said = fill(texts.said.add, { layer: formOf(schema.layers, kind).label });
    const then = () => {
      Object.assign(this.view, { open: at, kind });
      this.draw();
      this.#focusRow(at);
    };
    this.edit({ do: "add", at, kind }, { said, then });
  }

  /** @param {Row} row */
  #focusRow(row) {
    const button = this.panel.querySelector(`[data-row='${JSON.stringify(row)}']`);
    /** @type {HTMLElement|null} */ (button)?.focus();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    const rows = /** @type {HTMLElement[]} */ ([...this.panel.querySelectorAll("[data-row]")]);
    const at = rows.indexOf(target);
    if (event.key === "Escape" && target.closest(".open")) {
      event.preventDefault();
      return this.#focusRow(this.view.open);
    }
    if (target.dataset.dot) return this.drawing.keyOnPad(event);
    if (at < 0) return;
    const row = JSON.parse(target.dataset.row ?? "null");
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (step && !event.altKey) rows[at + step]?.focus();
    else if (step && typeof row === "number") this.#arrange(step < 0 ? "up" : "down", row);
    else if (event.key === "Delete" && typeof row === "number") this.#arrange("remove", row);
    else return;
    event.preventDefault();
  }

  // --- fields -----------------------------------------------------------------------------------

  /**
   * A field that is chosen rather than typed.
   * @param {HTMLInputElement|HTMLSelectElement} target
   */
  #chosen(target) {
    const { at, become: becomes, has, kind } = target.dataset;
    if (target.id === "build-add-kind") this.view.kind = target.value;
    else if (target.id === "build-rule") this.view.rule = target.value;
    else if (target.id === "build-seed") this.#seeded(target);
    else if (becomes) this.#becomes(becomes, target.value);
    else if (has) {
      const path = JSON.parse(has);
      const isThere = /** @type {HTMLInputElement} */ (target).checked;
      this.set(path, isThere ? [0] : null);
    } else if (at && target instanceof HTMLSelectElement) {
      this.set(JSON.parse(at), JSON.parse(target.value));
    } else if (at && kind === "flag") {
      this.set(JSON.parse(at), /** @type {HTMLInputElement} */ (target).checked);
    }
  }

  /** @param {HTMLInputElement|HTMLSelectElement} target */
  #seeded(target) {
    const seed = parse(target.value);
    if (Number.isInteger(seed) && seed >= 0 && seed < 2 ** 31) this.view.seed = seed;
  }

  /**
   * @param {string} at
   * @param {string} kind
   */
  #becomes(at, kind) {
    const schema = /** @type {Schema} */ (this.schema);
    const { words: texts } = schema;
    const { head, layers } = /** @type {Status} */ (this.status).network;
    const [forms, old] = at === "head" ? [schema.heads, head] : [schema.layers, layers[Number(at)]];
    const [before, layer] = [old?.type ?? "", kind].map((name) => formOf(forms, name).label);
    this.edit(
      { do: "become", at: at === "head" ? "head" : Number(at), kind },
      { said: fill(texts.said.become, { before, layer }) },
    );
  }

  /**
   * A field with another value; undefined: with its default.
   * @param {(string|number)[]} path
   * @param {any} value
   * @param {string} [typing]
   */
  set(path, value, typing) {
    const { words: texts } = /** @type {Schema} */ (this.schema);
    const edit = value === undefined ? { do: "set", path } : { do: "set", path, value };
    const layer = this.nameAt(path);
    const said =
      path[0] === "input"
        ? fill(texts.said.input, {})
        : fill(texts.said.set, { layer, field: this.labelAt(path) });
    const { typed } = this.view;
    const then = () => {
      if (this.view.typed !== typed) return;
      this.view.typed = null;
      this.draw();
    };
    this.edit(edit, { said, typing, then });
  }

  /**
   * A number, a pair or a list that is being typed.
   * @param {HTMLInputElement} target
   */
  #typed(target) {
    const { at = "", kind } = target.dataset;
    const path = JSON.parse(at);
    const holder = /** @type {HTMLElement} */ (target.closest(".controls"));
    const fields = kind === "pair" ? [...holder.querySelectorAll("input")] : [target];
    const texts = fields.flatMap(({ value }) =>
      kind === "list" ? value.trim().split(/\s+/) : value.trim(),
    );
    this.view.typed = { at, texts: fields.map(({ value }) => value) };
    if (kind === "text") return this.set(path, target.value, at);
    if (texts.every((text) => text === "")) {
      this.view.wrong = null;
      return this.set(path, undefined, at);
    }
    const numbers = texts.map(parse);
    if (numbers.some((number) => !Number.isFinite(number))) {
      const isLarge = numbers.includes(Number.POSITIVE_INFINITY);
      this.view.wrong = { at, said: isLarge ? this.words.too_large : this.words.not_a_number };
      return this.draw();
    }
    this.view.wrong = null;
    this.set(path, kind === "pair" || kind === "list" ? numbers : numbers[0], at);
  }

  /** @param {HTMLInputElement} target */
  #resized(target) {
    const { words: texts } = /** @type {Schema} */ (this.schema);
    const holder = /** @type {HTMLElement} */ (target.closest(".controls"));
    const shape = [...holder.querySelectorAll("input")].map(({ value }) => parse(value));
    const isWhole = shape.every((size) => Number.isInteger(size) && size > 0);
    this.view.message = isWhole ? "" : texts.whole_number;
    if (!isWhole) return this.draw();
    const said = fill(texts.said.resize, { layer: texts.input, size: sizeInWords(shape) });
    this.edit({ do: "resize", path: ["input"], shape }, { said, typing: "size" });
  }

  // --- places -----------------------------------------------------------------------------------

  /** @param {(string|number)[]} path */
  valueAt(path) {
    return path.reduce(
      (branch, step) => branch?.[step],
      /** @type {Status} */ (this.status).network,
    );
  }

  /** @param {(string|number)[]} path */
  #formAt([part, at]) {
    const schema = /** @type {Schema} */ (this.schema);
    const { head, layers } = /** @type {Status} */ (this.status).network;
    return part === "head"
      ? formOf(schema.heads, head?.type ?? "")
      : formOf(schema.layers, layers[Number(at)]?.type ?? "");
  }

  /** @param {(string|number)[]} path */
  nameAt(path) {
    const { words: texts } = /** @type {Schema} */ (this.schema);
    return path[0] === "input" ? texts.input : this.#formAt(path).label;
  }

  /** @param {(string|number)[]} path */
  labelAt(path) {
    const { words: texts } = /** @type {Schema} */ (this.schema);
    const name = path[path.length - 1];
    return this.#formAt(path).fields.find((field) => field.name === name)?.label ?? texts.numbers;
  }
}

/** @param {string} address */
async function get(address) {
  const answer = await fetch((document.documentElement.dataset.base ?? "") + address);
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}
