// Sends the person's own numbers to be checked, and fetches the network as a script.

import { askForPart, busyWhile, inWords, post } from "../shared/api.js";
import { byId, say } from "../shared/page.js";

/** @typedef {() => {id?: string, network: unknown}} Current the network as it is now */

/**
 * @param {Current} current
 * @param {Record<string, string>} words
 */
export function checkForm(current, words) {
  const mark = marking(current, words);
  const form = /** @type {HTMLFormElement} */ (byId("check"));
  const array = /** @type {HTMLSelectElement} */ (byId("check-of"));
  const text = /** @type {HTMLTextAreaElement} */ (byId("check-text"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const of = JSON.parse(array.value);
    if (of.parameter === null) delete of.parameter;
    judge("check", "/check", { of, text: text.value });
  });
  byId("gradcheck").addEventListener("click", () => judge("gradcheck", "/gradcheck", {}));

  /**
   * @param {string} name of the elements for the result and the message
   * @param {string} address
   * @param {object} question
   */
  async function judge(name, address, question) {
    const result = byId(`${name}-result`);
    const source = current();
    try {
      const { html, problems } = await busyWhile(result, askForPart(address, source, question));
      say(`${name}-message`, problems);
      result.innerHTML = html;
      mark(result, source.network);
    } catch {
      say(`${name}-message`, words.unreachable);
    }
  }
}

/**
 * @param {Current} current
 * @param {Record<string, string>} words
 */
export function scriptButtons(current, words) {
  const mark = marking(current, words);
  const shown = byId("script");
  const copy = byId("copy");
  const download = /** @type {HTMLAnchorElement} */ (byId("download"));
  for (const button of document.querySelectorAll("[data-script]"))
    button.addEventListener("click", async () => {
      const name = button.getAttribute("data-script") ?? "";
      const { network } = current();
      try {
        const asked = post("/api/export", { network });
        const answer = await busyWhile(byId("script-choices"), asked);
        const body = await answer.json();
        say("take-message", answer.ok ? "" : inWords(body.errors));
        if (!answer.ok) return;
        shown.textContent = body[name];
        mark(shown, network);
      } catch {
        return say("take-message", words.unreachable);
      }
      shown.hidden = copy.hidden = download.hidden = false;
      copy.textContent = words.copy_script;
      URL.revokeObjectURL(download.href);
      download.href = URL.createObjectURL(new Blob([shown.textContent ?? ""]));
      download.download = `gradient_routing_${name}.py`;
    });
  copy.addEventListener("click", async () => {
    await navigator.clipboard?.writeText(shown.textContent ?? "");
    copy.textContent = words.copied;
  });
}

/**
 * Marks a result as outdated if the network has changed since it was asked for.
 * @param {Current} current
 * @param {Record<string, string>} words
 */
const marking =
  (current, words) => (/** @type {HTMLElement} */ result, /** @type {unknown} */ of) => {
    result.classList.toggle("stale", current().network !== of);
    result.dataset.stale = words.stale;
  };
