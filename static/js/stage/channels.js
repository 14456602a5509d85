// Large arrays are drawn one channel at a time: opening another, and enlarging a grid.

/** Pixels of a cell with room for both figures, and for one; as in app/layout.py. */
const BOTH = 34;
const ONE = 26;

export class Channels {
  /**
   * @param {HTMLElement} scene
   * @param {(layer: string, at: number) => void} open
   * @param {() => void} resized
   */
  constructor(scene, open, resized) {
    this.scene = scene;
    scene.addEventListener("click", (event) => {
      const button = /** @type {Element} */ (event.target).closest("button");
      const chooser = button?.closest("[data-chooser]")?.getAttribute("data-chooser");
      if (button?.dataset.open && chooser) open(chooser, Number(button.dataset.open));
      if (!button?.matches(".grow")) return;
      const isLarge = button.closest(".grid")?.classList.toggle("enlarged");
      button.setAttribute("aria-pressed", String(isLarge));
      this.measure();
      resized();
    });
    scene.addEventListener("change", (event) => {
      const field = /** @type {HTMLInputElement} */ (event.target);
      const { chooser } = field.dataset;
      if (chooser && field.value && field.checkValidity()) open(chooser, Number(field.value));
    });
  }

  /**
   * Shows other tables, and which channel each grid has open.
   * @param {Record<string, string>} tables the HTML of each grid's planes, by its key
   * @param {Record<string, number>} opened
   */
  show(tables, opened) {
    for (const [key, html] of Object.entries(tables)) {
      const planes = this.scene.querySelector(`.grid[data-key="${key}"] .planes`);
      if (planes) planes.innerHTML = html;
    }
    for (const chooser of /** @type {NodeListOf<HTMLElement>} */ (
      this.scene.querySelectorAll("[data-chooser]")
    )) {
      const at = opened[chooser.dataset.chooser ?? ""];
      if (chooser instanceof HTMLInputElement) chooser.value = String(at);
      for (const [i, thumb] of [...chooser.children].entries())
        thumb.setAttribute("aria-pressed", String(i === at));
    }
  }

  /** Figures are written by the size of a cell. */
  measure() {
    for (const grid of /** @type {NodeListOf<HTMLElement>} */ (
      this.scene.querySelectorAll(".large .grid")
    )) {
      const width = grid.querySelector("td")?.offsetWidth ?? 0;
      grid.dataset.figures = width >= BOTH ? "both" : width >= ONE ? "one" : "none";
    }
  }
}
