// Opens another channel of a large array, which is drawn one channel at a time.

/**
 * @param {HTMLElement} root
 * @param {(layer: string, at: number) => void} open
 */
export function listenToChoosers(root, open) {
  root.addEventListener("change", (event) => {
    const field = /** @type {HTMLInputElement} */ (event.target);
    const { chooser } = field.dataset;
    if (chooser && field.value && field.checkValidity()) open(chooser, Number(field.value));
  });
}

/**
 * Shows other tables, and marks the open channel of each grid.
 * @param {HTMLElement} root
 * @param {Record<string, string>} tables the HTML of each grid's planes, by its key
 * @param {Record<string, number>} opened
 */
export function showChannels(root, tables, opened) {
  for (const [key, html] of Object.entries(tables)) {
    const planes = root.querySelector(`.grid[data-key="${key}"] .planes`);
    if (planes) planes.innerHTML = html;
  }
  for (const field of /** @type {NodeListOf<HTMLInputElement>} */ (
    root.querySelectorAll("input[data-chooser]")
  ))
    field.value = String(opened[field.dataset.chooser ?? ""]);
}
