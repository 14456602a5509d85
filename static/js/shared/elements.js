// Elements made of plain functions, and put in the place of those that are shown.

/**
 * @typedef {string|number|boolean|null|undefined} Attribute false, null and undefined: without it
 * @typedef {Node|string|null|undefined|false} Child
 */

/**
 * An element.
 * @param {string} tag
 * @param {Record<string, Attribute>} attributes
 * @param {...Child} children
 * @returns {HTMLElement}
 */
export function element(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes))
    if (value !== false && value !== null && value !== undefined)
      made.setAttribute(name, value === true ? "" : String(value));
  for (const child of children) if (child || child === "") made.append(child);
  return made;
}

/**
 * Makes an element like another one. What is alike stays the same node, so that the focus, and what
 * is being typed, stays where it is: elements are alike if they have the same place, tag and
 * ``data-key``.
 * @param {Element} shown
 * @param {Element} wanted
 */
export function become(shown, wanted) {
  for (const { name } of [...shown.attributes])
    if (!wanted.hasAttribute(name)) shown.removeAttribute(name);
  for (const { name, value } of wanted.attributes)
    if (shown.getAttribute(name) !== value) shown.setAttribute(name, value);
  const isTyping = shown === document.activeElement;
  if (shown instanceof HTMLTextAreaElement) {
    const text = wanted.textContent ?? "";
    if (!isTyping && shown.value !== text) shown.value = text;
    return;
  }
  const children = [...wanted.childNodes];
  children.forEach((child, i) => {
    const known = shown.childNodes[i];
    if (!known) shown.append(child);
    else if (!isAlike(known, child)) known.replaceWith(child);
    else if (known instanceof Element) become(known, /** @type {Element} */ (child));
    else if (known.nodeValue !== child.nodeValue) known.nodeValue = child.nodeValue;
  });
  while (shown.childNodes.length > children.length) shown.lastChild?.remove();
  if (isTyping) return;
  if (shown instanceof HTMLInputElement) {
    shown.value = wanted.getAttribute("value") ?? "";
    shown.checked = wanted.hasAttribute("checked");
  }
  if (shown instanceof HTMLSelectElement) {
    const options = [...shown.options];
    const chosen = options.find((option) => option.hasAttribute("selected")) ?? options[0];
    if (chosen) shown.value = chosen.value;
  }
}

/**
 * @param {Node} one
 * @param {Node} other
 */
function isAlike(one, other) {
  if (one.nodeName !== other.nodeName) return false;
  if (!(one instanceof Element)) return true;
  return one.getAttribute("data-key") === /** @type {Element} */ (other).getAttribute("data-key");
}
