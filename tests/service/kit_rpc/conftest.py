"""What the tests of the transport share."""

import io
import logging
from collections.abc import Iterator

import pytest
import structlog

from kit.telemetry import logs


@pytest.fixture
def said() -> Iterator[io.StringIO]:
    """The log as a process writes it."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    logs.configure("back", env="test", stream=stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
