"""The command with two processes behind nginx, below a path, as deploy/nginx.conf has it."""

import contextlib
import getpass
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
BASE = "/gr"

MAIN = """
daemon off;
master_process on;
worker_processes 1;
user {user};
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {site}
}}
"""


@contextlib.contextmanager
def behind_nginx() -> Iterator[str]:
    """The address of the tool behind both."""
    nginx = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/bin:/opt/homebrew/bin")
    if nginx is None:
        raise FileNotFoundError("nginx is needed; on Debian: sudo apt install nginx-light")
    with contextlib.ExitStack() as stack:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        tool = stack.enter_context(_tool(f"http://localhost:{port}{BASE}"))
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        site = (ROOT / "deploy/nginx.conf").read_text()
        for ours, theirs in (
            ("127.0.0.1:5000", f"127.0.0.1:{tool}"),
            ("listen 80;", f"listen 127.0.0.1:{port};"),
            ("server_name example.org;", "server_name localhost;"),
        ):
            assert site.count(ours) == 1
            site = site.replace(ours, theirs)
        configuration = Path(folder) / "nginx.conf"
        configuration.write_text(
            MAIN.format(user=getpass.getuser(), folder=folder, site=site.replace("\n", "\n    "))
        )
        process = subprocess.Popen([nginx, "-p", folder, "-c", configuration, "-e", "stderr"])
        stack.callback(process.wait, 30)
        stack.callback(process.terminate)
        _wait_until_it_listens(process, port)
        yield f"http://localhost:{port}{BASE}"


@contextlib.contextmanager
def _tool(public: str) -> Iterator[int]:
    options = ("--workers", "2", "--base-path", BASE, "--public-url", public, "--trust-proxy")
    command = [sys.executable, "-m", "app", "--no-browser", "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        try:
            found = re.search(r":(\d+)/", process.stdout.readline())
            assert found is not None
            yield int(found[1])
        finally:
            process.terminate()


def _wait_until_it_listens(process: "subprocess.Popen[bytes]", port: int) -> None:
    turn = threading.Event()
    while process.poll() is None:
        with contextlib.suppress(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port)).close()
            return
        turn.wait(0.05)
    raise RuntimeError(f"nginx ended by itself: {process.returncode}")
