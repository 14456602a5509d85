"""What the journeys share: a server that hears of errors, and a reader in each browser."""

import pytest
from flask import Response, request
from selenium.common.exceptions import WebDriverException

from app import create_app
from tests.browsers.drivers import BROWSERS, chosen
from tests.browsers.reader import Reader
from tests.servers import serving

# Before the page's own scripts: not every driver tells what its browser's console says.
WATCH = """
window.problems = [];
const told = (what) => window.problems.push(String(what));
addEventListener("error", ({message}) => told(message));
addEventListener("unhandledrejection", ({reason}) => told(reason));
addEventListener("securitypolicyviolation", ({violatedDirective}) => told(violatedDirective));
const error = console.error;
console.error = (...all) => { told(all.join(" ")); error.apply(console, all); };
// What is saved, without a folder that every driver would need to be told.
window.saved = [];
const make = URL.createObjectURL;
URL.createObjectURL = (blob) => { window.saved.push(blob); return make.call(URL, blob); };
"""


def pytest_ignore_collect(collection_path, config):
    """Without a browser that can be driven, there are no journeys."""
    is_journey = collection_path.name.startswith("test_")
    return True if is_journey and not chosen() else None


@pytest.fixture(scope="session")
def watched():
    """The address of a server whose pages note what goes wrong in them."""
    app = create_app()
    app.add_url_rule("/watch.js", view_func=lambda: Response(WATCH, mimetype="text/javascript"))

    def insert(response):
        if response.mimetype == "text/html" and not response.is_streamed:
            html = response.get_data(as_text=True)
            response.set_data(html.replace("<head>", '<head><script src="/watch.js"></script>', 1))
        return response

    # The page is stored compressed, for those who take it so.
    def ask_plainly():
        request.environ["HTTP_ACCEPT_ENCODING"] = "identity"

    app.before_request(ask_plainly)
    app.after_request(insert)
    with serving(app) as address:
        yield address


@pytest.fixture(scope="session", params=chosen())
def driver(request):
    """One running browser of each kind, for all journeys."""
    with BROWSERS[request.param].driven() as driver:
        yield driver


@pytest.fixture
def reader(driver, watched):
    """Someone new to the page; what goes wrong on it fails the journey."""
    reader = Reader(driver, watched)
    reader.begin()
    yield reader
    assert reader.problems == []


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    """Begins a journey once more where the browser's own process ended on the way.

    WebKit's driver then says “unknown error” without a message. What a page does wrong has one.
    """
    reader = pyfuncitem.funcargs.get("reader")
    if reader is None:
        return None
    used = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    try:
        pyfuncitem.obj(**used)
    except WebDriverException as error:
        if type(error) is not WebDriverException or error.msg:
            raise
        reader.begin()
        pyfuncitem.obj(**used)
    return True
