"""Each service's page names its promises, and each promise a test that exists."""

from pathlib import Path

import pytest

from tests.house import readmes
from tests.house.tree import ROOT, services

GOOD = "owns promises publishes hears runbook\n\n| row | `tests/test_a.py::test_it` |\n"


@pytest.mark.parametrize("service", services())
def test_every_promise_names_its_test(service: str) -> None:
    page = (ROOT / "services" / service / "README.md").read_text()
    assert not (found := readmes.broken_rows(service, page, ROOT)), "\n".join(found)


PAGES = sorted(str(page.relative_to(ROOT)) for page in (ROOT / "services").glob("*/*/README.md"))


@pytest.mark.parametrize("page", PAGES)
def test_every_promise_of_a_capability_names_its_test(page: str) -> None:
    assert not (found := readmes.broken_tests(page, (ROOT / page).read_text(), ROOT)), "\n".join(found)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_a.py").write_text("async def test_it():\n    pass\n")
    return tmp_path


def test_a_kept_promise_is_not_found(root: Path) -> None:
    assert readmes.broken_rows("order", GOOD, root) == []


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        ("test_it", "test_gone", "order: tests/test_a.py has no test_gone"),
        ("test_a.py", "test_b.py", "order: tests/test_b.py does not exist"),
        ("| row | `tests/test_a.py::test_it` |", "", "order: has no row that names its test"),
        ("runbook", "", "order: has no runbook"),
        ("hears", "", "order: says nothing about what it hears"),
    ],
)
def test_a_broken_promise_is_found(root: Path, before: str, after: str, complaint: str) -> None:
    assert readmes.broken_rows("order", GOOD.replace(before, after), root) == [complaint]
