"""The message to a shopper whose store cannot: the link in it is made here and read by order."""

import uuid
from datetime import timedelta

from omo.order.v1 import pickup_events_pb2, rerouting_events_pb2
from services.member.campaigns.domain import Trigger
from services.member.campaigns.links import PickupLinks
from services.order.rerouting.links import Links
from tests.service.member.conftest import SECRETS
from tests.service.member.engagement_rig import NOON, Desk, Purpose, desk

__all__ = ["desk"]


async def test_a_rejected_pickup_brings_its_shopper_the_link_that_order_reads(desk: Desk) -> None:
    """Once, however often it is told; under the secret that order and member share."""
    asked = rerouting_events_pb2.PickupChoiceAsked(
        choice_id=str(uuid.uuid4()), order_id=str(uuid.uuid4()), order_no="K7M2", location_id="TPE01"
    )
    until = NOON + timedelta(days=1)
    asked.deadline_time.FromDatetime(until)
    asked.meta.aggregate_id = asked.order_id
    asked.meta.business_time.FromDatetime(NOON)
    names = ("order_no", "until", "token")
    kind = Purpose.TRANSACTIONAL
    await desk.template("{order_no} {until} {token}", kind, params=names)
    await desk.campaign(trigger=Trigger.PICKUP_REJECTED)
    asked.member_id = await desk.person("+886912345678")
    await desk.hear(asked)
    await desk.hear(asked)
    await desk.quiet()
    ((number, day, token),) = [letter.text.split() for letter in desk.letters()]
    assert (number, day) == ("K7M2", "2026-11-24")
    assert Links(SECRETS["order"].encode()).read(token, NOON) == asked.choice_id
    assert PickupLinks("").make(asked.choice_id, until) == "", "without the secret nobody is sent a link"


async def test_whoever_waits_longer_is_told_until_when(desk: Desk) -> None:
    """What was to be collected comes to its store first; once, however often it is told, and not when it is over."""
    names = ("order_no", "location_id", "until")
    await desk.template("{order_no} {location_id} {until}", Purpose.TRANSACTIONAL, params=names)
    await desk.campaign(trigger=Trigger.PICKUP_DELAYED)
    member_id = await desk.person("+886912345678")
    for order_no, days in (("K7M2", 3), ("OLD1", -1)):
        asked = pickup_events_pb2.TransferRequested(
            transfer_id=str(uuid.uuid4()), order_id=str(uuid.uuid4()), order_no=order_no, location_id="TPE01",
            member_id=member_id,
        )  # fmt: skip
        asked.promise_time.FromDatetime(NOON + timedelta(days=days))
        asked.meta.aggregate_id = asked.order_id
        asked.meta.business_time.FromDatetime(NOON - timedelta(days=days < 0))
        await desk.hear(asked)
        await desk.hear(asked)
    await desk.quiet()
    assert [letter.text for letter in desk.letters()] == ["K7M2 TPE01 2026-11-26"]
