// The names of colours that compositions use, as CSS on the screen and as plain colours in files.

import { resolved } from "../shared/colours.js";

const NAMES = /** @type {Record<string, string>} */ ({
  ink: "--text",
  ink2: "--soft",
  ink3: "--faint",
  panel: "--panel",
  card: "--card",
  hair: "--line",
  lane: "--lane",
  you: "--accent",
  tint: "--tint",
  wire: "--wire",
  positive: "--positive-text",
  negative: "--negative-text",
  page: "--bg",
});

/** @type {Map<string, string>} */
const known = new Map();

/**
 * @param {string|undefined} name
 * @returns {string} as CSS, which follows the theme
 */
export function css(name = "none") {
  const cached = known.get(name);
  if (cached) return cached;
  const [kind, level] = name.split(":");
  let colour = kind === "none" ? "none" : `var(${NAMES[kind]})`;
  if (kind === "heat") {
    const share = Number(level);
    const sign = share < 0 ? "negative" : "positive";
    colour = share
      ? `color-mix(in srgb, var(--${sign}) ${Math.round(Math.abs(share) * 100)}%, var(--${sign}-pale))`
      : "var(--zero)";
  }
  if (kind === "grey")
    colour = `color-mix(in srgb, var(--grey-full) ${Math.round(Number(level) * 100)}%, var(--grey-pale))`;
  known.set(name, colour);
  return colour;
}

/**
 * @param {string|undefined} name
 * @returns {string|undefined} the computed colour in the present theme
 */
export function plain(name) {
  if (!name || name === "none") return undefined;
  const [kind, level] = name.split(":");
  const share = Number(level);
  if (kind === "heat" && !share) return resolved("--zero");
  if (kind === "heat") {
    const sign = share < 0 ? "negative" : "positive";
    return between(resolved(`--${sign}-pale`), resolved(`--${sign}`), Math.abs(share));
  }
  if (kind === "grey") return between(resolved("--grey-pale"), resolved("--grey-full"), share);
  return resolved(NAMES[kind]);
}

/**
 * @param {string} css «rgb(…)»
 * @returns {number[]}
 */
export const channels = (css) => (css.match(/[\d.]+/g) ?? []).slice(0, 3).map(Number);

/**
 * Mixes two colours as CSS does in sRGB.
 * @param {string} from
 * @param {string} to
 * @param {number} share
 */
function between(from, to, share) {
  const [a, b] = [channels(from), channels(to)];
  return `rgb(${a.map((x, i) => Math.round(x + (b[i] - x) * share)).join(", ")})`;
}
