"""A fresh server of hard event streams for each test."""

from collections.abc import Iterator

import pytest
from starlette.applications import Starlette

from labkit.serving import Server, serve
from tests.sse.app import create_app


@pytest.fixture
def app() -> Starlette:
    return create_app()


@pytest.fixture
def streams(app: Starlette) -> Iterator[Server]:
    with serve(app) as running:
        yield running
