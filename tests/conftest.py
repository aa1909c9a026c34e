"""What holds for every test; the harness comes where tests meet a server."""

from pathlib import Path

import pytest

from tests import (
    forking,  # noqa: F401  # before gRPC is loaded
    interrupts,  # noqa: F401  # before anything is started
)
from tests.depth import (
    pytest_collection,
    pytest_collection_finish,
    pytest_collection_modifyitems,
    pytest_generate_tests,
    pytest_runtest_makereport,
    pytest_sessionfinish,
)
from tests.harness import run
from tests.harness.run import pytest_unconfigure

__all__ = [
    "pytest_collection",
    "pytest_collection_finish",
    "pytest_collection_modifyitems",
    "pytest_configure",
    "pytest_generate_tests",
    "pytest_runtest_makereport",
    "pytest_sessionfinish",
    "pytest_unconfigure",
]

_UNIT = Path(__file__).parent / "unit"


def pytest_configure(config: pytest.Config) -> None:
    """A run of unit tests alone does not wait for the import of what only others use."""
    run.pytest_configure(config)
    asked = [Path(config.invocation_params.dir, argument.partition("::")[0]).resolve() for argument in config.args]
    if not all(path.is_relative_to(_UNIT) for path in asked):
        config.pluginmanager.import_plugin("tests.examples")
        config.pluginmanager.import_plugin("tests.harness.fixtures")
