"""What several tests of accounts have."""

import pytest


@pytest.fixture
def secret() -> str:
    """Of an authenticator app."""
    return "JBSWY3DPEHPK3PXP"
