// The share dialog: the link to what the page shows, its QR code, and the network as a file.

import { fileName, save } from "../exporting/files.js";
import { base, inWords } from "../shared/api.js";
import { button, byId, say } from "../shared/page.js";
import { fill } from "../shared/texts.js";
import { LONG, SHORT } from "./link.js";

/**
 * @import {Address} from "./address.js"
 *
 * @typedef {() => {network: unknown}} Current the network that the page shows
 */

/**
 * @param {Address} address
 * @param {Current} current
 * @param {Record<string, string>} words
 */
export function shareDialog(address, current, words) {
  const dialog = /** @type {HTMLDialogElement} */ (byId("share"));
  const field = /** @type {HTMLInputElement} */ (byId("share-link"));
  const code = /** @type {HTMLImageElement} */ (byId("share-code"));
  const copy = button("share-copy");
  const send = button("share-send");
  // Over plain HTTP, browsers have neither.
  copy.hidden = !navigator.clipboard;
  send.hidden = !navigator.share;

  button("share-button").addEventListener("click", async () => {
    const href = await address.href().catch(() => "");
    const { length } = href.split("#")[1] ?? "";
    field.value = href;
    field.hidden = !href;
    copy.textContent = words.copy_script;
    code.hidden = true;
    say("share-message", href ? "" : words.link_none);
    say("share-length", length > LONG ? fill(words.link_long, { length, most: LONG }) : "");
    say("share-code-message", "");
    dialog.showModal();
    field.focus();
    field.select();
    if (!href) return;
    if (length > SHORT)
      return say("share-code-message", fill(words.code_long, { length, most: SHORT }));
    await showCode(href);
  });

  /** @param {string} href */
  async function showCode(href) {
    try {
      const answer = await postQuietly("/qr", { address: href });
      const text = await answer.text();
      if (answer.headers.get("Content-Type")?.startsWith("image/svg+xml")) {
        code.src = `data:image/svg+xml,${encodeURIComponent(text)}`;
        code.hidden = false;
      } else say("share-code-message", inWords(JSON.parse(text).errors));
    } catch {
      say("share-code-message", words.unreachable);
    }
  }

  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(field.value);
      copy.textContent = words.copied;
    } catch {
      field.select();
    }
  });
  send.addEventListener("click", () => {
    // Somebody may think better of it.
    navigator.share({ url: field.value, title: document.title }).catch(() => {});
  });

  for (const each of /** @type {NodeListOf<HTMLElement>} */ (
    dialog.querySelectorAll("[data-format]")
  ))
    each.addEventListener("click", async () => {
      const { format = "" } = each.dataset;
      try {
        const answer = await postQuietly("/save", { network: current().network, format });
        const file = await answer.blob();
        const isRefused = format !== "json" && file.type.startsWith("application/json");
        if (isRefused) return say("share-message", inWords(JSON.parse(await file.text()).errors));
        say("share-message", "");
        save(file, fileName(address.page.lesson ?? "", "network", format));
      } catch {
        say("share-message", words.unreachable);
      }
    });
}

/**
 * Asks the server so that a refusal is no error in the browser's console.
 * @param {string} address
 * @param {unknown} body
 */
function postQuietly(address, body) {
  const headers = { "Content-Type": "application/json", "X-Page": "1" };
  return fetch(base + address, { method: "POST", headers, body: JSON.stringify(body) });
}
