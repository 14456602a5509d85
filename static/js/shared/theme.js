// The theme: light, dark or the system's; and a large size for projectors.

const ORDER = ["system", "light", "dark"];

/**
 * @param {HTMLElement} button
 * @param {Record<string, string>} words
 * @param {() => void} changed
 */
export function themeButton(button, words, changed) {
  const root = document.documentElement;
  const show = () => {
    const theme = root.dataset.theme ?? "system";
    button.setAttribute("aria-label", words[`theme_${theme}`]);
    button.title = words[`theme_${theme}`];
  };
  button.addEventListener("click", () => {
    const theme = ORDER[(ORDER.indexOf(root.dataset.theme ?? "system") + 1) % ORDER.length];
    if (theme === "system") delete root.dataset.theme;
    else root.dataset.theme = theme;
    // The server reads this cookie. If cookies are refused, the choice lasts until the next load.
    // biome-ignore lint/suspicious/noDocumentCookie: older versions of Firefox have no other way
    document.cookie = `theme=${theme}; path=${root.dataset.base || "/"}; max-age=31536000; samesite=strict`;
    show();
    changed();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);
  show();
}

/**
 * @param {HTMLElement} button
 * @param {() => void} changed
 */
export function projectorButton(button, changed) {
  button.addEventListener("click", () => {
    const large = document.documentElement.toggleAttribute("data-projector");
    button.setAttribute("aria-pressed", String(large));
    changed();
  });
}
