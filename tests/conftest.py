"""Fixtures of all tests: the app, a client of it, a real server, and a browser."""

import os

# Before numpy is imported: with several threads, timings jump on a busy machine.
for library in ("OPENBLAS", "OMP", "MKL"):
    os.environ[f"{library}_NUM_THREADS"] = "1"

from collections import defaultdict
from pathlib import PurePath
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import settings
from playwright.sync_api import expect

from app import create_app
from scripts.chromium import chromium
from tests.nginx import behind_nginx
from tests.servers import serving
from tests.waiting import PATIENCE

# How long one example takes says more about the machine than about the code. The examples are the
# same each time, so that what fails is the change at hand; "searching" looks for new ones.
settings.register_profile("steady", deadline=None, derandomize=True)
settings.register_profile("searching", deadline=None, print_blob=True)
settings.register_profile(
    "campaign",
    deadline=None,
    print_blob=True,
    max_examples=int(os.environ.get("CAMPAIGN_COUNT", 1000)),
)
settings.load_profile("steady")

expect.set_options(timeout=1000 * PATIENCE)


@pytest.fixture(scope="session")
def app():
    """The Flask app; nothing in a test changes it."""
    app = create_app()
    app.testing = True
    return app


@pytest.fixture
def client(app):
    return app.test_client()


def pytest_addoption(parser):
    parser.addoption(
        "--behind-nginx",
        action="store_true",
        help="let the browser and its tests ask two processes behind nginx, below a path",
    )


def pytest_ignore_collect(collection_path, config):
    """Tests of nginx are those that are asked for by name."""
    is_of_nginx = collection_path.name == "test_behind_nginx.py"
    return True if is_of_nginx and not config.getoption("--behind-nginx") else None


@pytest.fixture(scope="session")
def base_url(pytestconfig):
    """The address of a real server; `page.goto("/")` asks it."""
    if pytestconfig.getoption("--behind-nginx"):
        with behind_nginx() as url:
            yield url
        return
    with serving(create_app()) as address:
        yield address


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args, browser_type):
    return {**browser_type_launch_args, "executable_path": chromium(browser_type.executable_path)}


@pytest.fixture
def page(page, base_url):
    """A page for which "/" is where the tool is, be that below a path."""
    base, go = urlsplit(base_url).path, page.goto
    page.goto = lambda url, **options: go(base + url if url.startswith("/") else url, **options)
    return page


@pytest.fixture
def problems():
    """What went wrong in the browser; a test that provokes a problem takes it out of the list."""
    return []


@pytest.fixture
def context(context, base_url, problems):
    """Fails a test whose pages log an error, throw, or ask another host."""
    host = urlsplit(base_url).hostname

    def watch_console(message):
        if message.type == "error" or "Content Security Policy" in message.text:
            problems.append(f"console: {message.text}")

    def watch_request(request):
        # data: and blob: addresses have no host.
        if urlsplit(request.url).hostname not in (host, None):
            problems.append(f"request to another host: {request.url}")

    context.set_default_timeout(1000 * PATIENCE)
    context.on("console", watch_console)
    context.on("weberror", lambda error: problems.append(f"thrown: {error.error}"))
    context.on("request", watch_request)
    yield context
    context.cookies()  # Any round trip: what happened before it has been reported by its end.
    assert not problems


def pytest_terminal_summary(terminalreporter):
    """Say what the campaigns found, and how long each part took, those of scripts/test included."""
    reports = [
        report
        for of_one_outcome in terminalreporter.stats.values()
        for report in of_one_outcome
        if isinstance(report, pytest.TestReport)
    ]
    counts: defaultdict[str, int] = defaultdict(int)
    shares: defaultdict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    largest: defaultdict[str, float] = defaultdict(float)
    for report in reports:
        left: list[Any] = report.user_properties if report.when == "teardown" else []
        for kind, (name, number) in left:
            if kind == "count":
                counts[name] += number
            elif kind == "share":
                shares[name] = (shares[name][0] + number[0], shares[name][1] + number[1])
            elif kind == "largest":
                largest[name] = max(largest[name], number)
    if counts or shares or largest:
        terminalreporter.section("figures")
        for name, count in counts.items():
            terminalreporter.write_line(f"{count:12,}  {name}")
        for name, (some, of) in shares.items():
            terminalreporter.write_line(f"{some / of:12.2%}  {name} ({some:,} of {of:,})")
        for name, most in largest.items():
            terminalreporter.write_line(f"{most:12.3g}  largest {name}")

    seconds: defaultdict[str, float] = defaultdict(float)
    for report in reports:
        path = PurePath(report.nodeid.split("::")[0])
        seconds["/".join(path.parts[:2])] += report.duration
    terminalreporter.section("how long each part took")
    for line in os.environ.get("PARTS", "").splitlines():
        terminalreporter.write_line(line)
    for name, total in sorted(seconds.items()):
        terminalreporter.write_line(f"{total:6.1f} s  {name}")
