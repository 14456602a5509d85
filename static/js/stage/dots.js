// Gradients that travel as dots, on a canvas behind the numbers: hundreds of them move at once.

import { resolved } from "../shared/colours.js";

/** @import {Point} from "./geometry.js" */
/** @import {CircleShape} from "../exporting/shapes.js" */

/** Pixels: the radius of a product, and of one that is 0. */
const RADIUS = 5.5;
const RADIUS_OF_0 = 2.5;
const EDGE = 1.5;
const FAINT = 0.45;

/** @typedef {{point: Point, product: number}} Dot */

/** @typedef {HTMLCanvasElement & {shown?: {dots: Dot[], opacity: number}}} Canvas tells what it shows */

export class Dots {
  /** @param {HTMLElement} scene */
  constructor(scene) {
    this.scene = scene;
    this.canvas = /** @type {Canvas} */ (document.createElement("canvas"));
    this.canvas.className = "between";
    this.canvas.setAttribute("aria-hidden", "true");
    scene.querySelector(".heatmaps")?.after(this.canvas);
    this.opacity = 1;
    /** Each sign's dot, drawn once. @type {Map<number, HTMLCanvasElement>} */
    this.stamps = new Map();
  }

  /**
   * Dots are about to move.
   * @param {boolean} faint behind labels, which say more
   */
  prepare(faint) {
    this.opacity = faint ? FAINT : 1;
    this.stamps.clear();
    const { offsetWidth: width, offsetHeight: height } = this.scene;
    this.sharpness = window.devicePixelRatio;
    this.canvas.width = Math.round(width * this.sharpness);
    this.canvas.height = Math.round(height * this.sharpness);
    this.canvas.shown = undefined;
  }

  /**
   * Draws them where they are now, and no others.
   * @param {Dot[]} dots
   */
  draw(dots) {
    const context = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"));
    const { sharpness = 1 } = this;
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    context.globalAlpha = this.opacity;
    for (const { point, product } of dots) {
      const stamp = this.#stamp(Math.sign(product));
      const [x, y] = point.map((at) => at * sharpness - stamp.width / 2);
      context.drawImage(stamp, x, y);
    }
    this.canvas.shown = { dots, opacity: this.opacity };
  }

  clear() {
    if (!this.canvas.shown) return;
    this.draw([]);
    this.canvas.shown = undefined;
  }

  /** @param {number} sign */
  #stamp(sign) {
    const found = this.stamps.get(sign);
    if (found) return found;
    const stamp = document.createElement("canvas");
    const { r, fill, stroke, width } = ink(sign);
    const side = Math.ceil((2 * r + width) * (this.sharpness ?? 1)) + 2;
    stamp.width = stamp.height = side;
    const context = /** @type {CanvasRenderingContext2D} */ (stamp.getContext("2d"));
    context.setTransform(this.sharpness ?? 1, 0, 0, this.sharpness ?? 1, side / 2, side / 2);
    context.arc(0, 0, r, 0, 2 * Math.PI);
    context.fillStyle = fill;
    context.fill();
    context.strokeStyle = stroke;
    context.lineWidth = width;
    context.stroke();
    this.stamps.set(sign, stamp);
    return stamp;
  }
}

/** @param {number} sign */
function ink(sign) {
  const colour = sign > 0 ? "--positive-text" : sign < 0 ? "--negative-text" : "--soft";
  const r = sign ? RADIUS : RADIUS_OF_0;
  return { r, fill: resolved(colour), stroke: resolved("--panel"), width: EDGE };
}

/**
 * The dots that a canvas shows.
 * @param {Element} canvas
 * @returns {CircleShape[]}
 */
export function dotsOn(canvas) {
  const { dots = [], opacity } = /** @type {Canvas} */ (canvas).shown ?? {};
  return dots.map(({ point: [x, y], product }) => {
    return { kind: "circle", x, y, ...ink(Math.sign(product)), opacity };
  });
}
