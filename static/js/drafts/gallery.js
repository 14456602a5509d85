// The drafts of this browser on the page of networks to start from.

import { base } from "../shared/api.js";
import { element } from "../shared/elements.js";
import { byId } from "../shared/page.js";
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
