"""The command ``gradient-routing``: serve the page, and open it in a browser."""

import argparse
import contextlib
import errno
import logging
import os
import sys
import threading
import webbrowser

THREADS = 8
"""Answers take milliseconds: a few threads keep one slow request from blocking the others."""
CONNECTIONS = 500
"""A class of 60 with 6 connections a browser, and room to spare; waitress's own 100 is one row."""
CHANNEL_TIMEOUT = 60
"""Seconds before a silent connection is closed, so that closed laptops do not use those up."""
BODY_LIMIT = 64 * 2**20
"""What is read at all; below it the app itself refuses what is too large, in JSON."""
ANSWER_IN_MEMORY = 8 * 2**20
"""Larger answers go through a temporary file; plotly.js, sent to every reader, does not."""

SETTINGS = {
    "threads": THREADS,
    "connection_limit": CONNECTIONS,
    "channel_timeout": CHANNEL_TIMEOUT,
    "max_request_body_size": BODY_LIMIT,
    "outbuf_overflow": ANSWER_IN_MEMORY,
    # select() gives up at 1024 open files; poll() does not.
    "asyncore_use_poll": True,
    "ident": None,
}
"""Of waitress."""


def main(arguments: list[str] | None = None) -> int:
    """Serve until interrupted; returns the exit status."""
    options = _options(arguments)
    # One BLAS thread, before numpy is imported: two of them wait for each other on a busy machine.
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    from waitress.server import create_server

    # A class that plays at once is no fault to log: every request waits its turn.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)

    from app import create_app
    from app.web.assets import plotly_script
    from app.web.compression import packed

    try:
        server = create_server(create_app(), host=options.host, port=options.port, **SETTINGS)
    except OSError as error:
        print(f"gradient-routing: {_explain(error, options)}", file=sys.stderr)
        return 1
    port = getattr(server, "effective_port", options.port)
    shown = "127.0.0.1" if options.host in ("0.0.0.0", "::", "") else options.host
    address = f"http://{f'[{shown}]' if ':' in shown else shown}:{port}/"
    print(f"Gradient Routing is at {address} (Ctrl+C stops it)", flush=True)
    # Compressing Plotly takes a moment: have it done before it is asked for.
    threading.Thread(target=lambda: packed(plotly_script()), daemon=True).start()
    if options.browser:
        # The socket listens already, so the browser finds the server whenever it gets there.
        threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
    with contextlib.suppress(KeyboardInterrupt):
        server.run()
    return 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="gradient-routing",
        description="Show how gradients travel back through a small convolutional network.",
    )
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
    return parser.parse_args(arguments)


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return port


def _explain(error: OSError, options: argparse.Namespace) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {options.port} is in use; choose another, such as --port {options.port + 1}"
    if error.errno == errno.EACCES:
        return f"port {options.port} needs more rights; choose one above 1023 with --port"
    return f"cannot serve at {options.host}:{options.port}: {error.strerror or error}"


if __name__ == "__main__":
    sys.exit(main())
