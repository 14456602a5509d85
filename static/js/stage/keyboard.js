// Moves the focus by keyboard: each table is one tab stop, and arrow keys move in the drawn grid.

/**
 * @param {HTMLElement} root holds the grids
 * @param {(cell: HTMLElement) => void} pin
 */
export function rove(root, pin) {
  root.addEventListener("keydown", (event) => {
    const cell = /** @type {HTMLElement} */ (event.target).closest('[role="gridcell"]');
    if (!(cell instanceof HTMLTableCellElement) || event.altKey || event.metaKey) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      event.stopPropagation();
      pin(cell);
      return;
    }
    const next = neighbour(cell, event.key, event.ctrlKey);
    if (!next) return;
    event.preventDefault();
    root.setAttribute("data-keys", "");
    focusCell(next);
  });
  root.addEventListener("pointerdown", () => root.removeAttribute("data-keys"));
  root.addEventListener("focusin", (event) => {
    const cell = /** @type {HTMLElement} */ (event.target);
    if (cell.matches('[role="gridcell"]')) makeStop(cell);
  });
}

/** @param {HTMLElement} cell */
export function focusCell(cell) {
  makeStop(cell);
  cell.focus({ preventScroll: false });
}

/** @param {HTMLElement} cell */
function makeStop(cell) {
  for (const stop of cell.closest("table")?.querySelectorAll('[tabindex="0"]') ?? [])
    stop.setAttribute("tabindex", "-1");
  cell.tabIndex = 0;
}

const WAYS = /** @type {Record<string, [number, number]|undefined>} */ ({
  ArrowRight: [1, 0],
  ArrowLeft: [-1, 0],
  ArrowDown: [0, 1],
  ArrowUp: [0, -1],
});

/**
 * @param {HTMLTableCellElement} cell
 * @param {string} key
 * @param {boolean} whole with Ctrl: in the whole grid instead of the row
 * @returns {HTMLElement|undefined}
 */
function neighbour(cell, key, whole) {
  const way = WAYS[key];
  if (!way && key !== "Home" && key !== "End") return undefined;
  const cells = /** @type {HTMLElement[]} */ ([
    .../** @type {Element} */ (cell.closest("table")).querySelectorAll('[role="gridcell"]'),
  ]);
  if (!way && whole) return key === "Home" ? cells[0] : cells[cells.length - 1];
  const here = centre(cell);
  const others = cells.filter((each) => each !== cell).map((each) => ({ each, ...centre(each) }));
  if (!way) {
    const row = [{ each: cell, ...here }, ...others].filter(
      ({ y }) => Math.abs(y - here.y) < here.h / 2,
    );
    const sorted = row.toSorted((a, b) => a.x - b.x);
    return (key === "Home" ? sorted[0] : sorted[sorted.length - 1]).each;
  }
  const [dx, dy] = way;
  let best;
  let least = Number.POSITIVE_INFINITY;
  for (const { each, x, y } of others) {
    const along = (x - here.x) * dx + (y - here.y) * dy;
    const aside = Math.abs((x - here.x) * dy) + Math.abs((y - here.y) * dx);
    // Only cells in the same row or column count.
    if (along <= 1 || aside > (dx ? here.h : here.w) / 2) continue;
    if (along < least) [best, least] = [each, along];
  }
  return best;
}

/** @param {Element} cell */
function centre(cell) {
  const { x, y, width, height } = cell.getBoundingClientRect();
  return { x: x + width / 2, y: y + height / 2, w: width, h: height };
}
