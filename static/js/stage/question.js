// The question: the field for a guess, and the actions that end the question.

import { ask } from "../shared/api.js";
import { parse } from "../shared/figures.js";
import { byId, onPress } from "../shared/page.js";
import { askFirst, asksFirst } from "../state/keeping.js";
import { cellOf, explaining } from "../state/page.js";

/**
 * @import {State} from "../state/page.js"
 * @import {Store} from "../state/store.js"
 * @import {Player} from "./player.js"
 * @import {Stage} from "./stage.js"
 */

/**
 * @param {Store<State>} store
 * @param {Stage} stage
 * @param {Player} player
 * @param {{words: Record<string, string>, current: () => {id?: string, network: unknown}}} page
 */
export function listenToGuess(store, stage, player, { words, current }) {
  const form = /** @type {HTMLFormElement} */ (byId("ask"));
  const field = /** @type {HTMLInputElement} */ (byId("guess"));
  const message = byId("guess-message");

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const { document: network, question, picture } = store.state;
    const number = parse(field.value);
    if (!question) return;
    if (!Number.isFinite(number)) {
      field.setAttribute("aria-invalid", "true");
      complain(Number.isNaN(number) ? words.not_a_number : words.too_large);
      field.focus();
      return;
    }
    field.removeAttribute("aria-invalid");
    complain("");
    const place = { key: question.key, at: question.at };
    try {
      const answer = await ask("/guess", current(), {
        cell: cellOf(picture, place),
        guess: number,
      });
      const { errors, ...guess } = await answer.json();
      if (errors) complain(errors[0].msg);
      else reveal({ ...guess, network });
    } catch {
      complain(words.unreachable);
    }
  });
  onPress("show-me", () => reveal(null));

  /** @param {string} said below the field, which makes room for it */
  function complain(said) {
    message.textContent = said;
    show();
  }

  /** @param {import("../state/page.js").Guess|null} guess */
  function reveal(guess) {
    const { question } = store.state;
    if (!question) return;
    const place = { key: question.key, at: question.at };
    store.set({ question: null, guess, pinned: place, view: explaining(store.state, place.key) });
    byId("stage").focus({ preventScroll: true });
    replay(store, stage, player);
  }

  const asks = /** @type {HTMLInputElement} */ (byId("ask-first"));
  asks.checked = asksFirst();
  asks.addEventListener("change", () => askFirst(asks.checked));

  const show = () => {
    const { question } = store.state;
    const { ask: at } = stage.composition;
    form.hidden = !question || !at;
    if (!question || !at) return;
    const { origin, scale } = stage;
    form.style.width = `${at.w * scale}px`;
    form.dataset.side = at.side;
    // On a low or narrow page, the field fits between the buttons below it and the edge.
    const room = byId("stage");
    const left = Math.min(origin.x + at.x * scale, room.clientWidth - form.offsetWidth - 8);
    const top = Math.min(origin.y + at.y * scale, room.clientHeight - form.offsetHeight - 4);
    form.style.left = `${Math.max(0, left)}px`;
    form.style.top = `${Math.max(0, top)}px`;
  };
  return show;
}

/**
 * Plays the motion of the present scene once, without changing the step.
 * @param {Store<State>} store
 * @param {Stage} stage
 * @param {Player} player
 */
function replay(store, stage, player) {
  const { duration } = stage.composition;
  if (player.reduced.matches || !duration) return;
  const { view } = store.state;
  let last = 0;
  store.set({ progress: 0 });
  /** @param {number} now */
  const frame = (now) => {
    const { progress, step, view: seen, playing } = store.state;
    // The reader has gone to another step or started to play.
    if (seen !== view || playing || progress === undefined || step !== player.step) return;
    const next = progress + (last ? ((now - last) * player.speed) / duration : 0);
    last = now;
    store.set({ progress: next < 1 ? next : undefined });
    if (next < 1) requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}
