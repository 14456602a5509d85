// The dialog that compares two states: the server draws them, a cell tells its numbers on both sides.

import { ask, askForPart, busyWhile, newest } from "../shared/api.js";
import { element } from "../shared/elements.js";
import { button, byId, say } from "../shared/page.js";
import { cellsAt, told } from "./numbers.js";
import { firstSides, groupsOf, networkOf } from "./sides.js";

/**
 * @import {Editing} from "../editing/editing.js"
 * @import {State} from "../state/page.js"
 * @import {Store} from "../state/store.js"
 * @import {Draft, Group, Variant} from "./sides.js"
 */

export class Comparing {
  /**
   * @param {Editing} editing
   * @param {Store<State>} store
   * @param {() => {id?: string, network: unknown}} current the network that the picture shows
   * @param {() => Draft[]} drafts
   * @param {Record<string, string>} words
   */
  constructor(editing, store, current, drafts, words) {
    this.editing = editing;
    this.store = store;
    this.current = current;
    this.drafts = drafts;
    this.words = words;
    this.dialog = /** @type {HTMLDialogElement} */ (byId("compare"));
    this.left = /** @type {HTMLSelectElement} */ (byId("left-side"));
    this.right = /** @type {HTMLSelectElement} */ (byId("right-side"));
    this.result = byId("compare-result");
    /** @type {Variant[]} of the left side */
    this.variants = [];
    this.compare = newest(
      async (/** @type {{left: string, right: string}} */ sides, isOvertaken) => {
        try {
          await busyWhile(this.result, this.#compare(sides, isOvertaken));
        } catch {
          say("compare-message", words.unreachable);
        }
      },
    );
    this.#listen();
  }

  /**
   * Opens the dialog.
   * @param {{left: string, right: string}} [sides] by default, before and after the last edit
   */
  open(sides = firstSides(this.editing.history)) {
    this.result.replaceChildren();
    byId("compare-told").textContent = "";
    say("compare-message", "");
    this.variants = [];
    this.#offer(sides);
    if (!this.dialog.open) this.dialog.showModal();
    return this.compare(sides);
  }

  /**
   * @param {{left: string, right: string}} sides
   * @param {() => boolean} isOvertaken whether other sides have been chosen
   */
  async #compare(sides, isOvertaken) {
    const source = this.#source(sides.left);
    const variants = await (await ask("/variants", source, {})).json();
    if (isOvertaken()) return;
    this.variants = variants;
    if (!Array.isArray(this.variants)) this.variants = [];
    const known = this.variants.some(({ code }) => `variant:${code}` === sides.right);
    const isThere = known || this.#network(sides.right) !== undefined;
    const first = this.variants[0] ? `variant:${this.variants[0].code}` : "";
    const right = isThere ? sides.right : first || this.#other(sides.left);
    this.#offer({ ...sides, right });
    byId("compare-told").textContent = "";
    if (!right) {
      this.result.replaceChildren();
      return say("compare-message", this.words.compare_none);
    }
    const { html, problems } = await askForPart("/compare", source, this.#against(right));
    say("compare-message", problems);
    this.result.innerHTML = html;
  }

  /**
   * Some state that is not the left one; empty: there is none.
   * @param {string} left
   */
  #other(left) {
    const choices = this.#groups([]).flatMap((group) => group.choices);
    return choices.find(({ value }) => value !== left)?.value ?? "";
  }

  /** @param {string} value */
  #network(value) {
    const { history } = this.editing;
    return networkOf(value, history, this.drafts(), this.store.state.document);
  }

  /** @param {string} value of the left side */
  #source(value) {
    return value === "now" ? this.current() : { network: this.#network(value) };
  }

  /** @param {string} value of the right side */
  #against(value) {
    const [kind, code] = value.split(":");
    return kind === "variant" ? { variant: code } : { other: this.#network(value) };
  }

  /** @param {Variant[]} variants */
  #groups(variants) {
    return groupsOf(this.editing.history, this.drafts(), variants, this.words);
  }

  /** @param {{left: string, right: string}} sides */
  #offer({ left, right }) {
    fillIn(this.left, this.#groups([]), left);
    fillIn(this.right, this.#groups(this.variants), right);
    // A variant has no network of its own here, which could stand on the left.
    button("swap-sides").setAttribute("aria-disabled", String(right.startsWith("variant:")));
  }

  #listen() {
    for (const side of [this.left, this.right])
      side.addEventListener("change", () =>
        this.compare({ left: this.left.value, right: this.right.value }),
      );
    byId("sides").addEventListener("submit", (event) => event.preventDefault());
    button("swap-sides").addEventListener("click", () => {
      if (button("swap-sides").getAttribute("aria-disabled") === "true") return;
      const sides = { left: this.right.value, right: this.left.value };
      this.#offer(sides);
      this.compare(sides);
    });
    this.result.addEventListener("toggle", (event) => this.#draw(event), { capture: true });
    this.result.addEventListener("click", ({ target }) => this.#tell(target));
    this.result.addEventListener("keydown", (event) => move(event));
    this.dialog.addEventListener("close", () => this.result.replaceChildren());
  }

  /**
   * Draws a layer that is opened, unless it is there already.
   * @param {Event} event
   */
  async #draw({ target }) {
    const details = /** @type {HTMLDetailsElement} */ (target);
    const { drawn, part } = details.dataset;
    if (!details.open || drawn !== undefined || part === undefined) return;
    details.dataset.drawn = "";
    const holder = /** @type {HTMLElement} */ (details.querySelector(".compared-arrays"));
    try {
      const question = { ...this.#against(this.right.value), part: Number(part) };
      const asked = askForPart("/compare", this.#source(this.left.value), question);
      const { html, problems } = await busyWhile(holder, asked);
      if (html) holder.innerHTML = html;
      else holder.textContent = problems;
    } catch {
      delete details.dataset.drawn;
      details.open = false;
      say("compare-message", this.words.unreachable);
    }
  }

  /** @param {EventTarget|null} target */
  #tell(target) {
    const cell = /** @type {HTMLTableCellElement|null} */ (
      /** @type {Element} */ (target).closest(".difference td")
    );
    if (!cell) return;
    for (const other of this.result.querySelectorAll(".told")) other.classList.remove("told");
    const comparison = /** @type {HTMLElement} */ (cell.closest(".comparison"));
    for (const each of cellsAt(comparison, cell)) each.classList.add("told");
    byId("compare-told").textContent = told(cell, this.words);
  }
}

/**
 * @param {HTMLSelectElement} select
 * @param {Group[]} groups
 * @param {string} chosen
 */
function fillIn(select, groups, chosen) {
  select.replaceChildren(
    ...groups.flatMap(({ label, choices }) => {
      const options = choices.map(({ value, text }) => element("option", { value }, text));
      return label ? [element("optgroup", { label }, ...options)] : options;
    }),
  );
  if (chosen) select.value = chosen;
}

const WAYS = /** @type {Record<string, [number, number]|undefined>} */ ({
  ArrowRight: [0, 1],
  ArrowLeft: [0, -1],
  ArrowDown: [1, 0],
  ArrowUp: [-1, 0],
});

/**
 * Each picture is one tab stop; arrow keys move in it.
 * @param {KeyboardEvent} event
 */
function move(event) {
  const cell = /** @type {HTMLTableCellElement|null} */ (
    /** @type {Element} */ (event.target).closest(".difference td")
  );
  const way = WAYS[event.key];
  if (!cell || !way) return;
  event.preventDefault();
  event.stopPropagation();
  const row = /** @type {HTMLTableRowElement} */ (cell.parentElement);
  const { rows } = /** @type {HTMLTableSectionElement} */ (row.parentElement);
  const next = rows[row.sectionRowIndex + way[0]]?.cells[cell.cellIndex + way[1]];
  const pressed = next?.querySelector("button");
  if (!pressed) return;
  /** @type {HTMLElement} */ (cell.querySelector("button")).tabIndex = -1;
  pressed.tabIndex = 0;
  pressed.focus();
}
