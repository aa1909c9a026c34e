"""Headquarters: which goods are sold where, and since and until when."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response

from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes.fields import Asked, NextPage, PageSize, PageToken, Shown, Sku, Time, Version, When, eg, kinds
from gateway.http.shapes.masters import Text
from omo.inventory.v1 import catalogue_assortment_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["HQ: catalogue"])


class EntryIn(Asked):
    """One channel or one place: exactly one of the two."""

    channel_id: Annotated[Text, eg("web")] = ""
    location_id: Annotated[Text, eg("")] = ""
    published_time: Annotated[When | None, eg("2026-01-05T09:30:00+08:00", "Not before; null: since ever.")] = None
    unpublished_time: Annotated[When | None, eg(None, "Not from then on; null: for good.")] = None
    withheld: Annotated[bool, eg(False, "Not sold there at any time.")] = False


class AssortmentIn(Asked):
    """All that is said of a good; a channel or place that it does not name decides by its `listed_only`."""

    sku: Sku
    entries: Annotated[list[EntryIn], Field(max_length=500)]


class PutAssortments(Asked):
    """Assortments as they should be."""

    assortments: Annotated[list[AssortmentIn], Field(min_length=1, max_length=200)]


class Entry(Shown):
    """What is said of one channel or one place."""

    channel_id: Annotated[str | None, eg("web")]
    location_id: Annotated[str | None, eg(None)]
    published_time: Time | None
    unpublished_time: Annotated[Time | None, eg(None)]
    withheld: Annotated[bool, eg(False)]


class Assortment(Shown):
    """Where a good may be sold."""

    sku: Sku
    entries: list[Entry]
    version: Version


class Assortments(Shown):
    """The assortments as they are now."""

    assortments: list[Assortment]


class AssortmentPage(Shown):
    """Assortments in SKU order."""

    assortments: list[Assortment]
    next_page_token: NextPage


class Sellable(Shown):
    """Whether a good is sold, and if not why."""

    sellable: Annotated[bool, eg(True)]
    reason: Annotated[str | None, kinds(pb.NotSoldReason, "NOT_YET", "Null: it is sold.")]


@router.put("/v1/hq/assortments", operation_id="put_assortments", response_model=Assortments)
async def put_assortments(body: PutAssortments, ask: Asking) -> Response:
    """Replaces the assortment of each good that is named, all or none."""
    request = translation.fill(pb.PutAssortmentsRequest(request_id=ask.key), body)
    return asking.answer(Assortments, await ask(ask.to.assortments.PutAssortments, request))


@router.get("/v1/hq/assortments", operation_id="list_assortments", response_model=AssortmentPage)
async def list_assortments(
    ask: Asking,
    page_size: PageSize = 20,
    page_token: PageToken = "",
    sku: Annotated[list[str], Query(max_length=100, examples=[["COAT-CAMEL-M"]], description="None: all.")] = [],
    channel: Annotated[str, Query(max_length=64, examples=["web"], description="Only what names it.")] = "",
    location: Annotated[str, Query(max_length=64, examples=["TPE01"], description="Only what names it.")] = "",
) -> Response:
    """Assortments in SKU order; goods of which nothing is said are left out."""
    request = pb.ListAssortmentsRequest(
        page_size=page_size, page_token=page_token, skus=sku, channel_id=channel, location_id=location
    )
    reply = await ask(ask.to.assortments.ListAssortments, request)
    return asking.page(Assortment, "assortments", reply.assortments, reply.next_page_token)


@router.get("/v1/hq/assortments/check", operation_id="check_sellable", response_model=Sellable)
async def check_sellable(
    ask: Asking,
    sku: Annotated[str, Query(min_length=1, max_length=64, examples=["COAT-CAMEL-M"])],
    channel: Annotated[str, Query(min_length=1, max_length=64, examples=["web"])],
    location: Annotated[str, Query(max_length=64, examples=["TPE01"], description="None: no store takes part.")] = "",
    time: Annotated[datetime | None, Query(examples=["2026-12-24T12:00:00+08:00"], description="None: now.")] = None,
) -> Response:
    """Whether a good is sold there and then, and if not why."""
    request = pb.CheckSellableRequest(sku=sku, channel_id=channel, location_id=location)
    if time is not None:
        request.at_time.FromDatetime(time)
    return asking.answer(Sellable, await ask(ask.to.assortments.CheckSellable, request))
