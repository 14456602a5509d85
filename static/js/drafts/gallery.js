// The page of networks to start from: the drafts of this browser, and files that are opened.

import { base } from "../shared/api.js";
import { element } from "../shared/elements.js";
import { byId } from "../shared/page.js";
import { openDialog } from "../sharing/opening.js";
import { snippetsDialog } from "../sharing/snippets.js";
import { dateOf, drawn } from "./sketch.js";
import { inBrowser } from "./stored.js";

const stored = inBrowser();

function show() {
  const { drafts } = stored.all();
  byId("your-drafts").hidden = !drafts.length;
  byId("draft-gallery").replaceChildren(
    ...drafts.map(({ id, name, saved, sketch }) =>
      element(
        "li",
        {},
        element(
          "a",
          { href: `${base}/#draft=${id}` },
          drawn(sketch),
          element("strong", {}, name),
          element("span", {}, dateOf(saved)),
        ),
      ),
    ),
  );
}

show();
addEventListener("storage", show);

const { words } = JSON.parse(byId("data").textContent ?? "");
snippetsDialog(words);
// The first page shows a network of one's own if it stands beside the address.
openDialog(async (network) => {
  try {
    history.pushState({ state: { network } }, "", `${base}/`);
  } catch {
    return words.too_large_to_carry;
  }
  location.reload();
  return "";
}, words);
// Back from there.
addEventListener("popstate", () => location.reload());
document.body.classList.add("answering");
