// Editing: by the form, in the picture, by undo; the newest edit's picture is asked for and shown.

import { ask, busyWhile, newest } from "../shared/api.js";
import { byId, enable, onPress, say } from "../shared/page.js";
import { focusCell } from "../stage/keyboard.js";
import { keep, kept } from "../state/keeping.js";
import { retold } from "../state/picture.js";
import { Direct } from "./direct.js";
import { Form } from "./form.js";
import { changes, getAt, History, setAt } from "./history.js";
import { inWords, showPast } from "./past.js";

/** @import {Picture} from "../state/picture.js" */

/** Above, the whole network is sent; the server takes more, but it is not quicker. */
const MAX_EDITS = 100;

export class Editing {
  /**
   * @param {{document: unknown, lesson: string, words: Record<string, string>}} data
   * @param {import("../stage/stage.js").Stage} stage
   * @param {(cell: HTMLElement) => void} pin
   * @param {(picture: Picture, before: Picture|null, said: string) => void} show
   * @param {() => object|undefined} pinned the cell that is to be told of
   * @param {() => void} told called once the story of what is shown is there
   */
  constructor({ document, lesson, words }, stage, pin, show, pinned, told) {
    this.lesson = lesson;
    this.words = words;
    this.stage = stage;
    /** @type {History<unknown>} */
    this.history = new History(document);
    /** @type {unknown} the document of the picture */
    this.pictured = document;
    /** @type {unknown} the one before the last edit, whose numbers stand beside the new ones */
    this.formerly = null;
    /** The picture of ``formerly``. */
    this.picturedFormerly = stage.picture;
    this.form = new Form(/** @type {HTMLFormElement} */ (byId("form")), words, (...typed) => {
      this.#edit(...typed);
      this.form.ghosts(this.history.current, this.formerly);
    });
    /** Asks for the picture of the current document and shows it; the newest edit goes next. */
    this.ask = newest(async (/** @type {{merge: boolean}} */ { merge }, isOvertaken) => {
      const { document: network, change } = this.history.entries[this.history.at];
      try {
        const { id, open } = stage.picture;
        const edits = changes(this.pictured, network);
        const few = edits && edits.length <= MAX_EDITS ? edits : null;
        const source = { id, edits: few, network };
        const asked = ask("/picture", source, { lesson, open });
        const answer = await busyWhile(byId("stage"), asked);
        const numbers = await answer.json();
        if (numbers.errors) return this.blame(numbers.errors);
        this.complain("");
        this.pictured = network;
        if (!merge) this.picturedFormerly = stage.picture;
        const before = this.formerly === null ? null : this.picturedFormerly;
        // While one goes on dragging, the caption says how far; the story is told at the end.
        const goesOn = isOvertaken();
        show(
          retold(numbers, stage.picture),
          before,
          goesOn && change ? inWords(change, words) : "",
        );
        if (!goesOn) this.retell(pinned());
      } catch {
        this.complain(words.unreachable);
      }
    });
    /** Asks for the picture's story, told of the pinned cell, once its numbers are shown. */
    this.retell = newest(async (/** @type {object|undefined} */ cell) => {
      const { picture } = stage;
      const source = { id: picture.id, network: this.pictured };
      try {
        const answer = await ask("/story", source, { open: picture.open, cell });
        if (picture !== stage.picture) return;
        Object.assign(picture, await answer.json());
        told();
      } catch {
        this.complain(words.unreachable);
      }
    });
    new Direct(
      byId("stage"),
      (...typed) => {
        this.form.typing = null;
        this.#edit(...typed);
        this.form.show(this.history.current, this.formerly);
      },
      pin,
      focusCell,
      words,
    );
    onPress("undo", () => this.#travel(() => this.history.undo()));
    onPress("redo", () => this.#travel(() => this.history.redo()));
    onPress("reset", () => this.#travel(() => this.history.push(this.history.first), null));
  }

  /** What was made here before the page was loaded anew. */
  restore() {
    const made = kept(this.lesson, this.history.first);
    if (made !== undefined) this.#travel(() => this.history.push(made));
  }

  /** @param {{loc: (string|number)[], msg: string}[]} errors */
  blame(errors) {
    const homeless = errors.filter(({ loc, msg }) => !this.form.blame(loc, msg));
    this.complain(homeless.map(({ msg }) => msg).join(" "));
  }

  /** @param {string} message */
  complain(message) {
    say("form-message", message);
  }

  /**
   * @param {(string|number)[]} path
   * @param {unknown} value
   * @param {boolean} merge into the last edit: one goes on typing, or dragging
   */
  #edit(path, value, merge) {
    const { history } = this;
    if (!merge) this.formerly = history.current;
    const change = { name: this.#nameOf(path), from: getAt(history.current, path), to: value };
    history.push(setAt(history.current, path, value), change, merge);
    this.#follow({ merge });
  }

  /**
   * @param {() => unknown} move in the history; undefined where there is nowhere to go
   * @param {unknown} before whose numbers stand beside the new ones; null: none
   */
  #travel(move, before = this.history.current) {
    const document = move();
    if (document === undefined) return;
    this.formerly = before;
    this.form.typing = null;
    this.form.show(document, before);
    this.#follow({ merge: false });
  }

  /** @param {{merge: boolean}} edit */
  #follow(edit) {
    const { history } = this;
    this.ask(edit);
    enable("undo", history.canUndo);
    enable("redo", history.canRedo);
    enable("reset", history.current !== history.first);
    const past = /** @type {HTMLDetailsElement} */ (byId("past"));
    showPast(past, history, this.words, (at) => this.#travel(() => history.go(at)));
    keep(this.lesson, history.first, history.current);
  }

  /**
   * What a number is called where it is edited.
   * @param {(string|number)[]} path
   */
  #nameOf(path) {
    const name = this.form.fields.get(JSON.stringify(path))?.field.getAttribute("aria-label");
    if (name) return name;
    const { cells, picture } = this.stage;
    const grid = picture.grids.find(({ key }) => key === `${path[1]}.${path[2]}`);
    const place = cells.place(grid?.key ?? "-1", path.slice(grid ? 3 : 1).join(","));
    return (place && cells.at(place)?.dataset.name) ?? "";
  }
}
