// The stylesheets' colours, resolved by the browser.

/** @type {Map<string, string>} a cache: each look-up makes the browser restyle the page */
const cache = new Map();

/**
 * @param {string} property
 * @returns {string}
 */
export function resolved(property) {
  const cached = cache.get(property);
  if (cached) return cached;
  const probe = document.createElement("i");
  probe.style.forcedColorAdjust = "none";
  probe.style.color = `var(${property})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  cache.set(property, color);
  return color;
}

/** Empties the cache, after a change of the theme. */
export function forgetColours() {
  cache.clear();
}
