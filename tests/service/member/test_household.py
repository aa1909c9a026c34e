"""Several members on one card: who comes in, who goes, and points that they share."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import grpc
import pytest

from kit import access
from omo.member.v1 import household_service_pb2 as pb
from omo.member.v1 import household_service_pb2_grpc as rpc
from services.member.household.domain import Drawing, Earning
from services.member.household.reactions import HouseholdReactions
from services.member.household.room import HouseholdRoom
from tests.service.member.conftest import Member, refusal
from tests.service.member.merging_rig import Desk, desk, new, sale


class Home:
    """Some people, signed in, and what they do with one card."""

    def __init__(self, member: Member) -> None:
        self.member = member
        self.stub = rpc.HouseholdServiceStub(member.channel)
        self.people: dict[str, tuple[str, str]] = {}
        self.room = next(room for room in member.parts.rooms if isinstance(room, HouseholdRoom))

    async def arrive(self, *names: str) -> None:
        for name in names:
            number = len(self.people)
            self.member.clock.advance(minutes=11)
            came = await self.member.login(f"09{number}2345678", f"phone {name}")
            self.people[name] = (came.member.member_id, came.session.access_token)

    async def ask(self, name: str, method: str, **told: Any) -> Any:
        member_id, token = self.people[name]
        request = getattr(pb, f"{method}Request")
        key = {"request_id": new()} if "request_id" in request.DESCRIPTOR.fields_by_name else {}
        return await self.member.call(getattr(self.stub, method), request(member_id=member_id, **key, **told), token)

    async def refused(self, name: str, method: str, **told: Any) -> str:
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await self.ask(name, method, **told)
        return refusal(error.value)

    async def share(self, owner: str, *others: str) -> None:
        await self.ask(owner, "CreateHousehold")
        for name in others:
            await self.ask(name, "JoinHousehold", code=(await self.ask(owner, "InviteToHousehold")).code)

    async def pot(self, name: str) -> int:
        return int((await self.ask(name, "GetHousehold")).household.points_active)


async def home(member: Member, *names: str) -> tuple[Desk, Home]:
    at, place = await desk(member), Home(member)
    await place.arrive(*names)
    return at, place


async def test_an_owner_lets_people_in_and_everybody_may_go(member: Member) -> None:
    at, place = await home(member, "ming", "hua", "mei")
    await place.share("ming", "hua")
    told = (await place.ask("hua", "GetHousehold")).household
    assert (told.owner_id, list(told.member_ids)) == (
        place.people["ming"][0],
        [place.people[n][0] for n in ("ming", "hua")],
    )
    assert await place.refused("hua", "InviteToHousehold") == "HOUSEHOLD_OWNER_ONLY"
    assert await place.refused("mei", "GetHousehold") == "HOUSEHOLD_UNKNOWN"
    assert await place.refused("hua", "CreateHousehold") == "HOUSEHOLD_TAKEN"
    used = (await place.ask("ming", "InviteToHousehold")).code
    await place.ask("mei", "JoinHousehold", code=used.lower())
    assert await place.refused("hua", "JoinHousehold", code=used) == "HOUSEHOLD_CODE_INVALID", "once"
    assert await place.refused("hua", "LeaveHousehold", leaving_id=place.people["mei"][0]) == "HOUSEHOLD_OWNER_ONLY"
    await place.ask("ming", "LeaveHousehold", leaving_id=place.people["mei"][0])
    await place.ask("hua", "LeaveHousehold")
    old = (await place.ask("ming", "InviteToHousehold")).code
    member.clock.advance(days=3)
    assert await place.refused("mei", "JoinHousehold", code=old) == "HOUSEHOLD_CODE_INVALID", "not for ever"
    await at.proved()


async def test_no_more_share_a_card_than_the_program_allows(member: Member) -> None:
    _, place = await home(member, "ming", "hua", "mei", "jun")
    place.room.households.policy = replace(place.room.policy, limit=3)
    await place.ask("ming", "CreateHousehold")
    codes = [(await place.ask("ming", "InviteToHousehold")).code for _ in range(3)]
    calls = (
        place.ask(name, "JoinHousehold", code=code) for name, code in zip(("hua", "mei", "jun"), codes, strict=True)
    )
    ended = await asyncio.gather(*calls, return_exceptions=True)
    assert [refusal(one) for one in ended if isinstance(one, grpc.aio.AioRpcError)] == ["HOUSEHOLD_FULL"]
    assert await place.refused("ming", "InviteToHousehold") == "HOUSEHOLD_FULL"


async def test_points_go_into_the_pot_and_out_with_their_dates(member: Member) -> None:
    at, place = await home(member, "ming", "hua")
    await place.share("ming", "hua")
    ming, hua = place.people["ming"][0], place.people["hua"][0]
    await at.sold(ming, 3_000)
    await place.ask("ming", "MoveHouseholdPoints", points=200)
    assert (await at.points(ming), await place.pot("hua")) == ((0, 100, 0, 0, 0), 200)
    assert await place.refused("hua", "MoveHouseholdPoints", points=-201) == "POINTS_INSUFFICIENT"
    assert await place.refused("hua", "MoveHouseholdPoints", points=1) == "POINTS_INSUFFICIENT"
    await place.ask("hua", "MoveHouseholdPoints", points=-150)
    order_id = new()
    await at.hold(order_id, hua, 150)
    await at.hear(sale(order_id, hua, 0, member.clock(), spent=150))
    assert (await at.points(hua), await place.pot("ming")) == ((0, 0, 0, 150, 0), 50)
    async with member.db.read() as tx:
        dates = await tx.fetchval("SELECT count(DISTINCT (earn_time, expire_time)) FROM points_lots")
    assert dates == 1, "whoever has them, they run out on one day"
    place.room.households.policy = replace(place.room.policy, drawing=Drawing.OWNER)
    assert await place.refused("hua", "MoveHouseholdPoints", points=-1) == "HOUSEHOLD_OWNER_ONLY"
    await place.ask("ming", "LeaveHousehold")
    assert (await at.points(ming))[1] == 150, "with its owner it ends, and the pot is his"
    assert await place.refused("hua", "GetHousehold") == "HOUSEHOLD_UNKNOWN"
    await at.proved()


async def test_what_is_earned_goes_into_the_pot_where_the_program_says_so(member: Member) -> None:
    at, place = await home(member, "ming", "hua")
    await place.share("ming", "hua")
    hua = place.people["hua"][0]
    before, order_id = new(), new()
    heard = HouseholdReactions(place.room.pots, replace(place.room.policy, earning=Earning.HOUSEHOLD))
    # a calendar year may have a day more, and then the points of a year ago have expired
    early = member.clock() - timedelta(days=365)
    for told in (sale(order_id, hua, 1_000, member.clock()), sale(before, hua, 700, early)) * 2:
        await at.hear(told)
        async with member.db.transaction() as tx:
            with access.acting_as(access.service("member")):
                await heard.on_sales_recorded(tx, [told])
    assert (await place.pot("ming"), (await at.points(hua))[1]) == (100, 70), "what is from before he came is his own"
    assert (await at.standing(hua)).qualifying_spend == 1_000, "the tier stays a person's"
    await at.proved()


async def test_a_merge_brings_the_card_along_and_gives_it_back(member: Member) -> None:
    at, place = await home(member, "ming", "hua", "mei")
    await place.share("hua", "mei")
    ming, hua = place.people["ming"][0], place.people["hua"][0]
    await at.sold(hua, 1_000)
    await place.ask("hua", "MoveHouseholdPoints", points=60)
    done = await at.merge(ming, hua)
    assert (done.survivor_id, (await place.ask("ming", "GetHousehold")).household.owner_id) == (ming, ming)
    await at.undo(done.merge_id)
    assert await place.refused("ming", "GetHousehold") == "HOUSEHOLD_UNKNOWN"
    assert (await place.ask("hua", "GetHousehold")).household.owner_id == hua
    await place.ask("ming", "CreateHousehold")
    seen = await at.preview(ming, hua)
    assert [gain.conflict for gain in seen.gains if gain.kind == "HOUSEHOLD"] == ["HOUSEHOLD_DIFFERS"]
    await at.merge(ming, hua)
    assert (await at.points(ming))[1] == 100, "the other's card ends, and its pot is his"
    assert await place.refused("mei", "GetHousehold") == "HOUSEHOLD_UNKNOWN"
    await at.proved()
