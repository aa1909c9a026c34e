"""How deep a run goes: `make test` takes each thing once, `make soak` (OMO_DEPTH=soak) repeats and searches."""

import os

import pytest
from hypothesis import HealthCheck, settings

SOAK = os.environ.get("OMO_DEPTH") == "soak"
REPEATS = 10
_SLOW_IS_FINE = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]

settings.register_profile(
    "test", max_examples=100, derandomize=True, database=None, deadline=None, suppress_health_check=_SLOW_IS_FINE
)
settings.register_profile(
    "soak", max_examples=10_000, print_blob=True, deadline=None, suppress_health_check=_SLOW_IS_FINE
)
settings.load_profile("soak" if SOAK else "test")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A soak runs each fault ten times: what fails once in ten is broken."""
    if SOAK and "/faults/" in metafunc.module.__file__:
        metafunc.fixturenames.append("repetition")
        metafunc.parametrize("repetition", range(REPEATS))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out what only a soak has time for, and what only root can do."""
    left_out = [item for item in items if _left_out(item)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not _left_out(item)]


def _left_out(item: pytest.Item) -> bool:
    if item.get_closest_marker("soak"):
        return not SOAK
    return item.get_closest_marker("needs_root") is not None and os.geteuid() != 0
