"""The builder as its tests use it, and the exam task that they enter."""

import json

from playwright.sync_api import expect

from tests.browser.stage import GRIDCELL

EXAM = {
    "input": "2 1 0\n1 3 1\n0 1 2",
    "weight": "1 0\n-1 2",
    "gradient": "1 10\n100 1000",
}
EXAM_DOCUMENT = {
    "version": 1,
    "input": [[[2, 1, 0], [1, 3, 1], [0, 1, 2]]],
    "layers": [
        {"type": "conv2d", "weight": [[[[1, 0], [-1, 2]]]], "bias": [0]},
        {"type": "sigmoid"},
    ],
    "head": {"type": "upstream", "gradient": [[[1, 10], [100, 1000]]]},
}
MOST_ACTIONS = 25


class Building:
    """The builder, and how many actions it took: a click, a key, or one text that is typed."""

    def __init__(self, stage):
        self.page, self.stage = stage.page, stage
        self.actions = 0

    def open(self, path):
        self.stage.open_plain(path)
        expect(self.row("input")).to_be_visible()
        return self

    def row(self, which):
        return self.page.locator(f"#builder [data-row='{json.dumps(which)}']")

    def field(self, *path):
        return self.page.locator(f"#builder [data-at='{json.dumps(path, separators=(',', ':'))}']")

    @property
    def shapes(self):
        return self.page.locator("#builder .shape").all_inner_texts()

    @property
    def names(self):
        return self.page.locator("#builder .name").all_inner_texts()

    def click(self, locator):
        self.actions += 1
        locator.click()

    def press(self, key):
        self.actions += 1
        self.page.keyboard.press(key)

    def type(self, text):
        self.actions += 1
        self.page.keyboard.type(text)

    def choose(self, locator, label):
        self.actions += 2  # to open it, and to choose
        locator.select_option(label=label)

    def expect_values(self, layer, values):
        for i, value in enumerate(values):
            cell = self.page.locator(f'{GRIDCELL}[data-layer="{layer}"]:not([data-parameter])')
            expect(cell.nth(i)).to_have_attribute("data-value", value)


def paste(building, field, text):
    """Through the clipboard, as a person does."""
    page = building.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("(text) => navigator.clipboard.writeText(text)", text)
    field.click()
    page.keyboard.press("Control+v")
