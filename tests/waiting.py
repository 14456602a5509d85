"""The longest time that a test waits for a state."""

PATIENCE = 120
"""Seconds that a test waits for something to happen before it fails.

More than the slowest machine needs: a test that passes waits no longer than the thing takes.
"""
