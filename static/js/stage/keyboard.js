// Moving among cells by keyboard: each table is one tab stop, arrows move within it.

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
    focusCell(next);
  });
  root.addEventListener("focusin", (event) => {
    const cell = /** @type {HTMLElement} */ (event.target);
    if (cell.matches('[role="gridcell"]')) makeStop(cell);
  });
}

/** @param {HTMLElement} cell */
export function focusCell(cell) {
  makeStop(cell);
  cell.focus();
}

/** @param {HTMLElement} cell */
function makeStop(cell) {
  for (const stop of cell.closest("table")?.querySelectorAll('[tabindex="0"]') ?? [])
    stop.setAttribute("tabindex", "-1");
  cell.tabIndex = 0;
}

/**
 * @param {HTMLTableCellElement} cell
 * @param {string} key
 * @param {boolean} whole with Ctrl: in the whole grid instead of the row
 * @returns {HTMLElement|undefined}
 */
function neighbour(cell, key, whole) {
  const row = /** @type {HTMLTableRowElement} */ (cell.parentElement);
  const table = /** @type {HTMLTableElement} */ (cell.closest("table"));
  const rows = [...table.rows];
  const down = rows.indexOf(row);
  const across = cell.cellIndex;
  switch (key) {
    case "ArrowRight":
      return row.cells[across + 1];
    case "ArrowLeft":
      return row.cells[across - 1];
    case "ArrowDown":
      return rows[down + 1]?.cells[across];
    case "ArrowUp":
      return rows[down - 1]?.cells[across];
    case "Home":
      return (whole ? rows[0] : row).cells[0];
    case "End": {
      const last = whole ? rows[rows.length - 1] : row;
      return last.cells[last.cells.length - 1];
    }
    default:
      return undefined;
  }
}
