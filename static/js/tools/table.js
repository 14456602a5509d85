// One grid of the network as CSV.

import { fileName, save } from "../exporting/files.js";
import { ask, inWords } from "../shared/api.js";
import { byId, say } from "../shared/page.js";

/**
 * @param {() => {id?: string, network: unknown}} current the network that the page shows
 * @param {string} lesson
 * @param {Record<string, string>} words
 */
export function tableButtons(current, lesson, words) {
  const array = /** @type {HTMLSelectElement} */ (byId("table-of"));
  for (const each of /** @type {NodeListOf<HTMLElement>} */ (
    document.querySelectorAll("[data-table]")
  ))
    each.addEventListener("click", async () => {
      const figure = each.dataset.table ?? "";
      const of = JSON.parse(array.value);
      const { text: name = "" } = array.selectedOptions[0] ?? {};
      try {
        const answer = await ask("/table", current(), { of, figure });
        const file = await answer.blob();
        const isTable = file.type.startsWith("text/csv");
        say("table-message", isTable ? "" : inWords(JSON.parse(await file.text()).errors));
        if (isTable) save(file, fileName(lesson, `${name} ${figure}`, "csv"));
      } catch {
        say("table-message", words.unreachable);
      }
    });
}
