// Loads the page's script after the HTML, which already has the numbers, and before the load event.
{
  // The address may hold other numbers than the page came with.
  if (/#(?:\d|$|draft=)/.test(location.href)) document.documentElement.dataset.linked = "";
  const { page = "" } = /** @type {HTMLElement} */ (document.getElementById("start")).dataset;
  const type = "module";
  document.head.append(Object.assign(document.createElement("script"), { type, src: page }));
}
