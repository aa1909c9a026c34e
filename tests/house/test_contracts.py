"""Code and contracts agree: reasons, permissions, generated files."""

import importlib
from collections.abc import Mapping
from pathlib import Path

import pytest

from kit.errors import Code, Fault
from tests.house import contracts
from tests.house.tree import ROOT, services
from tools import contracts as generator
from tools import documents


@pytest.fixture(scope="module", autouse=True)
def _loaded() -> None:
    contracts.load("kit", "services", "gateway")


def test_every_refusal_is_promised() -> None:
    own = {service: contracts.reasons(service) for service in (*documents.SERVICES, "storelink")}
    assert {fault.__module__.split(".")[0] for fault in contracts.faults()} >= {"kit", "services"}
    assert not (found := contracts.unpromised(contracts.faults(), contracts.reasons("type"), own)), "\n".join(found)


def _refusal(reason: str, code: Code) -> type[Fault]:
    """A refusal as a service would declare it, out of sight of the real check."""
    return type("Planted", (Fault,), {"reason": reason, "code": code, "__module__": "tests.planted"})


def test_an_unpromised_reason_is_found() -> None:
    planted = _refusal("NEVER_HEARD_OF", Code.ABORTED)
    assert contracts.unpromised([planted], {"CONFLICT": "ABORTED"}, {}) == [
        "tests.planted.Planted: no REASON_NEVER_HEARD_OF in the contracts"
    ]


def test_another_status_than_promised_is_found() -> None:
    planted = _refusal("CONFLICT", Code.INTERNAL)
    assert len(contracts.unpromised([planted], {"CONFLICT": "ABORTED"}, {})) == 1


@pytest.mark.parametrize("service", services())
def test_every_call_has_a_permission(service: str) -> None:
    permissions = importlib.import_module(f"services.{service}.permissions").PERMISSIONS
    assert not (found := contracts.unguarded(contracts.methods(service), permissions)), "\n".join(found)


def test_an_unguarded_call_is_found() -> None:
    assert contracts.unguarded({"/omo.order.v1.OrderService/Steal"}, {}) == [
        "/omo.order.v1.OrderService/Steal: no permission"
    ]


def test_a_permission_for_nothing_is_found() -> None:
    assert contracts.unguarded(set(), {"/omo.order.v1.OrderService/Gone": None}) == [
        "/omo.order.v1.OrderService/Gone: no such RPC"
    ]


def test_generated_code_is_fresh(tmp_path: Path) -> None:
    generator.compile_into(tmp_path)
    assert generator.stale(tmp_path) == [], "run `make gen`"


def test_stale_code_is_found(tmp_path: Path) -> None:
    (tmp_path / "new" / "omo").mkdir(parents=True)
    (tmp_path / "old" / "omo").mkdir(parents=True)
    (tmp_path / "new" / "omo" / "a_pb2.py").write_text("1")
    (tmp_path / "old" / "omo" / "a_pb2.py").write_text("2")
    (tmp_path / "old" / "omo" / "gone_pb2.py").write_text("2")
    assert generator.stale(tmp_path / "new", tmp_path / "old") == ["omo/a_pb2.py", "omo/gone_pb2.py"]


@pytest.mark.parametrize("name", ["docs/events.md", "docs/errors.md"])
def test_generated_pages_are_fresh(name: str) -> None:
    assert (ROOT / name).read_text() == documents.pages()[ROOT / name], "run `make gen`"


def test_http_statuses_are_the_gateway_s() -> None:
    """docs/errors.md promises what gateway/http/problems.py renders."""
    held = vars(importlib.import_module("gateway.http.problems")).values()
    tables = [table for table in held if isinstance(table, Mapping) and Code.NOT_FOUND in table]
    assert len(tables) == 1, "one table from Code to HTTP status"
    rendered = {code: tables[0].get(code, 500) for code in documents.HTTP}
    assert rendered == documents.HTTP
