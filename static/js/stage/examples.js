// The examples of a batch, of which the page shows one: the ways to another.

import { byId, enable, onPress } from "../shared/page.js";
import { fill } from "../shared/texts.js";
import { unpackedThumbs } from "./heat.js";
import { painted } from "./renderer.js";

/**
 * @import {State} from "../state/page.js"
 * @import {Batch} from "../state/picture.js"
 * @import {Store} from "../state/store.js"
 */

/**
 * @param {Store<State>} store
 * @param {(example: number) => void} show
 * @param {Record<string, string>} words
 * @returns {{back: () => void, next: () => void}} what the keys do
 */
export function listenToExamples(store, show, words) {
  const thumbs = byId("example-thumbs");
  const by = (/** @type {number} */ step) => () => {
    const { batch } = store.state.picture;
    if (!batch) return;
    const at = batch.example + step;
    if (at >= 0 && at < batch.examples) show(at);
  };
  const [back, next] = [by(-1), by(1)];
  onPress("example-back", back);
  onPress("example-next", next);
  thumbs.addEventListener("click", ({ target }) => {
    const { example } =
      /** @type {HTMLElement|null} */ (/** @type {Element} */ (target).closest("[data-example]"))
        ?.dataset ?? {};
    if (example !== undefined) show(Number(example));
  });

  /** @type {string|undefined} what the small pictures show */
  let drawn;
  /** @param {State} state */
  function draw({ look, picture: { batch } }) {
    byId("batch").hidden = !batch;
    if (!batch) return;
    byId("example-count").textContent = batch.count;
    byId("example-said").textContent = batch.sentence;
    enable("example-back", batch.example > 0);
    enable("example-next", batch.example < batch.examples - 1);
    thumbs.hidden = !batch.thumbs;
    const shown = `${look} ${batch.thumbs?.levels}`;
    if (batch.thumbs && shown !== drawn) thumbs.replaceChildren(...pictures(batch.thumbs, words));
    drawn = shown;
    for (const each of /** @type {NodeListOf<HTMLElement>} */ (
      thumbs.querySelectorAll("[data-example]")
    ))
      each.setAttribute("aria-pressed", String(Number(each.dataset.example) === batch.example));
  }
  store.watch(["picture", "look"], draw);
  draw(store.state);
  return { back, next };
}

/**
 * A button with a small picture for each example.
 * @param {NonNullable<Batch["thumbs"]>} thumbs
 * @param {Record<string, string>} words
 */
function pictures({ cells, columns, levels }, words) {
  return unpackedThumbs(levels, cells).map((plane, example) => {
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.example = String(example);
    const name = fill(words.example, { n: example + 1 });
    button.setAttribute("aria-label", name);
    button.title = name;
    button.append(painted({ columns, levels: plane, of: "ink" }));
    return button;
  });
}
