"""The command ``gradient-routing``: serve the page, and open it in a browser."""

import argparse
import contextlib
import os
import signal
import socket
import sys
import threading
import webbrowser
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.web.site import Site


def main(arguments: list[str] | None = None) -> int:
    """Serve until told to stop; returns the exit status."""
    given = sys.argv[1:] if arguments is None else arguments
    # One BLAS thread, before numpy is imported: two of them wait for each other on a busy machine.
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    if given[:1] == ["check"]:  # a file of this name is ./check
        from app.check.command import main as check

        return check(given[1:])
    options = _options(arguments)
    files = tuple(map(os.path.abspath, options.files))
    if files and not _can_open(files):
        return 1
    from app.web.listening import CannotServe, connections_allowed, listen, shown
    from app.web.site import Site

    try:
        site = Site(
            options.host, options.base_path, options.public_url or "", options.trust_proxy, files
        )
        connections = connections_allowed()
        listening = listen(options.host, options.port)
    except CannotServe as reason:
        print(f"gradient-routing: {reason}", file=sys.stderr)
        return 1
    with listening:
        address = f"{shown(listening)}{site.path}/{'opened' if files else ''}"
        print(f"Gradient Routing is at {address} (Ctrl+C stops it)", flush=True)
        if options.browser:
            # The socket listens already, so the browser finds the server whenever it gets there.
            threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
        workers = _workers(options.workers, site)
        log = options.log or ("off" if site.is_private else "requests")
        if workers == 1:
            return _serve_alone(listening, site, connections, log)
        from app.web.workers import serve_together

        return serve_together(listening, site, connections, log, workers)


def _can_open(paths: Sequence[str]) -> bool:
    """Whether files hold a network; says what was assumed of it, or what is wrong."""
    from app.document.document import Refusal
    from app.files.loading import open_paths

    try:
        opened, _ = open_paths(paths)
    except Refusal as refusal:
        for place, message in refusal.problems:
            where = ".".join(map(str, place)).removeprefix("files.")
            print(f"gradient-routing: {where}: {message}", file=sys.stderr)
        return False
    for note in opened["notes"]:
        print(note, flush=True)
    return True


def _serve_alone(listening: socket.socket, site: "Site", connections: int, log: str) -> int:
    from app.web.application import create_app
    from app.web.assets import plotly_script
    from app.web.compression import packed
    from app.web.jobs import Jobs
    from app.web.server import Server
    from app.web.watch import Watch

    with contextlib.closing(Jobs(site)) as jobs:
        app = create_app(site, bench=jobs, watch=Watch(log))
        server = Server(app, listening, connections)

        def stop(number: int, _: Any) -> None:
            server.stop()
            # Told again, it ends at once.
            signal.signal(number, signal.SIG_DFL)

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)
        # Compressing Plotly takes a moment: have it done before it is asked for.
        threading.Thread(target=lambda: packed(plotly_script()), daemon=True).start()
        server.run()
    return 0


def _workers(asked: int | None, site: "Site") -> int:
    """How many processes serve: one for its owner alone, one a core for a class."""
    if not hasattr(socket, "AF_UNIX") or not hasattr(os, "fork"):
        return 1  # What they share is a socket of a kind that Windows does not have.
    if asked is not None:
        return asked
    if site.is_private:
        return 1
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return cores or 1


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="gradient-routing",
        description="Show how gradients travel back through a small convolutional network.",
        epilog="gradient-routing check NETWORK GRADIENTS… says whether gradients are right.",
    )
    parser.add_argument(
        "files", nargs="*", metavar="FILE",
        help="a network to open: .json, .npz, .npy, .safetensors, .onnx with its .onnx.data",
    )  # fmt: skip
    parser.add_argument(
        "--host", default="127.0.0.1",
        help="address to serve; 0.0.0.0 lets others on the network in (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--port", type=_port, default=5000, help="default: %(default)s; 0: a free one"
    )
    parser.add_argument(
        "--no-browser", dest="browser", action="store_false", help="do not open a browser"
    )
    parser.add_argument(
        "--workers", type=_count,
        help="processes that serve (default: 1 on this machine alone, one a core for others)",
    )  # fmt: skip
    parser.add_argument(
        "--base-path", type=_base_path, default="", metavar="PATH",
        help="serve below this path of the host, such as /gr",
    )  # fmt: skip
    parser.add_argument(
        "--public-url", type=_url, metavar="URL",
        help="where readers find it, such as https://example.org/gr; other names are refused",
    )  # fmt: skip
    parser.add_argument(
        "--trust-proxy", action="store_true",
        help="a proxy of yours sets the X-Forwarded-… headers; never without one",
    )  # fmt: skip
    parser.add_argument(
        "--log", choices=("off", "requests", "addresses"),
        help="a line a request, without or with the address it comes from "
        "(default: off on this machine alone, else requests)",
    )  # fmt: skip
    return parser.parse_args(arguments)


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return port


def _count(text: str) -> int:
    count = int(text)
    if not 1 <= count <= 64:
        raise argparse.ArgumentTypeError("from 1 to 64")
    return count


def _base_path(text: str) -> str:
    from app.web.base_path import as_base_path

    try:
        return as_base_path(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _url(text: str) -> str:
    from app.web.site import check_url

    try:
        return check_url(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


if __name__ == "__main__":
    sys.exit(main())
