// One step of learning: the server makes it, the page shows its network as an edit of the reader's.

import { ask, busyWhile, inWords } from "../shared/api.js";
import { parse, written } from "../shared/figures.js";
import { button, byId, say } from "../shared/page.js";
import { scaled, stepsTo } from "../state/learnt.js";

/**
 * @import {Editing} from "../editing/editing.js"
 * @import {State} from "../state/page.js"
 * @import {Store} from "../state/store.js"
 *
 * @typedef {{rate: number, row: string, detail: string}} Made a step, as HTML
 * @typedef {{layer: number, index: number[]}} Cell
 */

/** The largest rate that the server takes. */
const MOST = 1e6;

/**
 * @param {Editing} editing
 * @param {Store<State>} store
 * @param {() => {id?: string, network: unknown}} current the network that the picture shows
 * @param {(cell: Cell) => void} visit shows a cell in the picture
 * @param {Record<string, string>} words
 */
export function learning(editing, store, current, visit, words) {
  const panel = byId("learning");
  /** @type {WeakMap<object, Made>} by the document that the step has made */
  const made = new WeakMap();
  /** @type {number|null} the rate of the last step */
  let last = null;
  /** @type {string|null} the rate as typed; null: the suggested one, which each network has */
  let chosen = null;
  let isBusy = false;

  const field = () => /** @type {HTMLInputElement} */ (byId("rate"));
  /** The rate in the field; null: it is none, and the page says so. */
  const typed = () => {
    const rate = parse(field().value);
    const fits = rate > 0 && rate <= MOST;
    field().setAttribute("aria-invalid", String(!fits));
    say("learn-message", fits ? "" : words.rate_wrong);
    return fits ? rate : null;
  };

  /** @param {number} rate */
  async function take(rate) {
    if (isBusy) return;
    isBusy = true;
    try {
      await step(rate);
    } catch {
      say("learn-message", words.unreachable);
    } finally {
      isBusy = false;
    }
  }

  /** @param {number} rate */
  async function step(rate) {
    const { history } = editing;
    // What was typed a moment ago learns too, though its picture is still on its way.
    const network = history.fits ? history.current : store.state.document;
    const source = network === store.state.document ? current() : { network };
    const answer = await (await busyWhile(panel, ask("/step", source, { rate }))).json();
    if (answer.errors) return say("learn-message", inWords(answer.errors));
    if (!answer.network) return say("learn-message", answer.sentence);
    const isStill = () =>
      history === editing.history && (!history.fits || history.current === network);
    if (!isStill()) return say("learn-message", words.edited_meanwhile);
    made.set(answer.network, { ...answer, rate });
    last = rate;
    say("learn-message", await editing.replace(answer.network, answer.said, true, isStill));
  }

  function show() {
    if (chosen !== null && field().value !== chosen) field().value = chosen;
    const steps = stepsTo(editing.history.entries, store.state.document, made);
    const hasFocus = document.activeElement?.matches("#learn-again, #learn-back");
    button("learn-again").hidden = button("learn-back").hidden = !steps.length;
    if (hasFocus && !steps.length)
      /** @type {HTMLElement} */ (panel.querySelector("[type=submit]")).focus();
    byId("learn-result").hidden = !steps.length;
    byId("learn-steps").innerHTML = steps
      .map(({ row }, i) => `<tr><th scope="row">${i + 1}</th>${row}</tr>`)
      .join("");
    byId("learn-detail").innerHTML = steps.at(-1)?.detail ?? "";
  }

  panel.addEventListener("submit", (event) => {
    event.preventDefault();
    const rate = typed();
    if (rate !== null) take(rate);
  });
  panel.addEventListener("input", () => {
    chosen = field().value;
    typed();
  });
  panel.addEventListener("click", ({ target }) => {
    const pressed = /** @type {Element} */ (target).closest("button");
    if (!pressed) return;
    const { example, index, layer, rate, times } = pressed.dataset;
    if (times !== undefined) {
      const now = typed();
      if (now === null) return;
      field().value = chosen = written(Math.min(MOST, scaled(now, Number(times))));
    } else if (rate !== undefined) {
      chosen = null;
      field().value = rate;
      typed();
    } else if (pressed.id === "learn-again" && last !== null) take(last);
    else if (pressed.id === "learn-back") button("undo").click();
    else if (index !== undefined)
      visit({
        layer: Number(layer),
        index: index.split(",").map(Number),
        ...(example === undefined ? {} : { example: Number(example) }),
      });
  });
  store.watch(["document", "picture"], show);
  button("to-learning").addEventListener("click", () => {
    /** @type {HTMLDetailsElement} */ (byId("lessons")).open = false;
    panel.scrollIntoView({ block: "start" });
    field().focus({ preventScroll: true });
  });
}
