"""What the tests of the Assistants dialect share."""

import httpx2
import pytest

from tests.offline.assistants.museum import Museum


@pytest.fixture
def museum(http: httpx2.Client) -> Museum:
    return Museum(http)
