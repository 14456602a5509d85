// The menu of options is a popover; browsers that know none get one here.

const KNOWS = "popover" in HTMLElement.prototype;

/** @param {HTMLElement} panel */
export const isOpen = (panel) =>
  KNOWS ? panel.matches(":popover-open") : panel.style.display === "grid";

/**
 * Opens and closes a panel where the browser does not: by its button, a click elsewhere, and Escape.
 * @param {HTMLElement} panel
 * @param {HTMLElement} opener
 */
export function listenToPopover(panel, opener) {
  if (KNOWS) return;
  const show = (/** @type {boolean} */ isShown) => {
    panel.style.display = isShown ? "grid" : "none";
    opener.setAttribute("aria-expanded", String(isShown));
  };
  show(false);
  opener.addEventListener("click", () => show(!isOpen(panel)));
  document.addEventListener("click", (event) => {
    const target = /** @type {Element} */ (event.target);
    const isInside = [panel, opener].some((each) => each.contains(target));
    if (!isInside || target.closest('[popovertargetaction="hide"]')) show(false);
  });
  document.addEventListener(
    "keydown",
    (event) => {
      if (event.key !== "Escape" || !isOpen(panel)) return;
      event.stopPropagation();
      show(false);
      opener.focus();
    },
    { capture: true },
  );
}
