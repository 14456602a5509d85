// A drawing as a list of plain shapes, and its two outputs: an SVG file, and a canvas. It does not
// use the page; drawing.js makes the drawing of the page.

/**
 * Colours have the form of computed styles: «rgb(…)», «rgba(…)» or «color(srgb …)».
 * Lengths are pixels; a text's ``y`` is its baseline.
 *
 * @typedef {{fill?: string, stroke?: string, width?: number, dash?: number[], opacity?: number}} Ink
 * @typedef {Ink & {kind: "rect", x: number, y: number, wide: number, high: number,
 *   radius?: number}} RectShape
 * @typedef {Ink & {kind: "path", d: string, x?: number, y?: number}} PathShape
 * @typedef {Ink & {kind: "circle", x: number, y: number, r: number}} CircleShape
 * @typedef {Ink & {kind: "text", text: string, x: number, y: number, size: number, weight: string,
 *   family: string, anchor?: "start"|"middle"|"end", spacing?: number, through?: boolean,
 *   runs?: {text: string, fill?: string, weight?: number}[]}} TextShape
 * @typedef {{kind: "image", href: string, x: number, y: number, wide: number, high: number,
 *   source: CanvasImageSource}} ImageShape
 * @typedef {{kind: "group", title: string, shapes: Shape[], x?: number, y?: number,
 *   scale?: number}} GroupShape
 * @typedef {RectShape|PathShape|CircleShape|TextShape|ImageShape|GroupShape} Shape
 * @typedef {{width: number, height: number, background: string, title: string,
 *   description: string, shapes: Shape[]}} Drawing
 */

/**
 * A computed colour in the form that every SVG reader knows, also without newer CSS notations.
 * @param {string|undefined} css
 * @returns {{hex: string, alpha: number}} alpha 0 is invisible
 */
export function colour(css) {
  const parts = css?.match(/^(rgba?|color)\((?:srgb )?([^)]*)\)$/);
  if (!parts) return { hex: "#000000", alpha: 0 };
  const [red, green, blue, alpha = 1] = (parts[2].match(/[\d.e-]+%?/g) ?? []).map((number) =>
    number.endsWith("%") ? Number.parseFloat(number) / 100 : Number(number),
  );
  const scale = parts[1] === "color" ? 255 : 1;
  const channels = [red, green, blue].map((channel) =>
    Math.round(Math.min(255, Math.max(0, channel * scale)))
      .toString(16)
      .padStart(2, "0"),
  );
  return { hex: `#${channels.join("")}`, alpha };
}

/**
 * Breaks a text into lines of at most ``room``; a word that is wider has its own line.
 * @param {string} text
 * @param {number} room
 * @param {(text: string) => number} widthOf
 * @returns {string[]}
 */
export function wrapped(text, room, widthOf) {
  /** @type {string[]} */
  const lines = [];
  // Do not break at no-break spaces, which are inside figures.
  for (const word of text.split(/[ \n\t]+/).filter(Boolean)) {
    const longer = lines.length ? `${lines.at(-1)} ${word}` : word;
    if (lines.length && widthOf(longer) <= room) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

// --- as SVG -------------------------------------------------------------------------------------

/**
 * @param {Drawing} drawing
 * @returns {string} a file that refers to no other file
 */
export function asSvg({ width, height, background, title, description, shapes }) {
  const [w, h] = [Math.ceil(width), Math.ceil(height)];
  const ground = { kind: /** @type {const} */ ("rect"), x: 0, y: 0, wide: w, high: h };
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}" viewBox="0 0 ${w} ${h}" role="img" aria-labelledby="title description">`,
    `<title id="title">${escaped(title)}</title>`,
    `<desc id="description">${escaped(description)}</desc>`,
    ...[{ ...ground, fill: background }, ...shapes].map(element),
    "</svg>",
    "",
  ].join("\n");
}

/**
 * @param {Shape} shape
 * @returns {string}
 */
function element(shape) {
  switch (shape.kind) {
    case "group":
      return `<g${placed(shape)}>${named(shape)}${shape.shapes.map(element).join("")}</g>`;
    case "image":
      return tag("image", {
        ...box(shape),
        href: shape.href,
        preserveAspectRatio: "none",
        style: "image-rendering:pixelated",
      });
    case "rect":
      return tag("rect", { ...box(shape), rx: shape.radius, ...ink(shape) });
    case "circle":
      return tag("circle", { cx: shape.x, cy: shape.y, r: shape.r, ...ink(shape) });
    case "path": {
      const moved = shape.x || shape.y ? `translate(${short(shape.x)} ${short(shape.y)})` : null;
      return tag("path", {
        d: shape.d,
        transform: moved,
        ...ink(shape),
        "stroke-linecap": shape.dash ? null : "round",
      });
    }
    case "text":
      return tag(
        "text",
        {
          x: shape.x,
          y: shape.y,
          "font-size": shape.size,
          "font-weight": shape.weight,
          "font-family": shape.family,
          "text-anchor": shape.anchor === "start" ? null : shape.anchor,
          "letter-spacing": shape.spacing || null,
          "text-decoration": shape.through ? "line-through" : null,
          ...ink(shape),
        },
        shape.runs ? shape.runs.map(span).join("") : escaped(shape.text),
      );
  }
}

/** @param {GroupShape} shape */
function placed({ x = 0, y = 0, scale = 1 }) {
  if (!x && !y && scale === 1) return "";
  return ` transform="translate(${short(x)} ${short(y)}) scale(${scale})"`;
}

/** @param {GroupShape} shape */
const named = ({ title }) => (title ? `<title>${escaped(title)}</title>` : "");

/** @param {{text: string, fill?: string, weight?: number}} run */
const span = ({ text, fill, weight }) =>
  tag("tspan", { fill: fill && colour(fill).hex, "font-weight": weight }, escaped(text));

/** @param {{x: number, y: number, wide: number, high: number}} shape */
const box = ({ x, y, wide, high }) => ({ x, y, width: wide, height: high });

/**
 * @param {Ink} shape
 * @returns {Record<string, string|number|null|undefined>}
 */
function ink({ fill, stroke, width, dash, opacity }) {
  const [inside, line] = [colour(fill), colour(width === 0 ? undefined : stroke)];
  return {
    fill: inside.alpha ? inside.hex : "none",
    "fill-opacity": inside.alpha && inside.alpha < 1 ? inside.alpha : null,
    stroke: line.alpha ? line.hex : null,
    "stroke-opacity": line.alpha && line.alpha < 1 ? line.alpha : null,
    "stroke-width": line.alpha ? (width ?? 1) : null,
    "stroke-dasharray": line.alpha ? dash?.join(" ") : null,
    opacity: opacity === 1 ? null : opacity,
  };
}

/**
 * @param {string} name
 * @param {Record<string, string|number|null|undefined>} attributes
 * @param {string} [content]
 */
function tag(name, attributes, content = "") {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([key, value]) => ` ${key}="${typeof value === "number" ? short(value) : escaped(value)}"`)
    .join("");
  return content ? `<${name}${written}>${content}</${name}>` : `<${name}${written}/>`;
}

/** @param {number|undefined} length */
const short = (length = 0) => String(Math.round(length * 100) / 100);

/**
 * @param {unknown} text
 * @returns {string} the text escaped for XML
 */
function escaped(text) {
  return (
    String(text)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: XML does not allow these
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "")
      .replaceAll("&", "&amp;")
      .replaceAll("<", "&lt;")
      .replaceAll(">", "&gt;")
      .replaceAll('"', "&quot;")
  );
}

// --- on a canvas --------------------------------------------------------------------------------

/**
 * Draws a drawing on a canvas, as large as fits.
 * @param {CanvasRenderingContext2D} context
 * @param {Drawing} drawing
 */
export function paint(context, { width, height, background, shapes }) {
  const { canvas } = context;
  const scale = Math.min(canvas.width / width, canvas.height / height);
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.fillStyle = colour(background).hex;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.imageSmoothingEnabled = false;
  for (const shape of shapes) put(context, shape);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Shape} shape
 */
function put(context, shape) {
  if (shape.kind === "group") {
    const { x = 0, y = 0, scale = 1 } = shape;
    context.save();
    context.translate(x, y);
    context.scale(scale, scale);
    for (const each of shape.shapes) put(context, each);
    context.restore();
    return;
  }
  if (shape.kind === "image") {
    context.drawImage(shape.source, shape.x, shape.y, shape.wide, shape.high);
    return;
  }
  context.globalAlpha = shape.opacity ?? 1;
  if (shape.kind === "text") write(context, shape);
  else {
    const path = outline(shape);
    const [inside, line] = [
      colour(shape.fill),
      colour(shape.width === 0 ? undefined : shape.stroke),
    ];
    if (inside.alpha) {
      context.fillStyle = translucent(inside);
      context.fill(path);
    }
    if (line.alpha) {
      context.strokeStyle = translucent(line);
      context.lineWidth = shape.width ?? 1;
      context.lineCap = shape.dash || shape.kind !== "path" ? "butt" : "round";
      context.setLineDash(shape.dash ?? []);
      context.stroke(path);
    }
  }
  context.globalAlpha = 1;
}

/** @param {RectShape|PathShape|CircleShape} shape */
function outline(shape) {
  const path = new Path2D();
  if (shape.kind === "circle") path.arc(shape.x, shape.y, shape.r, 0, 2 * Math.PI);
  else if (shape.kind === "rect")
    path.roundRect(shape.x, shape.y, shape.wide, shape.high, shape.radius ?? 0);
  else path.addPath(new Path2D(shape.d), new DOMMatrix([1, 0, 0, 1, shape.x ?? 0, shape.y ?? 0]));
  return path;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {TextShape} shape
 */
function write(context, shape) {
  const { text, x, y, size, weight, family, anchor, spacing, through, fill } = shape;
  const runs = shape.runs ?? [{ text }];
  context.letterSpacing = `${spacing ?? 0}px`;
  context.textAlign = "left";
  const font = (/** @type {number|string} */ heavy) => `${heavy} ${size}px ${family}`;
  const widths = runs.map((run) => {
    context.font = font(run.weight ?? weight);
    return context.measureText(run.text).width;
  });
  const width = widths.reduce((sum, each) => sum + each, 0);
  const left = anchor === "middle" ? x - width / 2 : anchor === "end" ? x - width : x;
  let at = left;
  runs.forEach((run, i) => {
    context.font = font(run.weight ?? weight);
    context.fillStyle = translucent(colour(run.fill ?? fill));
    context.fillText(run.text, at, y);
    at += widths[i];
  });
  if (through) context.fillRect(left, y - size * 0.32, width, Math.max(1, size / 14));
}

/** @param {{hex: string, alpha: number}} colour */
const translucent = ({ hex, alpha }) =>
  hex +
  Math.round(alpha * 255)
    .toString(16)
    .padStart(2, "0");

/**
 * The pixels of a canvas per pixel of the drawing: as wished, but within the limits of browsers.
 * @param {{width: number, height: number}} drawing
 * @param {number} wish
 * @param {number} most the most pixels in all
 */
export function scaleFor({ width, height }, wish, most) {
  return Math.min(wish, Math.sqrt(most / (width * height)));
}
