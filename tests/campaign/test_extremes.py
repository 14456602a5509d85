"""Thousands of networks at the ends of float64, through every route: never a 5xx."""

from random import Random

import pytest

from tests.test_extremes import ROUTES, answered, asked, stretched

pytestmark = pytest.mark.campaign


def test_numbers_at_the_ends_of_float64_are_answered_or_refused(client, seeds, figures):
    for seed in seeds:
        network = stretched(seed)
        for route in ROUTES:
            try:
                answer = answered(client, route, asked(route, network, Random(seed)))
            except AssertionError as error:
                error.add_note(f"{route} with stretched({seed})")
                raise
            figures.count("requests at the ends of float64")
            figures.count("of them refused", answer is None)
