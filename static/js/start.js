// The other scripts, fetched once the page, which has its numbers, has been read. Before the page
// counts as loaded, they answer.
{
  const { modules = "" } = /** @type {HTMLElement} */ (document.getElementById("start")).dataset;
  const [main, ...others] = modules.split(" ");
  /**
   * @param {string} name
   * @param {object} properties
   */
  const add = (name, properties) =>
    document.head.append(Object.assign(document.createElement(name), properties));
  // All at once: found by following imports, they would come one by one.
  for (const href of others) add("link", { rel: "modulepreload", href });
  add("script", { type: "module", src: main });
}
