// Finds elements of the page by id, enables and disables buttons, and delays tasks.

/** @param {string} id */
export const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** @param {string} id */
export const button = (id) => /** @type {HTMLButtonElement} */ (byId(id));

/**
 * Enables or disables a button by aria-disabled, so that a disabled button keeps the focus.
 * @param {string} id
 * @param {boolean} can
 */
export function enable(id, can) {
  const disabled = String(!can);
  // Setting an equal value would make the browser rebuild the accessibility tree.
  if (button(id).getAttribute("aria-disabled") !== disabled)
    button(id).setAttribute("aria-disabled", disabled);
}

/**
 * Runs an action when a button is pressed and enabled.
 * @param {string} id
 * @param {() => void} action
 */
export function onPress(id, action) {
  button(id).addEventListener("click", () => {
    if (button(id).getAttribute("aria-disabled") !== "true") action();
  });
}

/**
 * Shows a message in its element, or hides the element if the message is empty.
 * @param {string} id
 * @param {string} message
 */
export function say(id, message) {
  const place = byId(id);
  place.hidden = !message;
  place.textContent = message;
}

/** @param {() => void} task runs after the picture has been drawn */
export function afterPaint(task) {
  if (document.hidden) setTimeout(task);
  else requestAnimationFrame(() => setTimeout(task));
}

/**
 * Sets an attribute if its value changes.
 * @param {Element} element
 * @param {string} name
 * @param {string|null} text null removes the attribute
 */
export function put(element, name, text) {
  if (element.getAttribute(name) === text) return;
  if (text === null) element.removeAttribute(name);
  else element.setAttribute(name, text);
}
