// The question on top, and under it what may be said of its answer.

import { byId } from "./shared/page.js";

/** @import {State} from "./state/page.js" */

/** @param {State} state */
export function showHeadline({ guess, picture, question }) {
  byId("question").textContent = picture.question ?? byId("question").textContent;
  const answer = byId("answer");
  answer.toggleAttribute("data-guess", guess !== null && question === null);
  if (question) answer.textContent = question.lead;
  else if (guess) answer.textContent = guess.sentence;
  else answer.replaceChildren(...(picture.answer_parts ?? []).map(written));
}

/**
 * A piece of the answer: every second one is a sum.
 * @param {string} part
 * @param {number} i
 */
function written(part, i) {
  if (i % 2 === 0) return part;
  const sum = document.createElement("span");
  sum.className = "sum";
  sum.textContent = part;
  return sum;
}
