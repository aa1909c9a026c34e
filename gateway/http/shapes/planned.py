"""What the planner foresees and suggests, as answers show it."""

from typing import Annotated

from gateway.http.hq.stock import Actor
from gateway.http.shapes.fields import LocationId, NextPage, ProductId, Shown, Sku, Time, Version, eg, kinds
from omo.inventory.v1 import planning_pb2

SUGGESTION = "0199a5d1-3c40-7b21-9e0d-2f3a4b5c6d7e"
LOT = "0199a5d1-4d51-7c32-8f1e-3a4b5c6d7e8f"
_WHY = {
    "en": "TPE01 has 0.4 weeks of COAT-CAMEL-M left (about 5.0 a week), WH1 has 12.0 weeks (about 2.0 a week); …",
    "zh-TW": "TPE01 的 COAT-CAMEL-M 只夠賣 0.4 週（每週約 5.0 件），WH1 可賣 12.0 週（每週約 2.0 件）；…",
}


class Run(Shown):
    """One run of the planner."""

    run_id: Annotated[str, eg("2026-11-23")]
    state: Annotated[str | None, kinds(planning_pb2.PlanningRunState, "DONE")]
    as_of_time: Time | None
    policy_version: Version
    start_time: Time | None
    end_time: Time | None
    skus: Annotated[int, eg(5000)]
    locations: Annotated[int, eg(100)]
    forecasts: Annotated[int, eg(431_220)]
    suggestions: Annotated[int, eg(812)]
    milliseconds: Annotated[int, eg(41_500)]
    peak_memory_bytes: Annotated[int, eg(520_093_696)]
    error: Annotated[str | None, eg(None)]


class RunPage(Shown):
    """Runs, the newest first."""

    runs: list[Run]
    next_page_token: NextPage


class Forecast(Shown):
    """What a place is expected to sell of a good."""

    run_id: Annotated[str, eg("2026-11-23")]
    sku: Sku
    location_id: LocationId
    weekly_thousandths: Annotated[int, eg(5_100, "Thousandths of a base unit a week.")]
    recent_weekly_thousandths: Annotated[int, eg(6_250, "The same, over the last four weeks.")]
    available: Annotated[int, eg(2)]
    incoming: Annotated[int, eg(0)]
    cover_thousandths: Annotated[
        int | None, eg(390, "How long it lasts, thousandths of a week; null: nothing is expected to be sold.")
    ]
    demand_class: Annotated[str | None, kinds(planning_pb2.DemandClass, "SMOOTH")]
    model: Annotated[str, eg("SES", "The forecasting method: SES, CrostonSBA, TSB, or pooled with goods like it.")]
    hot: Annotated[bool, eg(True, "Sells far more than it did, or runs out soon while it sells well.")]


class ForecastPage(Shown):
    """Forecasts by good and place."""

    forecasts: list[Forecast]
    next_page_token: NextPage


class SizeGap(Shown):
    """Sizes that a place lacks of what it else has."""

    run_id: Annotated[str, eg("2026-11-23")]
    product_id: ProductId
    variety: Annotated[str, eg("camel", "What the sizes have in common.")]
    location_id: LocationId
    missing_skus: Annotated[list[str], eg(["COAT-CAMEL-M"])]
    present_skus: Annotated[list[str], eg(["COAT-CAMEL-S", "COAT-CAMEL-L"])]
    weekly_lost_thousandths: Annotated[int, eg(5_100, "What the missing ones should sell in a week.")]


class SizeGapPage(Shown):
    """Broken size runs by product and place."""

    gaps: list[SizeGap]
    next_page_token: NextPage


class Suggestion(Shown):
    """A move that is expected to pay; amounts in minor units."""

    suggestion_id: Annotated[str, eg(SUGGESTION)]
    run_id: Annotated[str, eg("2026-11-23")]
    kind: Annotated[str | None, kinds(planning_pb2.SuggestionKind, "REBALANCE")]
    allocation_id: Annotated[str | None, eg(None)]
    state: Annotated[str | None, kinds(planning_pb2.SuggestionState, "OPEN")]
    rank: Annotated[int, eg(1)]
    sku: Sku
    from_location_id: Annotated[str, eg("WH1")]
    to_location_id: LocationId
    quantity: Annotated[int, eg(12)]
    expected_thousandths: Annotated[int, eg(11_200, "Sold more within the horizon than without, thousandths.")]
    expected_margin: Annotated[int, eg(18_560)]
    move_cost: Annotated[int, eg(600)]
    gain: Annotated[int, eg(17_960)]
    why: Annotated[dict[str, str], eg(_WHY)]
    decided_quantity: Annotated[int, eg(0)]
    decide_time: Annotated[Time | None, eg(None)]
    transfer_id: Annotated[str | None, eg(None, "Once accepted.")]
    decline_reason: Annotated[str | None, eg(None)]
    actor: Annotated[Actor | None, eg(None)]
    version: Version


class SuggestionPage(Shown):
    """Suggestions, the one that gains most first."""

    suggestions: list[Suggestion]
    next_page_token: NextPage


class SuggestionAnswer(Shown):
    """One suggestion."""

    suggestion: Suggestion


class Result(Shown):
    """What became of an accepted move."""

    sold: Annotated[int, eg(4, "By the receiving place since, less what came back.")]
    expected_thousandths: Annotated[int, eg(5_100, "What it was expected to sell by now, thousandths.")]
    since_time: Time | None


class SuggestionWithResult(Shown):
    """One suggestion, and what became of it."""

    suggestion: Suggestion
    result: Result | None


class LotLine(Shown):
    """So many of a good, and what of it stays."""

    sku: Sku
    quantity: Annotated[int, eg(120)]
    reserve: Annotated[int, eg(24, "Stays for online orders.")]
    left_over: Annotated[int, eg(0, "Stays because no place needs it.")]


class Lot(Shown):
    """The first allocation of an arriving lot."""

    allocation_id: Annotated[str, eg(LOT)]
    state: Annotated[str | None, kinds(planning_pb2.LotAllocationState, "PLANNED")]
    location_id: Annotated[str, eg("WH1")]
    reference: Annotated[str, eg("PO-1142")]
    lines: list[LotLine]
    run_id: Annotated[str | None, eg("2026-11-23")]
    create_time: Time | None
    version: Version


class LotAnswer(Shown):
    """One lot."""

    allocation: Lot


class LotShared(Shown):
    """One lot, and where its goods should go."""

    allocation: Lot
    suggestions: list[Suggestion]
