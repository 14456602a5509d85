// What is drawn around the cells: curves under the heatmaps, labels and travelling gradients above.

import { figure } from "./figures.js";
import { curve, overlap, path, pointAt } from "./geometry.js";
import { measureIn } from "./measure.js";

/** @import {Box, Curve} from "./geometry.js" */
/** @import {Spot} from "./measure.js" */

/**
 * @typedef {{from: Spot, to: Spot, product: number, text?: string,
 *   hidden?: boolean}} Link
 * @typedef {{link: Link, points: Curve, node: SVGGElement|null,
 *   rest: number}} Traveller where it rests on its way, halfway through its journey
 */

const SVG = "http://www.w3.org/2000/svg";
const MAX_LABELS = 8;
/** Below this width the grids stand under each other, with no room between them for labels. */
const NARROW = 700;

export class Overlay {
  /** @param {HTMLElement} scene */
  constructor(scene) {
    this.scene = scene;
    this.under = /** @type {SVGSVGElement} */ (scene.querySelector(".under"));
    this.over = /** @type {SVGSVGElement} */ (scene.querySelector(".over"));
    this.routed = add(this.under, "g");
    this.curves = add(this.under, "g");
    this.ends = add(this.over, "g");
    this.ends.setAttribute("class", "ends");
    this.labels = add(this.over, "g");
    this.moving = add(this.over, "g");
    this.tags = add(this.over, "g");
    /** @type {Traveller[]} */
    this.travellers = [];
  }

  /**
   * Draws the curves of the pinned cell, labelled where they pay it.
   * @param {Link[]} payers
   * @param {Link[]} payees
   */
  connect(payers, payees) {
    this.curves.replaceChildren();
    this.labels.replaceChildren();
    const most =
      Math.max(...[...payers, ...payees].map(({ product }) => Math.abs(product)), 0) || 1;
    const curves = this.#boxed([...payers, ...payees]);
    /** @type {Box[]} */
    const taken = [];
    const roomy = payers.length <= MAX_LABELS && this.scene.offsetWidth >= NARROW;
    const grids = [...this.scene.querySelectorAll("table")].map(measureIn(this.scene));
    curves.forEach(({ link, points }, i) => {
      line(this.curves, points, link.product, 1.5 + (4.5 * Math.abs(link.product)) / most);
      if (roomy && link.text && link.product && i < payers.length) {
        const label = chip(this.labels, link.text, link.product);
        place(label, pointAt(points, free(points, link.text, taken, grids)));
      }
    });
  }

  /**
   * Writes the weights that join the cell pointed at to others, over those others.
   * @param {{cell: Element, text: string}[]} tags
   */
  tag(tags) {
    this.tags.replaceChildren();
    const box = measureIn(this.scene);
    for (const { cell, text } of tags) {
      const { x, y, width, height } = box(cell);
      // Over the value's corner: the gradient is what one asks about.
      place(chip(this.tags, text, 0, "tag"), [x + width / 2 + 6, y + Math.min(8, height / 4)]);
    }
  }

  /** Hides the labels of the curves while gradients travel along them. */
  quiet(hidden = true) {
    this.labels.setAttribute("visibility", hidden ? "hidden" : "visible");
  }

  /**
   * Draws thin lines that stay: the routes that gradients have taken.
   * @param {Link[]} links
   */
  routes(links) {
    this.routed.replaceChildren();
    this.ends.replaceChildren();
    for (const { link, points } of this.#boxed(links)) {
      line(this.routed, points, link.product, 1.2);
      place(dot(this.ends, link.product), points[3]);
    }
  }

  /**
   * Curves have no sign before the pinned gradient is known.
   * @param {boolean} pending
   */
  pend(pending) {
    this.curves.classList.toggle("pending", pending);
  }

  /**
   * Prepares gradients to travel; a link with a text travels as a label, others as dots.
   * @param {Link[]} links
   */
  send(links) {
    this.stop();
    const dots = add(this.moving, "g");
    dots.setAttribute("class", links.some(({ text }) => text) ? "faint" : "");
    /** @type {Box[]} */
    const taken = [];
    this.travellers = this.#boxed(links).map(({ link, points }) => {
      if (link.hidden) return { link, points, node: null, rest: 0.5 };
      if (!link.text) return { link, points, node: dot(dots, link.product), rest: 0.5 };
      const rest = free(points, link.text, taken, []);
      return { link, points, node: chip(this.moving, link.text, link.product), rest };
    });
  }

  /**
   * Moves every traveller to its place on its curve.
   * @param {(i: number) => number} along from 0 to 1; outside of it the traveller is not shown
   */
  move(along) {
    this.travellers.forEach(({ points, node, rest }, i) => {
      if (!node) return;
      const half = along(i);
      const t = half < 0.5 ? 2 * half * rest : rest + (2 * half - 1) * (1 - rest);
      node.setAttribute("visibility", t < 0 || t >= 1 ? "hidden" : "inherit");
      if (t >= 0 && t < 1) place(node, pointAt(points, t));
    });
  }

  stop() {
    this.moving.replaceChildren();
    this.travellers = [];
  }

  /** @param {Link[]} links */
  #boxed(links) {
    const box = measureIn(this.scene);
    return links.map((link) => ({ link, points: curve(box(link.from), box(link.to)) }));
  }
}

/** @param {string} text */
const chipWidth = (text) => 14 + 7.4 * text.length;

/** Where along its curve a label may stand, the best first: near the source, but not over it. */
const PLACES = [0.34, 0.45, 0.25, 0.55, 0.65, 0.75, 0.85, 0.15];

/**
 * A place on a curve where a label covers none of those before it, and no grid if that can be.
 * @param {Curve} points
 * @param {string} text
 * @param {Box[]} taken
 * @param {Box[]} grids
 * @returns {number} how far along the curve
 */
function free(points, text, taken, grids) {
  const width = chipWidth(text);
  const places = PLACES.map((t) => {
    const [x, y] = pointAt(points, t);
    return { t, box: { x: x - width / 2, y: y - 11, width, height: 22 } };
  });
  /** @param {Box[]} others */
  const clearOf =
    (others) =>
    (/** @type {{box: Box}} */ { box }) =>
      !others.some((other) => overlap(box, other));
  const apart = places.filter(clearOf(taken));
  const { t, box } = apart.find(clearOf(grids)) ?? apart[0] ?? places[0];
  taken.push(box);
  return t;
}

/** @param {number} product */
function sign(product) {
  return product > 0 ? "positive" : product < 0 ? "negative" : "none";
}

/**
 * @param {Element} parent
 * @param {string} name
 */
function add(parent, name) {
  const node = /** @type {SVGGElement} */ (document.createElementNS(SVG, name));
  parent.append(node);
  return node;
}

/**
 * @param {Element} parent
 * @param {Curve} points
 * @param {number} product
 * @param {number} width
 */
function line(parent, points, product, width) {
  const node = add(parent, "path");
  node.setAttribute("d", path(points));
  node.setAttribute("class", `curve ${sign(product)}`);
  node.setAttribute("stroke-width", width.toFixed(2));
}

/**
 * @param {Element} parent
 * @param {string} text
 * @param {number} product
 * @param {string} kind
 */
function chip(parent, text, product, kind = "chip") {
  const node = add(parent, "g");
  node.setAttribute("class", `${kind} ${sign(product)}`);
  const box = add(node, "rect");
  const width = kind === "tag" ? 6 + 6.7 * text.length : chipWidth(text);
  const height = kind === "tag" ? 15 : 22;
  const shape = { x: -width / 2, y: -height / 2, width, height, rx: height / 2 };
  for (const [name, value] of Object.entries(shape)) box.setAttribute(name, String(value));
  add(node, "text").textContent = text;
  return node;
}

/**
 * @param {Element} parent
 * @param {number} product
 */
function dot(parent, product) {
  const node = add(parent, "circle");
  node.setAttribute("class", `dot ${sign(product)}`);
  node.setAttribute("r", product ? "5.5" : "2.5");
  return node;
}

/**
 * @param {Element} node
 * @param {[number, number]} point
 */
function place(node, [x, y]) {
  node.setAttribute("transform", `translate(${x.toFixed(1)} ${y.toFixed(1)})`);
}

/**
 * @param {number} upstream
 * @param {number} factor
 */
export function times(upstream, factor) {
  const second = factor < 0 ? `(${figure(factor)})` : figure(factor);
  return `${figure(upstream)} × ${second}`;
}
