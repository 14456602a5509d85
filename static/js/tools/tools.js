// The tools below the picture: checking one's own numbers, links, files and scripts.

import { captureButtons } from "../exporting/capture.js";
import { checkForm, scriptButtons } from "./check.js";
import { solutionForm } from "./solution.js";
import { tableButtons } from "./table.js";

/**
 * @param {import("../stage/transport.js").Transport} transport
 * @param {import("../stage/stage.js").Stage} stage
 * @param {import("../state/store.js").Store<import("../state/page.js").State>} store
 * @param {{current: () => {id?: string, network: unknown}, told: () => Promise<void>}} asked the
 *   network that the picture shows; and all of its steps in words, once they are there
 * @param {{lesson: string, words: Record<string, string>}} page
 */
export function toolsFor(transport, stage, store, { current, told }, { lesson, words }) {
  checkForm(current, words);
  scriptButtons(current, words);
  captureButtons(transport, stage, store, told, { lesson, words });
  solutionForm(current, lesson);
  tableButtons(current, lesson, words);
}
