"""A request as a job for another process, its result, and the reasons why there is none."""

from typing import NamedTuple

HEAVY = (
    "/check",
    "/check/open",
    "/check/report",
    "/gradcheck",
    "/solution",
    "/api/check",
    "/api/gradcheck",
    "/api/export",
    "/api/open",
    "/save",
)
"""The routes that take long, or may."""


class Job(NamedTuple):
    """A request, as WSGI names its parts."""

    environ: dict[str, str]
    body: bytes

    @property
    def client(self) -> str:
        """The address it comes from."""
        return self.environ.get("REMOTE_ADDR", "")


class Result(NamedTuple):
    """The response to it."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class Busy(Exception):
    """The queue is full: seconds after which to ask again."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class Abandoned(Exception):
    """The reader has gone away."""


class TooLong(Exception):
    """The job took longer than it may, or its process died of it."""
