"""The measurements of scripts/bench, which sets up the environment.

Each section measures one thing, prints it, and returns its figures for ``--json``. The contestants
of a comparison take turns in one run, so that other processes slow all of them equally. The figures
are medians.
"""
