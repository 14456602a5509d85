import pytest


@pytest.fixture(scope="session")
def client_of_all(app):
    """One client for all examples of a test."""
    return app.test_client()
