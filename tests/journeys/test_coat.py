"""J1, the coat: the story that `omoctl demo` tells, played on the tests' own fleet with its own exact numbers."""

from pathlib import Path

import pytest

from cli.demo import selling, story
from cli.demo.stage import StoryBroken
from tests.harness.fleet import TestFleet
from tests.journeys.stages import stage_of, stranger

pytestmark = [pytest.mark.xdist_group("fleet"), pytest.mark.timeout(240)]
_STEPS = 45


async def test_the_coat_from_the_store_to_the_credit(fleet: TestFleet, tmp_path: Path) -> None:
    """That it can be told again on the same data is seen where `omoctl demo` is typed twice."""
    told: list[str] = []
    stage = stage_of(fleet, tmp_path, told.append)
    await story.play(stage, stranger())
    assert stage.steps == _STEPS, "\n".join(told)


async def test_the_story_stops_at_a_wrong_number(
    fleet: TestFleet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selling, "SALE_TOTAL", 39_401)
    with pytest.raises(StoryBroken, match=r"three coats cost: the story says 39401, the suite says 39400"):
        await story.play(stage_of(fleet, tmp_path, lambda _: None), stranger())
