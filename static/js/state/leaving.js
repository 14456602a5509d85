// What a tab keeps of a page that is left, until the same address is loaded again.

/**
 * @param {string} name
 * @param {unknown} value
 */
export function leave(name, value) {
  try {
    sessionStorage.setItem(name, JSON.stringify({ href: location.href, value }));
  } catch {
    // There is no storage, or it is full.
  }
}

/** @param {string} name */
export function forget(name) {
  try {
    sessionStorage.removeItem(name);
  } catch {
    // There is none.
  }
}

/**
 * @param {string} name
 * @returns {any} undefined: nothing was kept, or of another address
 */
export function left(name) {
  try {
    // Whoever comes by a link, or types the address, begins anew.
    const [came] = /** @type {PerformanceNavigationTiming[]} */ (
      performance.getEntriesByType("navigation")
    );
    if (came?.type === "navigate") return undefined;
    const { href, value } = JSON.parse(sessionStorage.getItem(name) ?? "{}");
    return href === location.href ? value : undefined;
  } catch {
    return undefined;
  }
}
