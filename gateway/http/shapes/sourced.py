"""Where an order's goods come from and why, as headquarters and stores are shown it."""

from typing import Annotated

from fastapi import Path
from pydantic import StringConstraints
from starlette.responses import Response

from gateway.http.door import asking
from gateway.http.door.asking import Ask
from gateway.http.shapes.fields import (
    ORDER,
    Asked,
    ChannelId,
    LocationId,
    NextPage,
    OrderId,
    Shown,
    Sku,
    Time,
    When,
    eg,
    kinds,
)
from omo.inventory.v1 import sourcing_pb2
from omo.inventory.v1 import sourcing_service_pb2 as pb

SourcedPath = Annotated[
    str, Path(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", examples=[ORDER], description="Order id.")
]
Reason = Annotated[str, StringConstraints(min_length=1, max_length=64), eg("NOT_IN_STOCK")]


class Assignment(Shown):
    """So many units of a line leave from this place."""

    line_no: Annotated[int, eg(1)]
    sku: Sku
    location_id: LocationId
    quantity: Annotated[int, eg(1)]
    decision_id: Annotated[str | None, eg(None, "The decision that chose the place; null where the order named it.")]


class Leftover(Shown):
    """So many units of a line have no place."""

    line_no: Annotated[int, eg(1)]
    sku: Sku
    quantity: Annotated[int, eg(1)]
    reason: Annotated[str, eg("NO_STOCK", "NO_STOCK, SPLITS, THRESHOLD, ATTEMPTS, PARKED or NO_PLACE.")]


class Sourcing(Shown):
    """How an order's sourcing stands."""

    order_id: OrderId
    state: Annotated[str | None, kinds(sourcing_pb2.SourcingState, "SOURCED")]
    assignments: list[Assignment]
    attempts: Annotated[int, eg(0, "How often a place rejected a part of it.")]
    queue: Annotated[str | None, eg(None, "Where what has no place waits.")]
    auto_cancel_time: Time | None
    version: Annotated[int, eg(2)]
    channel_id: ChannelId | None
    order_time: Time | None
    pickup_rejected_line_nos: Annotated[list[int], eg([], "Collected lines that wait for the shopper's choice.")]


class Decision(Shown):
    """One decision with its reasons, as it was made."""

    decision_id: Annotated[str, eg("0199a5c2-8a11-7d20-9c6d-3e4f5a6b7c8d")]
    mode: Annotated[str, eg("BATCH", "INSTANT, BATCH, QUEUE or REJECTION.")]
    business_time: Time | None
    rule_set_id: Annotated[str | None, eg("brand")]
    rule_version: Annotated[int, eg(3)]
    fallback: Annotated[str | None, eg(None, "Why the default strategy decided in place of the brand's.")]
    assignments: list[Assignment]
    leftovers: list[Leftover]
    queue: Annotated[str | None, eg(None)]
    lines_zh_tw: Annotated[list[str], eg(["TPE01 出貨 1 × COAT-CAMEL-M (1)：排名第 1，距離 2.1 公里。"])]
    lines_en: Annotated[list[str], eg(["TPE01 sends 1 × COAT-CAMEL-M (1): number 1 of the ranking, 2.1 km away."])]
    trace: Annotated[str, eg('{"v":1}', "The compact trace as JSON: candidates, why each was out, scores, bounds hit.")]


class Explained(Shown):
    """Why these places: every decision of an order, oldest first."""

    sourcing: Sourcing
    decisions: list[Decision]


class SourcingPage(Shown):
    """Orders that wait, oldest first."""

    sourcings: list[Sourcing]
    next_page_token: NextPage


class PauseIn(Asked):
    """A place that is not to be asked for a time."""

    location_id: LocationId
    paused: Annotated[bool, eg(True, "False has it asked again.")]
    until_time: When | None = None
    reason: Annotated[str, StringConstraints(max_length=200), eg("stocktaking")] = ""


class PauseOut(Shown):
    """Nothing but that it is so."""


async def explained(ask: Ask, order_id: str) -> Response:
    """An order's places and reasons."""
    return asking.answer(
        Explained, await ask(ask.to.sourcing.ExplainSourcing, pb.ExplainSourcingRequest(order_id=order_id))
    )
