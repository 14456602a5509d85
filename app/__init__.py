"""Gradient Routing: how gradients travel back through a small convolutional network."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from app.text.texts import Language
    from app.web.site import Site


def create_app(site: "Site | None" = None, language: "Language | None" = None) -> "Flask":
    """The web application, for a server that is reached as ``site`` says; on loopback, if None.

    It speaks ``language``; English, if None.

    It is imported here and not above, so that whoever imports ``app`` may still choose the number
    of BLAS threads before numpy is loaded.
    """
    from app.text.texts import DEFAULT
    from app.web.application import create_app as create

    return create(site, language=language or DEFAULT)
