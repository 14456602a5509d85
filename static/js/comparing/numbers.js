// The numbers of one cell on both sides, from the pictures that stand beside each other.

import { figure } from "../shared/figures.js";
import { fill } from "../shared/texts.js";

/**
 * What is said of a cell.
 * @param {HTMLTableCellElement} cell
 * @param {Record<string, any>} words
 */
export function told(cell, words) {
  const comparison = /** @type {HTMLElement} */ (cell.closest(".comparison"));
  const array = /** @type {HTMLElement} */ (cell.closest("[data-array]")).dataset.array ?? "";
  const { title: layer = "" } = /** @type {HTMLElement} */ (cell.closest("details")).dataset;
  const name = `${layer}, ${array}`;
  const numbers = cellsAt(comparison, cell).map(({ title }) => figure(numberIn(title)));
  const place = placeOf(comparison, cell, words);
  const [left, right, difference] = numbers;
  if (numbers.length < 3) return fill(words.compare_one, { array: name, place, figure: left });
  return fill(words.compare_both, { array: name, place, left, right, difference });
}

/**
 * The cells at the same place in all pictures of a comparison.
 * @param {HTMLElement} comparison
 * @param {HTMLTableCellElement} cell
 */
export function cellsAt(comparison, cell) {
  const row = /** @type {HTMLTableRowElement} */ (cell.parentElement);
  const tables = /** @type {HTMLTableElement[]} */ ([...comparison.querySelectorAll("table")]);
  return tables.map((table) => table.tBodies[0].rows[row.sectionRowIndex].cells[cell.cellIndex]);
}

/**
 * @param {HTMLElement} comparison
 * @param {HTMLTableCellElement} cell
 * @param {Record<string, any>} words
 */
function placeOf(comparison, cell, words) {
  const row = /** @type {HTMLTableRowElement} */ (cell.parentElement);
  const first = (comparison.dataset.first ?? "").split(",").map(Number);
  // Of numbers in a row, there is no row to name.
  const [along, down = 0] = first.toReversed();
  const at = [...first.slice(0, -2), down + row.sectionRowIndex, along + cell.cellIndex];
  const index = at.slice(-first.length);
  const [a, b, c, d] = index.map(String);
  return fill(words[`compare_place_${index.length}`], { a, b, c, d });
}

/** @param {string} written */
const numberIn = (written) => Number(written.replaceAll("−", "-"));
