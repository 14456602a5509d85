// The tools below the picture: checking one's own numbers, links, files and scripts.

import { captureButtons } from "../exporting/capture.js";
import { checkForm, scriptButtons } from "./check.js";
import { solutionForm } from "./solution.js";

/**
 * @param {import("../stage/transport.js").Transport} transport
 * @param {import("../stage/stage.js").Stage} stage
 * @param {import("../state/store.js").Store<import("../state/page.js").State>} store
 * @param {() => {id?: string, network: unknown}} current the network that the picture shows
 * @param {{lesson: string, words: Record<string, string>}} page
 */
export function toolsFor(transport, stage, store, current, { lesson, words }) {
  checkForm(current, words);
  scriptButtons(current, words);
  captureButtons(transport, stage, store, lesson, words);
  solutionForm(current, lesson);
}
