// Elements of the page by their names, buttons that may have nothing to do, and what can wait.

/** @param {string} id */
export const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** @param {string} id */
export const button = (id) => /** @type {HTMLButtonElement} */ (byId(id));

/**
 * A button that can do nothing now stays where it is, so that the focus stays on it.
 * @param {string} id
 * @param {boolean} can
 */
export function enable(id, can) {
  const said = String(!can);
  // What assistive technology reads is made anew even if it is set to what it was.
  if (button(id).getAttribute("aria-disabled") !== said)
    button(id).setAttribute("aria-disabled", said);
}

/**
 * Does something when a button is pressed, if it can.
 * @param {string} id
 * @param {() => void} action
 */
export function onPress(id, action) {
  button(id).addEventListener("click", () => {
    if (button(id).getAttribute("aria-disabled") !== "true") action();
  });
}

/**
 * A message in its place, which is hidden without one.
 * @param {string} id
 * @param {string} message
 */
export function say(id, message) {
  const place = byId(id);
  place.hidden = !message;
  place.textContent = message;
}

/** @param {() => void} task what may wait until the picture is seen */
export function afterPaint(task) {
  if (document.hidden) setTimeout(task);
  else requestAnimationFrame(() => setTimeout(task));
}

/**
 * Sets an attribute, if it is another one.
 * @param {Element} element
 * @param {string} name
 * @param {string|null} text null: without it
 */
export function put(element, name, text) {
  if (element.getAttribute(name) === text) return;
  if (text === null) element.removeAttribute(name);
  else element.setAttribute(name, text);
}
