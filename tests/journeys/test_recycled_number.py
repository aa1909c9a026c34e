"""A telephone number moves to somebody else: he gets the number, and nothing of what its former holder has (J6)."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from cli.demo import joining
from cli.demo.line import LineUser
from cli.demo.tale import Shopper, Tale
from tests.harness.fleet import TestFleet
from tests.journeys.baskets import SHIRT, basket, paid_by
from tests.journeys.stages import opened, refused, sign_in

pytestmark = [pytest.mark.xdist_group("fleet"), pytest.mark.timeout(240)]

_CREDIT = {"amount": joining.CREDIT, "reason": "goodwill"}
_BUYS = basket(SHIRT) | paid_by("sim_ok") | {"spends": [{"kind": "CREDIT", "amount": joining.SPENT}]}


@pytest_asyncio.fixture
async def tale(fleet: TestFleet, tmp_path: Path) -> AsyncIterator[Tale]:
    async with opened(fleet, tmp_path) as one:
        yield one


async def test_a_recycled_number_hands_over_nothing_and_freezes_what_its_holder_had(tale: Tale) -> None:
    holder, number = tale.member_id, tale.shopper
    line = LineUser(tale)
    await line.link(tale.app, number.device)
    await tale.hq.post(f"/v1/hq/members/{holder}/credit", _CREDIT)
    new = await _is_proved_by_the_next(tale)
    assert new.member_id != holder
    held = (await new.app.get("/v1/me/wallet"))["wallet"]
    assert (held["credit_active"], held["lots"], held["frozen"]) == (0, [], False)
    assert (await refused(tale.refresh())).reason == "REFRESH_INVALID", "whoever had the number is signed out"
    # the former holder signs in by LINE: all is there, and none of it can be spent before somebody has looked
    came = (await line.log_in(number.device))["signed_in"]
    assert came["member"]["member_id"] == holder
    assert [one["kind"] for one in came["member"]["identifiers"]] == ["LINE"]
    own = tale.web.as_(came["session"]["access_token"])
    held = (await own.get("/v1/me/wallet"))["wallet"]
    assert (held["credit_active"], held["frozen"]) == (joining.CREDIT, True)
    assert (await refused(own.post("/v1/orders", _BUYS))).reason == "VALUE_FROZEN"
    waiting = (await tale.hq.get("/v1/hq/frozen-value"))["freezes"]
    (freeze,) = (one for one in waiting if one["member_id"] == holder)
    assert (freeze["reason"], freeze["other_member_id"]) == ("PHONE_RECYCLED", new.member_id)
    await tale.hq.post(f"/v1/hq/members/{holder}/release", {"reason": "OWNER_CONFIRMED"})
    order = (await own.post("/v1/orders", _BUYS))["order"]
    assert order["state"] == "CONFIRMED"


async def _is_proved_by_the_next(tale: Tale) -> Tale:
    """Another LINE account, and a code to the same number on another telephone: two who cannot be one."""
    await tale.stage.advance(timedelta(minutes=2))  # the last code was sent a moment ago
    new = Tale(tale.stage, tale.web, tale.hq, tale.till, Shopper(tale.shopper.phone, "林大同", "second"))
    waiting = await LineUser(new, new.shopper.name).log_in(new.shopper.device)
    assert waiting["signed_in"] is None, "nobody has this LINE account"
    await sign_in(new, waiting["join_token"])
    return new
