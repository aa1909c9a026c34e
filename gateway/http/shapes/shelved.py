"""Tasks of the stock room, variances, confidence and feeds as the API shows and takes them."""

from typing import Annotated, Literal

from fastapi import Path
from pydantic import Field, StringConstraints

from gateway.http.hq.stock import StockLevel
from gateway.http.shapes.fields import Asked, LocationId, NextPage, Shown, Sku, Time, Version, When, Whole, eg, kinds
from omo.inventory.v1 import counting_variance_service_pb2 as pb
from omo.inventory.v1 import tasks_pb2

STOCK_TASK = "0199a5c3-2d3e-7f40-8b5c-6d7e8f9a0b12"
StockTaskPath = Annotated[str, Path(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", examples=[STOCK_TASK])]
_ReasonId = Annotated[str, StringConstraints(min_length=1, max_length=64), eg("MISMATCH")]
_Effect = Literal["NOT_IN_STOCK", "MISMATCH", "DAMAGE", "NO_VARIANCE", "RELEASE"]


class StockTask(Shown):
    """Something in the books that a person should look at."""

    task_id: Annotated[str, eg(STOCK_TASK)]
    kind: Annotated[str, eg("COUNT")]
    location_id: LocationId
    subject: Annotated[str, eg("COAT-CAMEL-M", "A good, a transfer, an order.")]
    details: Annotated[dict[str, str], eg({"because": "LOW_CONFIDENCE"})]
    state: Annotated[str | None, kinds(tasks_pb2.StockTaskState, "OPEN")]
    claimed_by: Annotated[str, eg("A102", "Empty: nobody works at it.")]
    resolution: Annotated[str, eg("counted again")]
    create_time: Time | None
    update_time: Time | None
    version: Version


class StockTaskOut(Shown):
    """The task as it is now."""

    task: StockTask


class StockTaskPage(Shown):
    """What is open, oldest first."""

    tasks: list[StockTask]
    next_page_token: NextPage


class ResolveIn(Asked):
    """What was done."""

    resolution: Annotated[str, StringConstraints(max_length=200), eg("counted again")] = ""


class ClaimIn(Asked):
    """Takes the task, or gives it back."""

    give_back: Annotated[bool, eg(False)] = False


class ReasonIn(Asked):
    """A reason and what it does."""

    reason_id: _ReasonId
    name: Annotated[str, StringConstraints(min_length=1, max_length=200), eg("Fewer than the books say")]
    effect: Annotated[_Effect, eg("MISMATCH")]
    available_only: Annotated[bool, eg(False, "Leaves on hand alone: what is missing is put aside.")] = False
    retired: Annotated[bool, eg(False)] = False


class ReasonsIn(Asked):
    """Reasons as they should be."""

    reasons: Annotated[list[ReasonIn], Field(min_length=1, max_length=100)]


class Reason(Shown):
    """Why the shelf is not what the books say."""

    reason_id: _ReasonId
    name: Annotated[str, eg("Fewer than the books say")]
    effect: Annotated[str | None, kinds(pb.VarianceEffect, "MISMATCH")]
    available_only: Annotated[bool, eg(False)]
    retired: Annotated[bool, eg(False)]
    version: Version


class Reasons(Shown):
    """Reasons in code order."""

    reasons: list[Reason]


class VarianceIn(Asked):
    """What somebody found on the shelf."""

    location_id: LocationId
    sku: Sku
    reason_id: _ReasonId
    quantity: Annotated[Whole, Field(ge=0, le=1_000_000), eg(1, "Where the reason speaks of so many.")] = 0
    business_time: Annotated[When | None, eg(None, "When it was seen; null: now.")] = None


class LevelOut(Shown):
    """The level after it."""

    level: StockLevel


class Confidence(Shown):
    """How sure it is that a unit that the books have is there."""

    sku: Sku
    location_id: LocationId
    per_mille: Annotated[int, eg(490, "0 to 1000: time since the last count, rejections and anomalies lower it.")]
    rejections: Annotated[int, eg(1, "Since the last count.")]
    anomalies: Annotated[int, eg(0, "Times that the books were caught short since the last count.")]
    last_count_time: Annotated[Time | None, eg("2026-11-22T09:30:00.000Z")]


class ConfidencePage(Shown):
    """The least sure first."""

    confidences: list[Confidence]
    next_page_token: NextPage


class FeedRowIn(Asked):
    """One good of a batch."""

    sku: Sku
    quantity: Annotated[Whole, Field(ge=-(10**12), le=10**12), eg(-1, "A signed change, or what was counted.")]


class FeedIn(Asked):
    """One batch of another system, for one place."""

    source: Annotated[str, StringConstraints(min_length=1, max_length=64), eg("ERP")]
    location_id: Annotated[LocationId, eg("WH1")]
    sequence: Annotated[Whole, Field(ge=1), eg(1, "From 1, without gaps, per source and place.")]
    mode: Annotated[Literal["DELTA", "RESET"], eg("DELTA")]
    business_time: Annotated[When, eg("2026-01-05T09:30:00+08:00", "When it happened, or was counted.")]
    rows: Annotated[list[FeedRowIn], Field(min_length=1, max_length=1_000)]


class Watermark(Shown):
    """How far a source is at a place."""

    source: Annotated[str, eg("ERP")]
    location_id: LocationId
    sequence: Annotated[int, eg(1)]
    business_time: Time | None
    reset_time: Annotated[Time | None, eg(None)]
    update_time: Time | None


class FeedOut(Shown):
    """What became of a batch."""

    booked: Annotated[int, eg(1)]
    ignored_skus: Annotated[list[str], eg([], "A later count is in the books: recorded and ignored.")]
    unknown_skus: Annotated[list[str], eg([], "Nobody described them; they were booked.")]
    watermark: Watermark


class WatermarkPage(Shown):
    """How far each source is."""

    watermarks: list[Watermark]
    next_page_token: NextPage
