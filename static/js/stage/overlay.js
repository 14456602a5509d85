// What is drawn around the cells: curves under the heatmaps, labels and travelling gradients above.

import { Dots } from "./dots.js";
import { centre, common, curve, overlap, path, pointOn, route, spread } from "./geometry.js";
import { placesIn } from "./measure.js";

/** @import {Box, Point, Way} from "./geometry.js" */
/** @import {Spot} from "./measure.js" */

/**
 * @typedef {{from: Spot, to: Spot, product: number, text?: string,
 *   hidden?: boolean, routed?: boolean, aside?: boolean}} Link ``routed`` to one cell of a window:
 *   past the others; ``aside`` of what the reader looks at
 * @typedef {{link: Link, way: Way, node: SVGGElement|null, from: number, rest: number,
 *   to: number, aside: number}} Traveller the parts of its way where it sets out, rests and
 *   arrives, and how far below it it goes
 */

const SVG = "http://www.w3.org/2000/svg";
const MAX_LABELS = 8;

export class Overlay {
  /** @param {HTMLElement} scene */
  constructor(scene) {
    this.scene = scene;
    this.under = /** @type {SVGSVGElement} */ (scene.querySelector(".under"));
    this.over = /** @type {SVGSVGElement} */ (scene.querySelector(".over"));
    this.curves = add(this.under, "g");
    /** Where the pinned gradient goes on, once it is known. */
    this.onward = add(this.under, "g");
    this.dots = new Dots(scene);
    this.routed = add(this.over, "g");
    this.routed.setAttribute("class", "routes");
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
    this.onward.replaceChildren();
    this.labels.replaceChildren();
    const most =
      Math.max(...[...payers, ...payees].map(({ product }) => Math.abs(product)), 0) || 1;
    const curves = this.#boxed([...payers, ...payees]);
    curves.forEach(({ link, way }, i) => {
      const group = i < payers.length ? this.curves : this.onward;
      line(group, way, link.product, 1.5 + (4.5 * Math.abs(link.product)) / most);
    });
    if (payers.length > MAX_LABELS || !this.#isRoomy()) return;
    const labelled = curves.slice(0, payers.length).filter(({ link }) => link.text && link.product);
    const { t, asides } = stacked(labelled, this.#grids());
    labelled.forEach(({ link, way }, i) => {
      place(chip(this.labels, link.text ?? "", link.product), pointOn(way, t), asides[i]);
    });
  }

  /**
   * Writes the weights that join the cell pointed at to others, over those others.
   * @param {{cell: Element, text: string}[]} tags
   * @param {boolean} under them instead
   */
  tag(tags, under = false) {
    this.tags.replaceChildren();
    const box = placesIn(this.scene);
    for (const { cell, text } of tags) {
      const { x, y, width, height } = box(cell);
      // Over the value's corner: the gradient is what one asks about.
      const corner = /** @type {Point} */ ([x + width / 2 + 6, y + Math.min(8, height / 4)]);
      const below = /** @type {Point} */ ([x + width / 2, y + height + 9]);
      place(chip(this.tags, text, 0, "tag"), under ? below : corner);
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
    for (const { link, way } of this.#boxed(links)) {
      const group = add(this.routed, "g");
      if (link.aside) group.setAttribute("class", "aside");
      line(group, way, link.product, 1.6);
      const head = add(group, "path");
      head.setAttribute("class", `head ${sign(link.product)}`);
      head.setAttribute("d", arrow(pointOn(way, 1), centreOf(link.to, this.scene)));
    }
  }

  /**
   * Curves have no sign before the pinned gradient is known.
   * @param {boolean} pending
   */
  pend(pending) {
    this.curves.classList.toggle("pending", pending);
    this.onward.setAttribute("visibility", pending ? "hidden" : "visible");
  }

  /**
   * The pinned cell's curves step back while the picture tells of another.
   * @param {boolean} aside
   */
  stepBack(aside) {
    this.curves.classList.toggle("aside", aside);
  }

  /**
   * Prepares gradients to travel; a link with a text travels as a label, others as dots.
   * @param {Link[]} links
   */
  send(links) {
    this.stop();
    this.dots.prepare(links.some(({ text }) => text) && this.#isRoomy());
    const grids = this.#grids();
    const roomy = this.#isRoomy();
    const boxed = this.#boxed(links);
    const labelled = boxed.filter(({ link }) => roomy && link.text && !link.hidden);
    const { t: rest, asides } = stacked(labelled, grids);
    this.travellers = boxed.map((each) => {
      const { link, way } = each;
      const still = { link, way, node: null, from: 0, rest: 0.5, to: 1, aside: 0 };
      if (link.hidden) return still;
      if (!link.text || !roomy) return { ...still, rest: between(way, grids) };
      const width = chipWidth(link.text);
      const aside = asides[labelled.indexOf(each)];
      // A label stays off the grids: it sets out beside its source and arrives beside its target.
      const [from, to] = clear(way, width, rest, grids, aside);
      return { link, way, node: chip(this.moving, link.text, link.product), from, rest, to, aside };
    });
  }

  /**
   * Moves every traveller to its place on its curve.
   * @param {(i: number) => number} along from 0 to 1; outside of it the traveller is not shown
   */
  move(along) {
    /** @type {{point: Point, product: number}[]} */
    const dots = [];
    this.travellers.forEach(({ link, way, node, from, rest, to, aside }, i) => {
      if (link.hidden) return;
      const part = along(i);
      const isOut = part < 0 || part >= 1;
      node?.setAttribute("visibility", isOut ? "hidden" : "inherit");
      if (isOut) return;
      const t = part < 0.5 ? from + 2 * part * (rest - from) : rest + (2 * part - 1) * (to - rest);
      const point = pointOn(way, t);
      if (node) place(node, point, aside);
      else dots.push({ point, product: link.product });
    });
    this.dots.draw(dots);
  }

  stop() {
    this.stepBack(false);
    this.moving.replaceChildren();
    this.dots.clear();
    this.travellers = [];
  }

  /** @param {Link[]} links */
  #boxed(links) {
    const box = placesIn(this.scene);
    return links.map((link) => {
      const [from, to] = [box(link.from), box(link.to)];
      const grids = link.routed ? [tableOf(link.from), tableOf(link.to)] : [];
      const [source, target] = grids.map((table) => table && box(table));
      const way =
        source && target
          ? route(from, to, source, target)
          : { first: [], curve: curve(from, to), last: [] };
      return { link, way };
    });
  }

  /** Whether the grids stand in a row, with room between them for labels, and not in several. */
  #isRoomy() {
    const blocks = /** @type {HTMLElement} */ (this.scene.querySelector(".blocks"));
    return this.scene.matches(".large") || getComputedStyle(blocks).display === "grid";
  }

  /** The words and the tables that hold figures, where no label should stand. */
  #grids() {
    const box = placesIn(this.scene);
    const figures = ".grid:not([data-figures=none]) table";
    return [...this.scene.querySelectorAll(`${figures}, .grid h3, .grid .note`)].map(box);
  }
}

/** Pixels.
 * @param {string} text */
const chipWidth = (text) => 14 + 7.4 * text.length;

const HEIGHT = 22;
const DOT = 12;
/** Where along its curve a label may stand, the best first: near the source, but not over it. */
const PLACES = [0.34, 0.45, 0.25, 0.55, 0.65, 0.75, 0.85, 0.15];
/** Pixels below their curves, where labels find no room on them. */
const ASIDE = [0, 1, -1, 2, -2].map((rows) => rows * (HEIGHT + 2));
/** Square pixels of a grid that a label would rather cover than stand a pixel off its curve. */
const AWAY = 10;

/**
 * @param {Way} way
 * @param {number} t
 * @param {number} width
 * @returns {Box}
 */
function labelBox(way, t, width) {
  const [x, y] = pointOn(way, t);
  const height = Math.min(width, HEIGHT);
  return { x: x - width / 2, y: y - height / 2, width, height };
}

/**
 * The part of a way around a place on it, along which a label covers no grid.
 * @param {Way} way
 * @param {number} width
 * @param {number} rest
 * @param {Box[]} grids
 * @param {number} aside
 * @returns {[number, number]}
 */
function clear(way, width, rest, grids, aside) {
  /** @param {number} t */
  const covers = (t) => {
    const on = labelBox(way, t, width);
    const box = { ...on, y: on.y + aside };
    return grids.some((grid) => overlap(box, grid));
  };
  let [from, to] = [rest, rest];
  while (from > 0 && !covers(from - 0.02)) from -= 0.02;
  while (to < 1 && !covers(to + 0.02)) to += 0.02;
  return [Math.max(0, from), Math.min(1, to)];
}

/**
 * Where along its way a dot rests: off the grids, if there is such a place.
 * @param {Way} way
 * @param {Box[]} grids
 */
function between(way, grids) {
  /** @param {number} t */
  const covers = (t) => grids.some((grid) => overlap(labelBox(way, t, DOT), grid));
  return PLACES.find((t) => !covers(t)) ?? PLACES[0];
}

/**
 * Where the labels of one cell's products stand: all as far along their curves, one under the other
 * in the order of the curves, as near to them and as little over the grids as can be.
 * @param {{link: Link, way: Way}[]} labelled
 * @param {Box[]} grids
 * @returns {{t: number, asides: number[]}} how far along, and how far below its curve each is
 */
function stacked(labelled, grids) {
  const choices = PLACES.flatMap((t) => {
    const boxes = labelled.map(({ link, way }) => labelBox(way, t, chipWidth(link.text ?? "")));
    const tops = spread(
      boxes.map(({ y }) => y),
      HEIGHT + 2,
    );
    return ASIDE.map((shift) => {
      const asides = tops.map((top, i) => top + shift - boxes[i].y);
      const costs = boxes.map((box, i) => {
        const there = { ...box, y: box.y + asides[i] };
        const covered = grids.reduce((sum, grid) => sum + common(there, grid), 0);
        return covered + AWAY * Math.abs(asides[i]);
      });
      return { t, asides, cost: costs.reduce((sum, each) => sum + each, 0) };
    });
  });
  return choices.reduce((best, each) => (each.cost < best.cost ? each : best));
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
 * @param {Way} way
 * @param {number} product
 * @param {number} width
 */
function line(parent, way, product, width) {
  const node = add(parent, "path");
  node.setAttribute("d", path(way));
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
  const height = kind === "tag" ? 15 : HEIGHT;
  const shape = { x: -width / 2, y: -height / 2, width, height, rx: height / 2 };
  for (const [name, value] of Object.entries(shape)) box.setAttribute(name, String(value));
  add(node, "text").textContent = text;
  return node;
}

/**
 * @param {Element} node
 * @param {[number, number]} point
 * @param {number} below
 */
function place(node, [x, y], below = 0) {
  node.setAttribute("transform", `translate(${x.toFixed(1)} ${(y + below).toFixed(1)})`);
}

/**
 * The head of an arrow that points from the side of a cell to its centre.
 * @param {Point} side
 * @param {Point} middle
 */
function arrow([x, y], [towardsX, towardsY]) {
  const across = Math.abs(towardsX - x) > Math.abs(towardsY - y);
  const way = across ? Math.sign(towardsX - x) : Math.sign(towardsY - y);
  return across
    ? `M${x + 2 * way} ${y}l${-5 * way} -3.5v7z`
    : `M${x} ${y + 2 * way}l-3.5 ${-5 * way}h7z`;
}

/** @param {Spot} spot */
const tableOf = (spot) => (spot instanceof Element ? spot.closest("table") : null);

/**
 * @param {Spot} spot
 * @param {HTMLElement} scene
 */
const centreOf = (spot, scene) => centre(placesIn(scene)(spot));
