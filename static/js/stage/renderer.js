// Draws a list of shapes as SVG. A shape that is the same object as before is not redrawn.

import { resolved } from "../shared/colours.js";
import { channels, css, plain } from "./ink.js";

/**
 * @import {Heat, Shape} from "./shapes.js"
 *
 * @typedef {{node: SVGElement, shape: Shape, written: Record<string, string>}} Drawn ``written``: the
 *   element's attributes
 */

const SVG = "http://www.w3.org/2000/svg";
const TAGS = { rect: "rect", path: "path", circle: "circle", text: "text", heat: "image" };

export class Renderer {
  /** @param {SVGElement} root */
  constructor(root) {
    this.root = root;
    /** @type {Map<string, Drawn>} */
    this.drawn = new Map();
    /** @type {string} */
    this.order = "";
  }

  /** @param {Shape[]} shapes */
  draw(shapes) {
    const counts = /** @type {Record<string, number>} */ ({});
    /** @type {Map<string, Drawn>} */
    const next = new Map();
    for (const shape of shapes) {
      let key = shape.key ?? "";
      if (!key || next.has(key)) {
        counts[shape.kind] = (counts[shape.kind] ?? 0) + 1;
        key = `${shape.kind}#${counts[shape.kind]}`;
      }
      const old = this.drawn.get(key);
      if (old?.shape === shape) next.set(key, old);
      else {
        const reused = old && old.shape.kind === shape.kind ? old : undefined;
        const node = reused?.node ?? document.createElementNS(SVG, TAGS[shape.kind]);
        next.set(key, { node, shape, written: write(node, shape, reused) });
      }
    }
    for (const [key, { node }] of this.drawn) if (next.get(key)?.node !== node) node.remove();
    let before = /** @type {ChildNode|null} */ (this.root.firstChild);
    for (const { node } of next.values()) {
      if (node === before) before = before.nextSibling;
      else this.root.insertBefore(node, before);
    }
    this.drawn = next;
  }

  /** Redraws the images, whose colours are fixed, after a change of the theme. */
  forget() {
    images.clear();
    for (const [key, { node, shape }] of this.drawn)
      if (shape.kind === "heat") {
        node.remove();
        this.drawn.delete(key);
      }
  }
}

/**
 * @param {Element} node
 * @param {Shape} shape
 * @param {Drawn} [before]
 * @returns {Record<string, string>} the element's attributes
 */
function write(node, shape, before) {
  const now = attributes(shape);
  const then = before?.written ?? {};
  for (const name of Object.keys(then)) if (!(name in now)) node.removeAttribute(name);
  for (const [name, value] of Object.entries(now))
    if (then[name] !== value) node.setAttribute(name, value);
  if (shape.kind !== "text") return now;
  const old = before?.shape.kind === "text" ? before.shape : undefined;
  if (old && !old.runs && !shape.runs && old.text === shape.text) return now;
  if (!shape.runs) node.textContent = shape.text;
  else
    node.replaceChildren(
      ...shape.runs.map(({ text, fill, weight }) => {
        const span = document.createElementNS(SVG, "tspan");
        span.textContent = text;
        if (fill) span.style.fill = css(fill);
        if (weight) span.setAttribute("font-weight", String(weight));
        return span;
      }),
    );
  return now;
}

/**
 * @param {Shape} shape
 * @returns {Record<string, string>}
 */
function attributes(shape) {
  /** @type {Record<string, string>} */
  const all = {};
  /**
   * @param {string} name
   * @param {unknown} value
   */
  const set = (name, value) => {
    if (value !== undefined && value !== null) all[name] = String(value);
  };
  set("data-part", shape.part);
  if (shape.term) set("data-term", shape.term.join(" "));
  set("opacity", shape.opacity);
  if (shape.kind === "heat") {
    set("x", shape.x);
    set("y", shape.y);
    set("width", shape.wide);
    set("height", shape.high);
    set("preserveAspectRatio", "none");
    set("style", "image-rendering:pixelated");
    set("href", imageOf(shape));
    return all;
  }
  const stroke = shape.stroke ? `;stroke:${css(shape.stroke)}` : "";
  set("style", `fill:${css(shape.fill)}${stroke}`);
  if (shape.stroke) set("stroke-width", shape.width ?? 1);
  set("stroke-dasharray", shape.dash?.join(" "));
  switch (shape.kind) {
    case "rect":
      set("x", shape.x);
      set("y", shape.y);
      set("width", Math.max(0, shape.wide));
      set("height", Math.max(0, shape.high));
      set("rx", shape.radius && Math.max(0, shape.radius));
      break;
    case "circle":
      set("cx", shape.x);
      set("cy", shape.y);
      set("r", shape.r);
      break;
    case "path":
      set("d", shape.d);
      if (shape.x || shape.y) set("transform", `translate(${shape.x ?? 0} ${shape.y ?? 0})`);
      if (shape.stroke && !shape.dash) set("stroke-linecap", "round");
      break;
    case "text":
      set("x", shape.x);
      set("y", shape.y);
      set("font-size", shape.size);
      set("font-weight", shape.weight);
      set("text-anchor", shape.anchor);
      set("xml:space", "preserve");
      if (shape.through) set("text-decoration", "line-through");
      break;
  }
  return all;
}

/** @type {Map<(number|null)[], string>} a cache of the images of maps */
const images = new Map();

/** One canvas for all: a new one takes longer than what is drawn on it. */
const shared = document.createElement("canvas");

/** @param {Heat} shape */
function imageOf(shape) {
  const cached = images.get(shape.levels);
  if (cached) return cached;
  const href = painted(shape, shared).toDataURL();
  images.set(shape.levels, href);
  return href;
}

/**
 * Draws a heatmap with one pixel per cell.
 * @param {Pick<Heat, "columns"|"levels"|"of">} shape
 * @param {HTMLCanvasElement} [canvas]
 */
export function painted({ columns, levels, of }, canvas = document.createElement("canvas")) {
  canvas.width = columns;
  canvas.height = Math.max(1, Math.ceil(levels.length / columns));
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const image = context.createImageData(canvas.width, canvas.height);
  const ends = ["--negative", "--negative-pale", "--zero", "--positive-pale", "--positive"].map(
    (name) => channels(resolved(name)),
  );
  const greys = ["--grey-pale", "--grey-full"].map((name) => channels(resolved(name)));
  const ink = channels(resolved("--text"));
  levels.forEach((level, i) => {
    if (level === null) return;
    if (of === "ink") {
      // What lies under it shows through, as far as it is not black.
      image.data.set([...ink, 255 * Math.min(1, level)], 4 * i);
      return;
    }
    const [from, to] =
      of === "grey"
        ? greys
        : level < 0
          ? [ends[1], ends[0]]
          : level > 0
            ? [ends[3], ends[4]]
            : [ends[2], ends[2]];
    const share = Math.min(1, Math.abs(level));
    from.forEach((x, k) => {
      image.data[4 * i + k] = x + (to[k] - x) * share;
    });
    image.data[4 * i + 3] = 255;
  });
  context.putImageData(image, 0, 0);
  return canvas;
}

/**
 * The shapes for a file, with the colours of the present theme.
 * @param {Shape[]} shapes
 * @returns {import("../exporting/shapes.js").Shape[]}
 */
export function inked(shapes) {
  const family = getComputedStyle(document.body).fontFamily;
  return shapes.map((shape) => {
    if (shape.kind === "heat") {
      const { x, y, wide, high } = shape;
      const source = painted(shape);
      return { kind: "image", x, y, wide, high, source, href: source.toDataURL() };
    }
    const colours = { fill: plain(shape.fill), stroke: plain(shape.stroke) };
    if (shape.kind !== "text") return { ...shape, ...colours };
    const runs = shape.runs?.map((run) => ({ ...run, fill: plain(run.fill ?? shape.fill) }));
    return { ...shape, ...colours, runs, family, weight: String(shape.weight) };
  });
}
