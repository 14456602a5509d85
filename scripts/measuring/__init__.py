"""What scripts/bench runs, once it has set up the environment.

Each section measures one thing, prints it, and returns its figures for ``--json``. What is compared
takes turns in one run, so that a busy neighbour slows all of it alike; what is shown are medians.
"""
