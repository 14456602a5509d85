// The question at the top, and the part of its answer that is already revealed.

import { byId } from "./shared/page.js";

/** @import {State} from "./state/page.js" */

/** @param {State} state */
export function showHeadline({ document: network, guess, picture, question }) {
  byId("question").textContent = picture.question ?? byId("question").textContent;
  const answer = byId("answer");
  // It is about the numbers that it was made of; after an edit, the answer about the new ones stands here.
  const isTold = guess?.network === network && question === null;
  answer.toggleAttribute("data-guess", isTold);
  if (question) answer.textContent = question.lead;
  else if (guess && isTold) answer.textContent = guess.sentence;
  else answer.replaceChildren(...(picture.answer_parts ?? []).map(written));
}

/**
 * A part of the answer; every second part is a sum.
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
