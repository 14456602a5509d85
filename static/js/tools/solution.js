// Opens the worked solution in a page of its own, by sending a form.

/** @typedef {{network: unknown}} Source the network as it is now */

/**
 * @param {() => Source} current
 * @param {string} lesson
 */
export function solutionForm(current, lesson) {
  const form = /** @type {HTMLFormElement} */ (document.getElementById("solution"));
  const asked = /** @type {HTMLInputElement} */ (form.elements.namedItem("asked"));
  form.addEventListener("submit", (event) => {
    const { network } = current();
    const of = /** @type {HTMLButtonElement|null} */ (event.submitter)?.value;
    asked.value = JSON.stringify({ network, lesson, cell: of === "cell" ? inspected() : null });
  });
}

/** The cell that the inspector shows, in the server's notation. */
function inspected() {
  const card = /** @type {HTMLElement} */ (document.querySelector("#inspector .card"));
  const [layer, parameter] = (card.dataset.key ?? "").split(".");
  const index = (card.dataset.index ?? "").split(",").map(Number);
  return { layer: Number(layer), index, ...(parameter ? { parameter } : {}) };
}
