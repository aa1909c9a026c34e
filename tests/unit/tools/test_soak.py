"""The soak's page tells what its reports say, and a part that was cut short is no success."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tools import soak, soak_page
from tools.soak_page import Ran

REPORT = """
<testsuites><testsuite>
  <testcase classname="tests.faults.test_kills" name="test_order[0]" time="2.5"/>
  <testcase classname="tests.faults.test_kills" name="test_order[1]" time="1.5">
    <failure message="lost&#10;and more"/></testcase>
  <testcase classname="tests.faults.test_points" name="test_death[order-order.after_hold]" time="9"/>
  <testcase classname="tests.unit.pricing.test_tax" name="test_it" time="3"><properties>
    <property name="examples" value="10000"/><property name="exhausted" value="False"/></properties></testcase>
  <testcase classname="tests.unit.pricing.test_tax" name="test_all" time="1"><properties>
    <property name="examples" value="31"/><property name="exhausted" value="True"/></properties></testcase>
  <testcase classname="tests.growth.test_range" name="test_hold" time="20"><properties>
    <property name="growth" value="hold|1 to 10|4.0 ms|8.0 ms|2.0|3"/></properties></testcase>
</testsuite></testsuites>
"""
RAN = Ran("abc1234", "abc1234", 0.5, 61.0, 10)


@pytest.fixture
def report(tmp_path: Path) -> soak_page.Report:
    file = tmp_path / "report.xml"
    file.write_text(REPORT)
    return soak_page.read(file)


def test_repetitions_are_one_row(report: soak_page.Report) -> None:
    assert "| order | 2 | 1 | 2.0 | 2.5 |" in soak_page.runs(report)


def test_points_are_counted_by_who_dies(report: soak_page.Report) -> None:
    assert "| order dies | 1 | 1 | 9.0 | 9.0 |" in soak_page.points(report)


def test_examples_are_counted_and_a_small_world_is_told(report: soak_page.Report) -> None:
    line = next(line for line in soak_page.properties(report) if "test_tax" in line)
    assert line == "| `unit/pricing/test_tax` | 2 | 2 | 10,031 | 31, all there are | 4 |"


def test_growth_is_shown_as_it_was_recorded(report: soak_page.Report) -> None:
    assert soak_page.growth(report)[-1] == "| hold | 1 to 10 | 4.0 ms | 8.0 ms | 2.0 | 3 |"


def test_a_failure_is_named_on_the_page(report: soak_page.Report) -> None:
    text = soak_page.section("faults", "Faults", "Kills.", RAN, report, [], ["it was stopped"])
    assert "**5 passed, 1 failed, 0 skipped.**" in text
    assert "- failed: `tests.faults.test_kills::test_order[1]`: lost\n- it was stopped\n" in text


def test_the_page_says_where_it_was_and_that_the_code_moved() -> None:
    now = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
    assert "2026-01-02 03:04 UTC at commit abc1234;" in RAN.told(now)
    assert "took 1 min 1 s of at most 10 min." in RAN.told(now)
    moved = Ran("abc1234", "def5678", 0.5, 61.0, 10)
    assert "abc1234 to def5678 (the code changed while it ran)" in moved.told(now)


def test_a_section_takes_its_own_place_and_leaves_the_others(tmp_path: Path) -> None:
    page = tmp_path / "soak.md"
    for name, text in (("growth", "one"), ("faults", "two"), ("growth", "three")):
        soak_page.keep(page, name, text, ["faults", "growth"])
    assert page.read_text().index("two") < page.read_text().index("three")
    assert "one\n" not in page.read_text().partition("<!--")[2]


def test_what_takes_too_long_is_interrupted() -> None:
    sleeper = [sys.executable, "-c", "import time; time.sleep(60)"]
    assert soak.within(sleeper, 0.2, {}) is None
    assert soak.within([sys.executable, "-c", "raise SystemExit(3)"], 60.0, {}) == 3


def test_every_part_runs_tests_that_exist() -> None:
    for part in soak.PARTS:
        asked = soak.command(part, 2, Path("report.xml"))
        assert all(Path(test).exists() for test in part.tests if test.startswith("tests/"))
        assert "--junitxml=report.xml" in asked


def test_a_part_that_nobody_knows_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        soak.main(["fault"])
    assert "there are faults, points, properties, growth" in capsys.readouterr().err
