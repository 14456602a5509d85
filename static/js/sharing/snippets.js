// Code that gets a model out of PyTorch, to copy.

import { base } from "../shared/api.js";
import { byId, say } from "../shared/page.js";

/** @param {Record<string, string>} words */
export function snippetsDialog(words) {
  const dialog = /** @type {HTMLDialogElement} */ (byId("snippets"));
  const texts = /** @type {NodeListOf<HTMLTextAreaElement>} */ (
    dialog.querySelectorAll("[data-snippet]")
  );
  const copies = /** @type {NodeListOf<HTMLButtonElement>} */ (
    dialog.querySelectorAll("[data-copies]")
  );

  for (const opener of document.querySelectorAll("[data-snippets]"))
    opener.addEventListener("click", async () => {
      for (const copy of copies) {
        copy.textContent = words.copy_script;
        // Over plain HTTP, browsers have no clipboard: the text stands selected.
        copy.hidden = !navigator.clipboard;
      }
      opener.closest("details")?.removeAttribute("open");
      dialog.showModal();
      await load();
      texts[0].focus();
      select(texts[0]);
    });
  for (const text of texts) text.addEventListener("focus", () => select(text));
  for (const copy of copies)
    copy.addEventListener("click", async () => {
      const text = [...texts].find(({ dataset }) => dataset.snippet === copy.dataset.copies);
      try {
        await navigator.clipboard.writeText(text?.value ?? "");
        copy.textContent = words.copied;
      } catch {
        text?.focus();
      }
    });

  async function load() {
    if (texts[0].value) return;
    try {
      const snippets = await (await fetch(`${base}/snippets`)).json();
      for (const text of texts) text.value = snippets[text.dataset.snippet ?? ""].trimEnd();
      say("snippets-message", "");
    } catch {
      say("snippets-message", words.unreachable);
    }
  }
}

/**
 * All of a text, of which the beginning stays in sight.
 * @param {HTMLTextAreaElement} text
 */
function select(text) {
  text.setSelectionRange(0, text.value.length, "backward");
  text.scrollTo(0, 0);
}
