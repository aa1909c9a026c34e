"""Hands the harness's fixtures to every test."""

from tests import forking  # noqa: F401  # before gRPC is loaded
from tests.depth import pytest_collection_modifyitems, pytest_generate_tests, pytest_runtest_makereport
from tests.harness.fixtures import (
    database,
    database_address,
    databases,
    fleet,
    module_databases,
    nats,
    own_fleet,
    pytest_configure,
    pytest_unconfigure,
    servers,
    valkey,
)

__all__ = [
    "database",
    "database_address",
    "databases",
    "fleet",
    "module_databases",
    "nats",
    "own_fleet",
    "pytest_collection_modifyitems",
    "pytest_configure",
    "pytest_generate_tests",
    "pytest_runtest_makereport",
    "pytest_unconfigure",
    "servers",
    "valkey",
]
