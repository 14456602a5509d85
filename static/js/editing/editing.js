// Edits by the form, in the picture and by undo; requests and shows the newest document's picture.

import { ask, busyWhile, inWords as inOneText, newest } from "../shared/api.js";
import { byId, enable, onPress, say } from "../shared/page.js";
import { focusCell } from "../stage/keyboard.js";
import { flush, keep, kept } from "../state/keeping.js";
import { placeAt } from "../state/page.js";
import { retold, sameChannels } from "../state/picture.js";
import { Direct } from "./direct.js";
import { exchange, opened } from "./exchange.js";
import { Form } from "./form.js";
import { changes, getAt, History, setAt } from "./history.js";
import { inWords, showPast } from "./past.js";
import { Pasting } from "./pasting.js";
import { Pauses, watchAnswers } from "./pauses.js";
import { Telling } from "./telling.js";

/**
 * @import {Change} from "./history.js"
 *
 * @typedef {{merge: boolean, answer?: any, isOwn?: boolean}} Asked ``merge``: into the last edit;
 *   ``answer``: the picture, where it is there already; ``isOwn`` false: nothing to keep
 */

/** Above, the whole network is sent; the server takes more, but it is not quicker. */
const MAX_EDITS = 100;

export class Editing {
  /**
   * @param {{document: unknown, lesson: string, words: Record<string, string>}} data
   * @param {import("../state/store.js").Store<import("../state/page.js").State>} store
   * @param {import("../stage/stage.js").Stage} stage
   * @param {(cell: HTMLElement) => void} pin
   * @param {() => void} finish what is being played
   */
  constructor({ document, lesson, words }, store, stage, pin, finish) {
    /** @type {string|null} whose texts the page shows, as far as they are about such a network */
    this.lesson = lesson;
    /** @type {string|null} the name that what is made here is kept under; null: in the address alone */
    this.keptAs = lesson;
    /** Called with every new document, and with whether only its numbers have changed. */
    this.followed = (/** @type {unknown} */ _document, /** @type {boolean} */ _isNumbers) => {};
    /** The example of a batch that is shown, or is to be shown next. */
    this.example = 0;
    this.finish = finish;
    this.words = words;
    this.store = store;
    this.stage = stage;
    /** @type {History<unknown>} */
    this.history = new History(document);
    this.telling = new Telling(
      store,
      () => this.pictured,
      () => this.complain(words.unreachable),
    );
    /** @type {unknown} the document of the picture */
    this.pictured = document;
    /** @type {unknown} the document before the last edit; its numbers are shown beside the new */
    this.formerly = null;
    this.pauses = new Pauses();
    watchAnswers("/picture", (took) => this.pauses.note(took));
    /** The picture of ``formerly``. */
    this.picturedFormerly = store.state.picture;
    this.form = new Form(/** @type {HTMLFormElement} */ (byId("form")), words, (...typed) => {
      this.#edit(...typed);
      this.form.ghosts(this.history.current, this.formerly);
    });
    new Pasting(
      this.form.form,
      words,
      (path) => getAt(this.shownDocument, path),
      (...taken) => this.array(...taken),
    );
    /** Requests the current document's picture and shows it; if edits wait, the newest is next. */
    this.ask = newest(async (/** @type {Asked} */ { merge, answer: ready }, isOvertaken) => {
      const { document: network, change } = this.history.entries[this.history.at];
      try {
        const { parts, ...numbers } = await this.#fitting(network, ready);
        if (numbers.errors) return this.blame(numbers.errors);
        const { picture } = store.state;
        this.complain("");
        const isOther = network !== this.pictured;
        this.pictured = network;
        if (!isOvertaken()) this.example = numbers.batch?.example ?? 0;
        if (parts) return this.#exchange(parts, numbers, network, isOther ? change : null);
        if (!merge) this.picturedFormerly = picture;
        const before = this.formerly === null ? null : this.picturedFormerly;
        // During a drag the caption shows the number; the story is fetched at the end.
        const goesOn = isOvertaken();
        finish();
        const news = goesOn && change ? inWords(change, words) : "";
        store.set({
          picture: retold(numbers, picture),
          before,
          document: network,
          news,
          overtaken: goesOn,
        });
        if (!goesOn) this.telling.untell();
        const pause = this.pauses.now;
        if (merge && pause) await new Promise((done) => setTimeout(done, pause));
      } catch {
        this.complain(words.unreachable);
      } finally {
        if (!isOvertaken()) store.set({ overtaken: false });
      }
    });
    new Direct(byId("stage"), (...typed) => this.number(...typed), pin, focusCell, words);
    onPress("undo", () => this.#travel(() => this.history.undo()));
    onPress("redo", () => this.#travel(() => this.history.redo()));
    onPress("reset", () => this.#travel(() => this.history.push(this.history.first), null));
  }

  /**
   * Shows a network of another structure.
   * @param {import("./exchange.js").Parts} parts
   * @param {import("../state/picture.js").Picture} picture
   * @param {unknown} network
   * @param {Change|null} change
   */
  #exchange(parts, picture, network, change) {
    this.finish();
    exchange(byId("stage"), parts);
    this.pauses = new Pauses();
    this.form.find();
    this.form.show(this.history.current, null);
    this.formerly = null;
    this.picturedFormerly = picture;
    const { state } = this.store;
    const news = change ? inWords(change, this.words) : "";
    // The same place in another example: nothing else of the page changes.
    const { pinned, step, view } = state;
    const stays = network === state.document && picture.batch ? { pinned, step, view } : {};
    this.store.set({ ...opened(state, picture, parts), ...stays, document: network, news });
    if ("pinned" in stays) this.telling.untell(); // the steps' sentences came without the pinned cell
  }

  /**
   * Shows another example of the batch; in the picture, once the network fits.
   * @param {number} example
   */
  async showExample(example) {
    this.example = example;
    this.followed(this.history.current, true);
    if (this.history.fits) await this.ask({ merge: false, isOwn: false });
  }

  /**
   * Shows another document as one edit.
   * @param {unknown} document
   * @param {string} said what the edit is, in words
   * @param {boolean} isOwn whether the reader made it: the old numbers stand beside the new ones,
   *   which are kept
   * @param {() => boolean} isStill whether it still replaces what it was made of, once its picture
   *   is there; otherwise what was edited meanwhile stays
   * @returns {Promise<string>} what is wrong with the document, in words; "": it is shown
   */
  async replace(document, said, isOwn = true, isStill = () => true) {
    const answer = await this.#picture({ network: document });
    if (answer.errors) return inOneText(answer.errors);
    if (!isStill()) return this.words.edited_meanwhile;
    const before = isOwn ? this.pictured : null;
    this.#travel(() => this.history.push(document, { said }), before, { answer, isOwn });
    return "";
  }

  /**
   * Shows a network of its own, which the lesson's texts are not about; the edits so far were of
   * another.
   * @param {unknown} document
   * @returns {Promise<string>} what is wrong with it, in words; "": it is shown
   */
  async begin(document) {
    const { example, lesson } = this;
    this.lesson = null;
    this.example = 0;
    const answer = await this.#picture({ network: document });
    if (answer.errors) {
      this.lesson = lesson;
      this.example = example;
      return inOneText(answer.errors);
    }
    this.keptAs = null;
    this.history = new History(document);
    this.#travel(() => document, null, { answer, isOwn: false });
    return "";
  }

  /**
   * The picture of a network, for the tables that the page has once it comes: channels may have been
   * opened meanwhile, or layers added.
   * @param {unknown} network
   * @param {any} [ready] the answer, where it is there already
   */
  async #fitting(network, ready) {
    for (let answer = ready, of = ready; ; ) {
      const { picture } = this.store.state;
      const isOfPage = of?.layout === picture.layout && sameChannels(of.open, picture.open);
      if (answer && (answer.errors || answer.parts || isOfPage)) return answer;
      const edits = changes(this.pictured, network);
      const few = edits && edits.length <= MAX_EDITS ? edits : null;
      answer = await this.#picture({ id: picture.id, edits: few, network });
      of = picture;
    }
  }

  /**
   * The answer to what the stage draws of a network.
   * @param {Parameters<typeof ask>[1]} source
   */
  async #picture(source) {
    const { layout, open } = this.store.state.picture;
    const example = this.example || undefined;
    const asked = ask("/picture", source, { lesson: this.lesson, open, layout, example });
    return (await busyWhile(byId("stage"), asked)).json();
  }

  /** Restores the document that was edited here before the page was reloaded. */
  restore() {
    const made = this.keptAs === null ? undefined : kept(this.keptAs, this.history.first);
    if (made !== undefined) this.#travel(() => this.history.push(made));
    return made !== undefined;
  }

  /**
   * What came by a link is kept in the address alone, so that it does not overwrite what the reader
   * made of the lesson; unless it is that.
   * @param {unknown} network
   */
  keepApart(network) {
    if (this.keptAs === null) return;
    flush();
    const { first } = this.history;
    const own = kept(this.keptAs, first) ?? first;
    if (JSON.stringify(own) !== JSON.stringify(network)) this.keptAs = null;
  }

  /**
   * From here on, what is made is a network of one's own, kept under its own name.
   * @param {string} name
   */
  own(name) {
    const { history } = this;
    flush(); // under the name that it has had
    const before = kept(name, history.first);
    // What was made there before can be gone back to.
    if (before !== undefined) {
      const { current } = history;
      history.push(before);
      history.push(current);
    }
    this.keptAs = name;
    this.#follow({ merge: true });
  }

  /**
   * The document whose numbers are edited: one that does not fit stays in the history, and the
   * picture is of the last one that did.
   */
  get shownDocument() {
    return this.history.fits ? this.history.current : this.pictured;
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
   * @param {boolean} merge into the last edit, while the person goes on typing or dragging
   */
  #edit(path, value, merge) {
    const { history, shownDocument: document } = this;
    if (!merge) this.formerly = document;
    const change = { name: this.#nameOf(path), from: getAt(document, path), to: value };
    history.push(setAt(document, path, value), change, merge);
    this.#follow({ merge }, true);
  }

  /**
   * Edits a number elsewhere than in the form.
   * @param {(string|number)[]} path
   * @param {unknown} value
   * @param {boolean} merge into the last edit
   */
  number(path, value, merge) {
    this.form.typing = null;
    this.#edit(path, value, merge);
    this.form.show(this.history.current, this.formerly);
  }

  /**
   * All numbers of an array, in its shape, as one edit.
   * @param {(string|number)[]} path
   * @param {unknown} array
   * @param {string} said what the edit is, in words
   */
  array(path, array, said) {
    const { history, shownDocument: document } = this;
    this.form.typing = null;
    this.formerly = document;
    history.push(setAt(document, path, array), { said });
    this.#follow({ merge: false }, true);
    this.form.show(history.current, document);
  }

  /**
   * Takes a document that an edit of the structure has made.
   * @param {unknown} document
   * @param {{change: Change, merge: boolean, fits: boolean}} edit ``fits``: whether it is a network;
   *   until it is, the picture stays
   */
  build(document, { change, merge, fits }) {
    this.formerly = null;
    this.form.typing = null;
    this.complain(""); // it was about another structure; what is wrong now stands beside its layer
    this.history.push(document, change, merge, fits);
    this.#follow({ merge: false });
  }

  /**
   * @param {() => unknown} move in the history; returns undefined at its end
   * @param {unknown} before the document whose numbers are shown beside the new ones; null: none
   * @param {Partial<Asked>} [asked]
   */
  #travel(move, before = this.history.current, asked = {}) {
    const document = move();
    if (document === undefined) return;
    this.formerly = before;
    this.form.typing = null;
    this.form.show(document, before);
    this.#follow({ merge: false, ...asked });
  }

  /**
   * @param {Asked} edit
   * @param {boolean} isNumbers whether only numbers have changed
   */
  #follow(edit, isNumbers = false) {
    const { history } = this;
    if (history.fits) this.ask(edit);
    this.followed(history.current, isNumbers);
    enable("undo", history.canUndo);
    enable("redo", history.canRedo);
    enable("reset", history.current !== history.first);
    byId("undo").hidden = byId("redo").hidden = history.entries.length < 2;
    const past = /** @type {HTMLDetailsElement} */ (byId("past"));
    showPast(past, history, this.words, (at) => this.#travel(() => history.go(at)));
    if (this.keptAs !== null && edit.isOwn !== false)
      keep(this.keptAs, history.first, history.current);
  }

  /**
   * The name of an edited number.
   * @param {(string|number)[]} path
   */
  #nameOf(path) {
    const name = this.form.fields.get(JSON.stringify(path))?.field.getAttribute("aria-label");
    if (name) return name;
    const { picture } = this.store.state;
    const grid = picture.grids.find(({ key }) => key === `${path[1]}.${path[2]}`);
    const key = grid?.key ?? (path[0] === "head" ? "head" : "-1");
    const before = grid ? 3 : (path[0] === "head" ? 2 : 1) + (picture.batch ? 1 : 0);
    const index = path.slice(before).join(",");
    return this.stage.cells.at(placeAt(picture, key, index))?.dataset.name ?? "";
  }
}
