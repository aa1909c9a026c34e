"""What holds for every test; the harness comes with the folders whose tests meet a server."""

from pathlib import Path

import pytest

from tests import forking  # noqa: F401  # before gRPC is loaded
from tests.depth import pytest_collection_modifyitems, pytest_generate_tests, pytest_runtest_makereport
from tests.harness.run import pytest_configure, pytest_unconfigure

__all__ = [
    "pytest_collection_modifyitems",
    "pytest_collectstart",
    "pytest_configure",
    "pytest_generate_tests",
    "pytest_runtest_makereport",
    "pytest_unconfigure",
]

_TESTS = Path(__file__).parent
# their tests need none of the harness's fixtures, and are not to wait for what it imports
_PURE = {"unit", "properties", "contract"}


def pytest_collectstart(collector: pytest.Collector) -> None:
    """Loads the profile of properties and the fixtures of servers with the first folder that needs them."""
    folder, plugins = collector.path, collector.config.pluginmanager
    if folder.parent != _TESTS or not folder.is_dir():
        return
    if folder.name != "unit":
        plugins.import_plugin("tests.examples")
    if folder.name not in _PURE:
        plugins.import_plugin("tests.harness.fixtures")
