// Arrays as text, and the other way round. No DOM here.

import { written } from "./figures.js";

/**
 * The shape of nested lists; [] where they are none.
 * @param {unknown} array
 * @returns {number[]}
 */
export function shapeOf(array) {
  return Array.isArray(array) ? [array.length, ...shapeOf(array[0])] : [];
}

/**
 * An array as one would type it: a line for each row, or with brackets where it has several planes.
 * @param {unknown} array
 * @returns {string}
 */
export function textOf(array) {
  let rows = array;
  while (Array.isArray(rows) && rows.length === 1 && Array.isArray(rows[0])) rows = rows[0];
  if (!Array.isArray(rows)) return "";
  if (shapeOf(rows).length === 1) return rows.map(written).join(" ");
  if (shapeOf(rows).length === 2) return aligned(rows);
  return bracketed(rows, "");
}

/** @param {number[][]} rows */
function aligned(rows) {
  const texts = rows.map((row) => row.map(written));
  const widths = texts[0].map((_, i) => Math.max(...texts.map((row) => row[i]?.length ?? 0)));
  return texts.map((row) => row.map((text, i) => text.padStart(widths[i])).join(" ")).join("\n");
}

/**
 * @param {any[]} array
 * @param {string} indent
 * @returns {string}
 */
function bracketed(array, indent) {
  if (!Array.isArray(array[0])) return `[${array.map(written).join(", ")}]`;
  const inner = `${indent} `;
  return `[${array.map((part) => bracketed(part, inner)).join(`,\n${inner}`)}]`;
}

/**
 * Nested lists with axes of length 1 in front, up to so many axes.
 * @param {unknown} array
 * @param {number} rank
 * @returns {unknown}
 */
export function raised(array, rank) {
  return shapeOf(array).length < rank ? raised([array], rank) : array;
}

/** @param {number[]} shape */
export const sizeInWords = (shape) => shape.join(" × ");
