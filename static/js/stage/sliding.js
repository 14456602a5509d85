// Padding around a map, and the windows over it that a cell has to do with.

import { placesIn } from "./measure.js";
import { around, boxOf, padding, windowOf, windowsOver } from "./windows.js";

/** @import {Box} from "./geometry.js" */
/** @import {Grid, Picture, Place} from "../state/picture.js" */
/** @import {Spot} from "./windows.js" */

const SVG = "http://www.w3.org/2000/svg";
/** Pixels by which each of several windows is drawn within the one before it. */
const APART = 3;
const MANY = 9;

export class Sliding {
  /** @param {HTMLElement} scene */
  constructor(scene) {
    this.scene = scene;
    this.rings = group(scene.querySelector(".under"), "rings");
    this.outlines = group(scene.querySelector(".over"), "windows");
  }

  /**
   * Draws the padding around every map that is read with some.
   * @param {Picture} picture
   */
  draw({ grids }) {
    this.rings.replaceChildren();
    for (const grid of grids) {
      const { ring } = grid;
      if (!ring) continue;
      const hasFigures = this.#holder(grid)?.dataset.figures !== "none";
      for (const { table, rows, columns } of this.#tables(grid))
        for (const spot of padding(ring, rows, columns)) {
          const box = boxOf(table, rows, columns, spot);
          rectangle(this.rings, inset(box, 2), "pad");
          if (!hasFigures) continue;
          const text = document.createElementNS(SVG, "text");
          text.setAttribute("x", String(box.x + box.width / 2));
          text.setAttribute("y", String(box.y + box.height / 2));
          text.textContent = ring.text;
          this.rings.append(text);
        }
    }
  }

  /**
   * Outlines the window that an output cell reads, and every window that reads a cell.
   * @param {Picture} picture
   * @param {Place|null} place
   */
  outline({ grids }, place) {
    this.outlines.replaceChildren();
    const grid = grids.find(({ key }) => key === place?.key);
    if (!place || !grid || grid.shape.length !== 3) return;
    const [, height, width] = grid.shape;
    const channel = Math.floor(place.at / (height * width));
    const spot = {
      row: Math.floor(place.at / width) % height,
      column: place.at % width,
    };
    const read = grids.find(({ key }) => key === grid.windows?.of);
    if (grid.windows && read)
      this.#frame(
        read,
        [windowOf(grid.windows, spot)],
        grid.windows.own_channel ? channel : undefined,
      );
    const reader = grids.find(({ windows }) => windows?.of === grid.key);
    if (reader?.windows) this.#frame(grid, windowsOver(reader.windows, spot), channel);
  }

  /**
   * @param {Grid} grid
   * @param {Spot[][]} windows
   * @param {number|undefined} channel all of them if left out
   */
  #frame(grid, windows, channel) {
    for (const { table, rows, columns, channel: own } of this.#tables(grid)) {
      if (channel !== undefined && own !== channel) continue;
      // So many frames would hide what they frame: one around all.
      const framed = windows.length > MANY ? [windows.flat()] : windows;
      framed.forEach((window, i) => {
        const boxes = window.map((spot) => boxOf(table, rows, columns, spot));
        const whole = around(boxes);
        // What it reads of a window that leaves gaps; without gaps, that is all of it.
        const covered = boxes.reduce((sum, box) => sum + box.width * box.height, 0);
        if (covered < whole.width * whole.height - 1)
          for (const box of boxes) rectangle(this.outlines, inset(box, 4), "tap");
        rectangle(this.outlines, inset(whole, (i % 4) * APART), `window of-${i % 4}`);
      });
    }
  }

  /** @param {Grid} grid */
  #holder({ key }) {
    return /** @type {HTMLElement|null} */ (this.scene.querySelector(`.grid[data-key="${key}"]`));
  }

  /**
   * The tables of a map that are drawn, one a channel.
   * @param {Grid} grid
   */
  #tables(grid) {
    const box = placesIn(this.scene);
    const [, rows, columns] = grid.shape;
    const first = grid.first / (rows * columns);
    return [...(this.#holder(grid)?.querySelectorAll("table") ?? [])].map((table, i) => ({
      table: box(table),
      rows,
      columns,
      channel: first + i,
    }));
  }
}

/**
 * @param {Element|null} svg
 * @param {string} name
 */
function group(svg, name) {
  const node = document.createElementNS(SVG, "g");
  node.setAttribute("class", name);
  svg?.append(node);
  return node;
}

/**
 * @param {Element} parent
 * @param {Box} box
 * @param {string} name
 */
function rectangle(parent, box, name) {
  const node = document.createElementNS(SVG, "rect");
  for (const [attribute, value] of Object.entries({ ...box, rx: 4 }))
    node.setAttribute(attribute, String(value));
  node.setAttribute("class", name);
  parent.append(node);
}

/**
 * @param {Box} box
 * @param {number} by
 * @returns {Box}
 */
const inset = ({ x, y, width, height }, by) => ({
  x: x + by,
  y: y + by,
  width: Math.max(0, width - 2 * by),
  height: Math.max(0, height - 2 * by),
});
