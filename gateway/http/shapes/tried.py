"""Goods reserved to be tried on, as every audience is shown them."""

from typing import Annotated

from fastapi import Path
from pydantic import Field, StringConstraints

from gateway.http.shapes.fields import (
    TASK,
    Asked,
    LocationId,
    MemberId,
    NextPage,
    Shown,
    Sku,
    Time,
    Version,
    eg,
    kinds,
)
from omo.order.v1 import tryout_service_pb2 as pb

TryoutPath = Annotated[str, Path(min_length=36, max_length=36, examples=[TASK])]


class TryoutLine(Shown):
    """One good of it."""

    sku: Sku
    name: Annotated[str, eg("Camel coat M")]
    quantity: Annotated[int, eg(1, "Base units.")]
    kept: Annotated[int, eg(0, "So many were bought.")]


class Tryout(Shown):
    """Goods of a store that wait to be tried on, unpaid."""

    tryout_id: Annotated[str, eg(TASK)]
    member_id: MemberId
    location_id: LocationId
    state: Annotated[str | None, kinds(pb.TryoutState, "HELD")]
    lines: list[TryoutLine]
    expire_time: Time
    sale_id: Annotated[str | None, eg(None, "The sale that took what was kept.")]
    reason: Annotated[str | None, eg(None, "Why it was released: EXPIRED, NO_SHOW, LEFT_UNDECIDED, or what was said.")]
    create_time: Time
    version: Version


class TryoutAnswer(Shown):
    """One reservation."""

    tryout: Tryout


class TryoutPage(Shown):
    """A page of reservations."""

    tryouts: list[Tryout]
    next_page_token: NextPage


class WantedGood(Asked):
    """One good to try on."""

    sku: Sku
    quantity: Annotated[int, Field(strict=True, ge=1, le=5), eg(1)] = 1


class ReserveTryout(Asked):
    """What to lay out, and where."""

    location_id: LocationId
    lines: Annotated[list[WantedGood], Field(min_length=1, max_length=10)]


class ReleaseTryout(Asked):
    """Why it is given up."""

    reason: Annotated[str, StringConstraints(min_length=1, max_length=64), eg("CHANGED_MIND")]
