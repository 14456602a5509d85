// The stylesheets' colours, as the browser resolves them.

/** @type {Map<string, string>} each looked up once: looking makes the browser style the page anew */
const known = new Map();

/**
 * @param {string} property
 * @returns {string}
 */
export function resolved(property) {
  const found = known.get(property);
  if (found) return found;
  const probe = document.createElement("i");
  probe.style.forcedColorAdjust = "none";
  probe.style.color = `var(${property})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  known.set(property, color);
  return color;
}

/** The theme may have changed. */
export function forgetColours() {
  known.clear();
}
