// The picture as the page shows it now, read off the page: its grids, curves and moving gradients
// as shapes, under the question and above the sentence of the step.

import { resolved } from "../shared/colours.js";
import { dotsOn } from "../stage/dots.js";
import { overlap } from "../stage/geometry.js";
import { measureIn } from "../stage/measure.js";
import { baseline, paragraph, placed, pseudo, script, texts } from "./lettering.js";
import { hatch, mixed } from "./shapes.js";

/** @import {Box} from "../stage/geometry.js" */
/** @import {Drawing, Shape, TextShape} from "./shapes.js" */
/** @typedef {Record<"panel"|"text"|"soft"|"accent"|"zero"|"positive"|"negative"|"on-cell", string>} Colours */

/** Above and below. */
const MARGIN = 16;
const NAMES = /** @type {const} */ ([
  "panel",
  "text",
  "soft",
  "accent",
  "zero",
  "positive",
  "negative",
  "on-cell",
]);
/** Slices that make the scale of colours in the legend. */
const SLICES = 32;

/**
 * @param {string} caption the step's sentence
 * @param {string[]} captions all that the drawing must have room for
 * @param {string} title
 * @returns {Drawing}
 */
export function draw(caption, captions, title) {
  const scene = /** @type {HTMLElement} */ (document.getElementById("stage"));
  const legend = /** @type {HTMLElement} */ (document.querySelector(".legend"));
  const question = /** @type {HTMLElement} */ (document.getElementById("question"));
  const below = /** @type {HTMLElement} */ (document.getElementById("caption"));
  const colours = /** @type {Colours} */ (
    Object.fromEntries(NAMES.map((name) => [name, resolved(`--${name}`)]))
  );
  const inScene = measureIn(scene);
  const { width } = inScene(scene);
  const side = Number.parseFloat(getComputedStyle(scene).paddingLeft);
  const room = width - 2 * side;

  const asked = paragraph(question.textContent ?? "", question, room);
  const told = paragraph(caption, below, room);
  const lines = Math.max(...captions.map((each) => paragraph(each, below, room).length));
  const [sceneTop, sceneHeight] = [asked.height + MARGIN, inScene(scene).height];
  const legendTop = sceneTop + sceneHeight;
  const { grounds, figures } = cells(scene, inScene, colours);
  const captionTop = legendTop + measureIn(legend)(legend).height + 10;

  return {
    width,
    height: captionTop + lines * told.leading + MARGIN,
    background: colours.panel,
    title,
    description: caption,
    shapes: [
      ...at(side, MARGIN, asked.shapes),
      ...at(0, sceneTop, [
        ...overlay(scene.querySelector(".under")),
        ...thumbnails(scene, inScene, colours),
        ...grounds,
        ...[...scene.querySelectorAll(".between")].flatMap(dotsOn),
        ...texts(scene.querySelectorAll(".grid"), inScene),
        ...figures,
        ...overlay(scene.querySelector(".over")),
      ]),
      ...at(0, legendTop, key(legend, colours)),
      ...at(side, captionTop, told.shapes),
    ],
  };
}

/**
 * @param {number} x
 * @param {number} y
 * @param {Shape[]} shapes
 * @returns {Shape[]} moved there
 */
function at(x, y, shapes) {
  return shapes.map((shape) =>
    shape.kind === "group"
      ? { ...shape, shapes: at(x, y, shape.shapes) }
      : { ...shape, x: x + (shape.x ?? 0), y: y + (shape.y ?? 0) },
  );
}

// --- the grids ----------------------------------------------------------------------------------

/**
 * The cells: their colours, and what stands on them, a group for each.
 * @param {HTMLElement} scene
 * @param {(element: Element) => Box} box
 * @param {Colours} colours
 */
function cells(scene, box, colours) {
  /** @type {Shape[]} */
  const grounds = [];
  /** @type {Shape[]} */
  const figures = [];
  for (const table of scene.querySelectorAll("table")) {
    const found = /** @type {NodeListOf<HTMLElement>} */ (
      table.querySelectorAll('[role="gridcell"]')
    );
    const edge = found.length ? Number.parseFloat(getComputedStyle(found[0]).borderTopWidth) : 0;
    // Looked up once: a large network has thousands of cells without figures.
    const isBare = table.closest('[data-figures="none"]') !== null;
    for (const cell of found) {
      const place = box(cell);
      if (!place.width) continue;
      grounds.push(...ground(cell, place, edge, colours));
      const shapes = rings(cell, place, edge, colours);
      if (!isBare) shapes.push(...figuresOf(cell, box));
      figures.push({ kind: "group", title: cell.getAttribute("aria-label") ?? "", shapes });
    }
  }
  return { grounds, figures };
}

/**
 * A cell's colour. It is mixed here as in static/css/stage/stage.css, because Plotly's lies under it.
 * @param {HTMLElement} cell
 * @param {Box} box
 * @param {number} edge the width of its border
 * @param {Colours} colours
 * @returns {Shape[]}
 */
function ground(cell, box, edge, colours) {
  const values = document.body.dataset.reading === "values";
  const known = values
    ? cell.dataset.value && cell.children[0]?.textContent !== "·"
    : cell.dataset.gradient && !cell.classList.contains("summing");
  const level = known ? Number(cell.style.getPropertyValue(values ? "--v" : "--g")) : 0;
  const pole = level < 0 ? colours.negative : colours.positive;
  const fill = mixed(colours.zero, pole, Math.abs(level));
  // Without a border, a hair larger, so that nothing shines through between two cells.
  /** @type {Shape[]} */
  const shapes = [{ ...frame(box, edge / 2 || -0.2), fill, stroke: colours.panel, width: edge }];
  if (cell.dataset.zero === "unread") {
    const stroke = { stroke: colours.soft, width: 1, opacity: 0.35 };
    shapes.push({ kind: "path", d: hatch(box, 8.5), ...stroke });
  }
  return shapes;
}

/**
 * What frames a cell, as wide as the stylesheets have it; not what is only under the pointer.
 * @param {HTMLElement} cell
 * @param {Box} box
 * @param {number} edge the width of its border
 * @param {Colours} colours
 * @returns {Shape[]}
 */
function rings(cell, box, edge, colours) {
  const { classList: classes, dataset } = cell;
  const chosen = cell.getAttribute("aria-selected") === "true" || classes.contains("pointed");
  const joined = classes.contains("joined");
  const near = classes.contains("near") || classes.contains("told");
  /** @type {Shape[]} */
  const shapes = [];
  if (near && edge) shapes.push({ ...frame(box, edge + 1), stroke: colours.soft, width: 2 });
  if (chosen || dataset.won !== undefined) {
    const style = getComputedStyle(cell, "::after");
    const width = Number.parseFloat(style.borderTopWidth);
    shapes.push({
      ...frame(box, edge + Number.parseFloat(style.top) + width / 2),
      radius: Number.parseFloat(style.borderTopLeftRadius) - width / 2,
      stroke: chosen ? colours.accent : colours["on-cell"],
      width,
      opacity: Number(style.opacity),
    });
  }
  if (joined || (near && !edge)) shapes.push(outline(cell, box, colours));
  return shapes;
}

/**
 * @param {Element} element
 * @param {Box} box
 * @param {Colours} colours
 * @returns {Shape}
 */
function outline(element, box, colours) {
  const style = getComputedStyle(element);
  const width = Number.parseFloat(style.outlineWidth);
  const inset = -Number.parseFloat(style.outlineOffset) - width / 2;
  const dash = style.outlineStyle === "dashed" ? { dash: [2.5 * width, 2 * width] } : {};
  return { ...frame(box, inset), stroke: colours.accent, width, ...dash };
}

/**
 * @param {Box} box
 * @param {number} inset
 */
function frame({ x, y, width, height }, inset) {
  const [wide, high] = [width - 2 * inset, height - 2 * inset].map((side) => Math.max(0, side));
  return { kind: /** @type {const} */ ("rect"), x: x + inset, y: y + inset, wide, high };
}

/**
 * What is written in a cell.
 * @param {HTMLElement} cell
 * @param {(element: Element) => Box} box
 * @returns {TextShape[]}
 */
function figuresOf(cell, box) {
  return [...cell.children].flatMap((span) => {
    const style = getComputedStyle(span);
    if (style.display === "none" || !span.matches(".value, .gradient, .was")) return [];
    const font = { ...script(style), opacity: Number(style.opacity) };
    const node = /** @type {Text|null} */ (span.firstChild);
    const marked = span.matches(".gradient") && (cell.dataset.zero || !cell.dataset.gradient);
    if (!node?.data) return marked ? pseudo(span, box(span), null) : [];
    const place = placed(node, 0, node.data.length, span, box);
    const line = place.y + baseline(font, place.height);
    /** @type {TextShape} */
    const own = {
      kind: "text",
      text: node.data,
      x: place.x + place.width / 2,
      y: line,
      anchor: "middle",
      ...font,
    };
    const right = place.x + place.width;
    const ends = { left: place.x, right, baseline: line };
    return [own, ...(marked ? pseudo(span, box(span), ends) : [])];
  });
}

/**
 * Of large networks: the channels that are shown small, as heatmaps that no table covers; which of
 * them is open; and of which neuron the weights are.
 * @param {HTMLElement} scene
 * @param {(element: Element) => Box} box
 * @param {Colours} colours
 * @returns {Shape[]}
 */
function thumbnails(scene, box, colours) {
  const tables = [...scene.querySelectorAll("table")].map(box);
  /** @type {Shape[]} */
  const shapes = [];
  for (const source of /** @type {NodeListOf<SVGImageElement>} */ (
    scene.querySelectorAll(".heatmaps image")
  )) {
    const { x, y, width, height } = box(source);
    const centre = { x: x + width / 2, y: y + height / 2, width: 1, height: 1 };
    if (!width || tables.some((table) => overlap(table, centre))) continue;
    const href = source.href.baseVal;
    shapes.push({ kind: "image", href, x, y, wide: width, high: height, source });
  }
  for (const opened of scene.querySelectorAll('.thumbs [aria-pressed="true"]'))
    shapes.push(outline(opened, box(opened), colours));
  for (const field of /** @type {NodeListOf<HTMLInputElement>} */ (
    scene.querySelectorAll(".opened input")
  )) {
    const { x, y, height } = box(field);
    const font = script(getComputedStyle(field));
    shapes.push({ kind: "text", text: field.value, x, y: y + baseline(font, height), ...font });
  }
  return shapes;
}

// --- around them --------------------------------------------------------------------------------

/**
 * The curves, labels and moving gradients of one of the stage's two layers of SVG.
 * @param {Element|null} node
 * @param {{x: number, y: number, opacity: number}} around
 * @returns {Shape[]}
 */
function overlay(node, around = { x: 0, y: 0, opacity: 1 }) {
  if (!node) return [];
  return [...node.children].flatMap((child) => {
    const style = getComputedStyle(child);
    if (child.localName !== "g" && style.visibility === "hidden") return [];
    const [x = 0, y = 0] = (child.getAttribute("transform")?.match(/-?[\d.]+/g) ?? []).map(Number);
    const here = {
      x: around.x + x,
      y: around.y + y,
      opacity: around.opacity * Number(style.opacity),
    };
    return child.localName === "g" ? overlay(child, here) : drawn(child, style, here);
  });
}

/**
 * @param {Element} node
 * @param {CSSStyleDeclaration} style
 * @param {{x: number, y: number, opacity: number}} around
 * @returns {Shape[]}
 */
function drawn(node, style, { x, y, opacity }) {
  /** @param {string} name */
  const number = (name) => Number.parseFloat(node.getAttribute(name) ?? "0");
  const stroke = { stroke: style.stroke, width: Number.parseFloat(style.strokeWidth), opacity };
  const dash = (style.strokeDasharray.match(/[\d.]+/g) ?? []).map(Number);
  switch (node.localName) {
    case "path":
      return [
        {
          kind: "path",
          d: node.getAttribute("d") ?? "",
          x,
          y,
          ...stroke,
          ...(dash.length ? { dash } : {}),
        },
      ];
    case "rect":
      return [
        {
          kind: "rect",
          x: x + number("x"),
          y: y + number("y"),
          wide: number("width"),
          high: number("height"),
          radius: number("rx"),
          fill: style.fill,
          ...stroke,
        },
      ];
    case "text": {
      const font = { ...script(style), fill: style.fill, opacity };
      const middle = baseline(font, 0);
      const text = node.textContent ?? "";
      return [{ kind: "text", text, x, y: y + middle, anchor: "middle", ...font }];
    }
  }
  return [];
}

/**
 * The legend.
 * @param {HTMLElement} legend
 * @param {Colours} colours
 * @returns {Shape[]}
 */
function key(legend, colours) {
  const box = measureIn(legend);
  /** @type {Shape[]} */
  const shapes = [];
  for (const element of legend.querySelectorAll(".scale, .sample, .ring, .mark")) {
    const { x, y, width, height } = box(element);
    const [wide, high] = [width, height];
    if (element.matches(".scale"))
      for (let i = 0; i < SLICES; i += 1) {
        const level = (2 * i) / (SLICES - 1) - 1;
        const fill = mixed(
          colours.zero,
          level < 0 ? colours.negative : colours.positive,
          Math.abs(level),
        );
        const slice = width / SLICES;
        // A hair wider, so that nothing shines through between two.
        shapes.push({ kind: "rect", x: x + i * slice, y, wide: slice + 0.3, high, fill });
      }
    if (element.matches(".sample"))
      shapes.push({ kind: "rect", x, y, wide, high, radius: 5, fill: colours.zero });
    if (element.matches(".ring"))
      shapes.push({
        kind: "rect",
        x: x + 1,
        y: y + 1,
        wide: wide - 2,
        high: high - 2,
        radius: 3,
        stroke: colours.text,
        width: 2,
      });
    if (element.matches(".mark")) shapes.push(...pseudo(element, box(element), null));
  }
  return [...shapes, ...texts([legend], box)];
}
