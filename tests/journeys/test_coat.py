"""J1, the coat: the story that `omoctl demo` tells, played on the tests' own fleet with its own exact numbers."""

from pathlib import Path

import pytest

from cli.demo import selling, story
from cli.demo.stage import StoryBroken
from tests.harness.fleet import TestFleet
from tests.journeys.stages import stage_of, stranger

pytestmark = [pytest.mark.xdist_group("fleet"), pytest.mark.timeout(240)]
_STEPS = 29


async def test_the_coat_from_the_store_to_the_credit(fleet: TestFleet, tmp_path: Path) -> None:
    told: list[str] = []
    stage = stage_of(fleet, tmp_path, told.append)
    tale = await story.play(stage, stranger())
    assert stage.steps == _STEPS, "\n".join(told)
    # told again on the same data, with the same till and the same user at headquarters
    again = stage_of(fleet, tmp_path, told.append)
    other = await story.play(again, stranger())
    assert again.steps == _STEPS
    assert other.member_id != tale.member_id
    assert any("the till is enrolled already" in line for line in told)


async def test_the_story_stops_at_a_wrong_number(
    fleet: TestFleet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selling, "SALE_TOTAL", 39_401)
    with pytest.raises(StoryBroken, match=r"three coats cost: the story says 39401, the suite says 39400"):
        await story.play(stage_of(fleet, tmp_path, lambda _: None), stranger())
