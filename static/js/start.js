// Loads the page's script after the HTML, which already has the numbers, and before the load event.
{
  const { page = "" } = /** @type {HTMLElement} */ (document.getElementById("start")).dataset;
  const type = "module";
  document.head.append(Object.assign(document.createElement("script"), { type, src: page }));
}
