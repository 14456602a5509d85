// Files that somebody drops on the page, pastes or chooses: what they hold is said, then it is opened.

import { base, inWords } from "../shared/api.js";
import { button, byId, say } from "../shared/page.js";

/** @typedef {{network: unknown, notes: string[], choices: string[], choice: number}} Opened */

/**
 * @param {(network: unknown) => Promise<string>} show tells what is wrong with a network; "": nothing
 * @param {Record<string, string>} words
 */
export function openDialog(show, words) {
  const dialog = /** @type {HTMLDialogElement} */ (byId("opening"));
  const input = /** @type {HTMLInputElement} */ (byId("opening-files"));
  const choices = /** @type {HTMLFieldSetElement} */ (byId("opening-choices"));
  /** @type {File[]} */
  let files = [];
  /** @type {Opened|null} */
  let opened = null;

  for (const each of document.querySelectorAll("[data-opens]"))
    each.addEventListener("click", () => {
      each.closest("dialog")?.close();
      input.click();
    });
  input.addEventListener("change", () => {
    read([...(input.files ?? [])]);
    // So that the same file can be chosen again.
    input.value = "";
  });
  choices.addEventListener("change", (event) =>
    ask(Number(/** @type {HTMLInputElement} */ (event.target).value)),
  );
  button("opening-open").addEventListener("click", async () => {
    if (opened) await open(opened.network);
  });
  listenToDrops(read);
  document.addEventListener("paste", (event) => {
    const pasted = pastedIn(event);
    if (!pasted.length) return;
    event.preventDefault();
    read(pasted);
  });

  /** @param {File[]} chosen */
  async function read(chosen) {
    if (!chosen.length) return;
    files = chosen;
    byId("opening-names").textContent = files.map(({ name }) => name).join(", ");
    await ask(0);
    if (opened && !opened.notes.length && !opened.choices.length) await open(opened.network);
    else if (!dialog.open) dialog.showModal();
  }

  /** @param {number} choice which of the architectures that the same weights allow */
  async function ask(choice) {
    const form = new FormData();
    for (const file of files) form.append("files", file, file.name);
    form.append("choice", String(choice));
    /** @type {any} */
    let body;
    try {
      // With this header, a refusal is no error in the browser's console.
      const headers = { "X-Page": "1" };
      const answer = await fetch(`${base}/api/open`, { method: "POST", headers, body: form });
      body = await answer.json();
    } catch {
      body = { errors: [{ msg: words.unreachable }] };
    }
    opened = body.errors ? null : body;
    say("opening-message", body.errors ? inWords(body.errors) : "");
    button("opening-open").hidden = opened === null;
    byId("opening-notes").replaceChildren(...(opened?.notes ?? []).map(item));
    choices.hidden = !opened?.choices.length;
    if (opened && choices.querySelectorAll("label").length !== opened.choices.length)
      showChoices(opened);
    if (!opened) for (const each of choices.querySelectorAll("label")) each.remove();
  }

  /** @param {Opened} of */
  function showChoices(of) {
    for (const each of choices.querySelectorAll("label")) each.remove();
    const labels = of.choices.map((text, i) => {
      const label = document.createElement("label");
      const radio = Object.assign(document.createElement("input"), {
        type: "radio",
        name: "choice",
      });
      radio.value = String(i);
      radio.checked = i === of.choice;
      label.append(radio, text);
      return label;
    });
    choices.append(...labels);
  }

  /** @param {unknown} network */
  async function open(network) {
    const wrong = await show(network).catch(() => words.unreachable);
    say("opening-message", wrong);
    if (!wrong) dialog.close();
    else if (!dialog.open) dialog.showModal();
  }
}

/** @param {string} text */
function item(text) {
  const element = document.createElement("li");
  element.textContent = text;
  return element;
}

/**
 * The files that were pasted beside all fields; a document that was pasted as text is one too.
 * @param {ClipboardEvent} event
 * @returns {File[]}
 */
function pastedIn({ clipboardData, defaultPrevented, target }) {
  const isField = /** @type {Element} */ (target).closest("input, textarea, select");
  if (defaultPrevented || isField || !clipboardData) return [];
  if (clipboardData.files.length) return [...clipboardData.files];
  const text = clipboardData.getData("text/plain");
  return text.trim().startsWith("{") ? [new File([text], "network.json")] : [];
}

/** @param {(files: File[]) => void} drop */
function listenToDrops(drop) {
  const hasFiles = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes("Files");
  let depth = 0;
  const mark = (/** @type {number} */ now) => {
    depth = Math.max(0, now);
    document.body.toggleAttribute("data-dropping", depth > 0);
  };
  document.addEventListener("dragenter", (event) => {
    if (hasFiles(event)) mark(depth + 1);
  });
  document.addEventListener("dragleave", (event) => {
    if (hasFiles(event)) mark(depth - 1);
  });
  document.addEventListener("dragover", (event) => {
    if (hasFiles(event)) event.preventDefault();
  });
  document.addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    mark(0);
    // A picture that was dropped on the builder.
    if (event.defaultPrevented) return;
    event.preventDefault();
    drop([...(event.dataTransfer?.files ?? [])]);
  });
}
