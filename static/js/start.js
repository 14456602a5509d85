// The page's script, fetched once the page, which has its numbers, has been read. Before the page
// counts as loaded, it answers.
{
  const { page = "" } = /** @type {HTMLElement} */ (document.getElementById("start")).dataset;
  const type = "module";
  document.head.append(Object.assign(document.createElement("script"), { type, src: page }));
}
