"""The soak's page tells what its report says."""

from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

from tools import soak

REPORT = """
<testsuites><testsuite>
  <testcase classname="tests.faults.test_kill" name="test_order[0]" time="2.5"/>
  <testcase classname="tests.faults.test_kill" name="test_order[1]" time="1.5"><failure message="lost"/></testcase>
  <testcase classname="tests.unit.pricing.test_tax" name="test_it" time="1000"><skipped/></testcase>
</testsuite></testsuites>
"""


def test_outcomes_are_counted_by_folder() -> None:
    found = soak.tally(ET.fromstring(REPORT))
    assert found == {
        "tests/faults": soak.Tally(passed=1, failed=1, skipped=0, seconds=4.0),
        "tests/unit": soak.Tally(passed=0, failed=0, skipped=1, seconds=1000.0),
    }


def test_a_failure_is_named_on_the_page() -> None:
    page = soak.page(ET.fromstring(REPORT), "a machine", "abc1234", datetime(2026, 1, 2, 3, 4, tzinfo=UTC))
    assert "2026-01-02 03:04 UTC at abc1234; a machine" in page
    assert "| tests/faults | 1 | 1 | 0 | 4 |" in page
    assert page.endswith("- failed: `tests.faults.test_kill::test_order[1]`\n")


def test_a_run_without_a_report_is_no_success(tmp_path: Path) -> None:
    assert soak.main(str(tmp_path / "none.xml"), str(tmp_path / "soak.md")) == 1
    assert not (tmp_path / "soak.md").exists()
