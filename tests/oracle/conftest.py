import pytest

from tests.oracle.oracle import find_oracle


@pytest.fixture(scope="session")
def oracle():
    """PyTorch, or where it is not installed its recorded answers; in CI always PyTorch."""
    return find_oracle()
