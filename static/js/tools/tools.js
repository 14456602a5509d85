// The tools below the picture: checking one's own numbers, and what can be taken along.

import { captureButtons } from "../exporting/capture.js";
import { checkForm, scriptButtons } from "./check.js";
import { solutionForm } from "./solution.js";

/**
 * @param {import("../stage/transport.js").Transport} transport
 * @param {() => {id?: string, network: unknown}} current the network that the picture shows
 * @param {{lesson: string, words: Record<string, string>}} page
 * @param {() => void} redraw
 */
export function toolsFor(transport, current, { lesson, words }, redraw) {
  checkForm(current, words);
  scriptButtons(current, words);
  captureButtons(transport, lesson, words, redraw);
  solutionForm(current, lesson);
}
