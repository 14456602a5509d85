// What is written on the page: in which font, and where the browser put it.

import { wrapped } from "./shapes.js";

/** @import {Box} from "../stage/geometry.js" */
/** @import {TextShape} from "./shapes.js" */

const measuring = /** @type {CanvasRenderingContext2D} */ (
  document.createElement("canvas").getContext("2d")
);

/**
 * How a text of an element is written.
 * @param {CSSStyleDeclaration} style
 */
export function script(style) {
  return {
    size: Number.parseFloat(style.fontSize),
    weight: style.fontWeight,
    family: style.fontFamily,
    fill: style.color,
    spacing: Number.parseFloat(style.letterSpacing) || 0,
    // What is struck out aslant has its stroke as a background.
    through: style.backgroundImage.startsWith("linear-gradient"),
  };
}

/** @param {{size: number, weight: string, family: string}} font */
function choose({ size, weight, family }) {
  measuring.font = `${weight} ${size}px ${family}`;
}

/**
 * Where in a line box of this height the baseline is.
 * @param {{size: number, weight: string, family: string}} font
 * @param {number} height
 */
export function baseline(font, height) {
  choose(font);
  const { fontBoundingBoxAscent: up, fontBoundingBoxDescent: down } = measuring.measureText("0");
  return (height - up - down) / 2 + up;
}

/**
 * A text in an element's font, broken into lines.
 * @param {string} text
 * @param {HTMLElement} element
 * @param {number} room
 */
export function paragraph(text, element, room) {
  const style = getComputedStyle(element);
  const font = script(style);
  const leading = leadingOf(style);
  choose(font);
  const lines = wrapped(text, room, (line) => measuring.measureText(line).width);
  const first = baseline(font, leading);
  /** @type {TextShape[]} */
  const shapes = lines.map((line, i) => {
    return { kind: "text", text: line, x: 0, y: first + i * leading, ...font };
  });
  return { shapes, leading, length: lines.length, height: lines.length * leading };
}

/** @param {CSSStyleDeclaration} style */
function leadingOf(style) {
  return Number.parseFloat(style.lineHeight) || 1.2 * Number.parseFloat(style.fontSize);
}

/**
 * The texts within elements that are seen, line by line, where the browser put them; those of
 * cells are not among them.
 * @param {Iterable<Element>} roots
 * @param {(element: Element) => Box} box
 * @returns {TextShape[]}
 */
export function texts(roots, box) {
  return [...roots].flatMap((root) => {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    const found = [];
    while (walker.nextNode()) {
      const node = /** @type {Text} */ (walker.currentNode);
      if (node.data.trim() && !node.parentElement?.closest("table"))
        found.push(...lines(node, box));
    }
    return found;
  });
}

/**
 * A text node as it is broken into lines.
 * @param {Text} node
 * @param {(element: Element) => Box} box
 * @returns {TextShape[]}
 */
function lines(node, box) {
  const parent = /** @type {HTMLElement} */ (node.parentElement);
  const font = script(getComputedStyle(parent));
  /** @type {{text: string, box: Box}[]} */
  const found = [];
  for (const { 0: word, index } of node.data.matchAll(/\S+/g)) {
    const place = placed(node, index, index + word.length, parent, box);
    const line = found.at(-1);
    if (!place.width) continue;
    if (line && Math.abs(line.box.y - place.y) < place.height / 2) line.text += ` ${word}`;
    else found.push({ text: word, box: place });
  }
  return found.map(({ text, box: { x, y, height } }) => {
    return { kind: "text", text, x, y: y + baseline(font, height), ...font };
  });
}

/**
 * The box of a part of a text, in the pixels of its scene.
 * @param {Text} node
 * @param {number} from
 * @param {number} to
 * @param {Element} parent
 * @param {(element: Element) => Box} box
 * @returns {Box}
 */
export function placed(node, from, to, parent, box) {
  const range = document.createRange();
  range.setStart(node, from);
  range.setEnd(node, to);
  const [outer, inner] = [parent.getBoundingClientRect(), range.getBoundingClientRect()];
  const { x, y, width } = box(parent);
  const zoom = outer.width / width || 1;
  return {
    x: x + (inner.x - outer.x) / zoom,
    y: y + (inner.y - outer.y) / zoom,
    width: inner.width / zoom,
    height: inner.height / zoom,
  };
}

/**
 * What a stylesheet writes before and after an element's own text.
 * @param {Element} element
 * @param {Box} box of the element
 * @param {{left: number, right: number, baseline: number}|null} own where its own text is
 * @returns {TextShape[]}
 */
export function pseudo(element, box, own) {
  const parts = ["::before", "::after"].flatMap((name) => {
    const style = getComputedStyle(element, name);
    const text = style.content.match(/^"(.+)"$/)?.[1];
    if (!text) return [];
    const font = script(style);
    choose(font);
    const raised = Number.parseFloat(style.verticalAlign);
    const raise = style.verticalAlign.endsWith("%") ? (raised / 100) * leadingOf(style) : raised;
    return [{ text, font, raise: raise || 0, width: measuring.measureText(text).width }];
  });
  const style = getComputedStyle(element);
  const leading = leadingOf(style);
  const total = parts.reduce((sum, { width }) => sum + width, 0);
  const centred = style.textAlign === "center" ? (box.width - total) / 2 : 0;
  let x = own ? own.right : box.x + centred;
  return parts.map(({ text, font, raise, width }) => {
    // Counted from below: what is raised makes its line higher.
    const y = own?.baseline ?? box.y + box.height - leading + baseline(script(style), leading);
    /** @type {TextShape} */
    const shape = { kind: "text", text, x, y: y - raise, ...font };
    x += width;
    return shape;
  });
}
