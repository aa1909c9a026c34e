"""A small shop as order's own copies hold it, and baskets to price in it."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from services.order.checkout.domain import Method
from services.order.checkout.domain_basket import Basket, Quote, Want, checked
from services.order.checkout.domain_pricing import Pricer
from services.order.promotions.domain import NONE, RuleBook
from services.order.reference.domain import Good, Location, PriceList, Surroundings, Variant

AT = datetime(2026, 3, 2, 4, tzinfo=UTC)
MEMBER = "0197a000-0000-7000-8000-000000000001"
LIST = PriceList("retail", "TWD", True, frozenset(), frozenset(), frozenset(), None, None, 0, 4)
AROUND = Surroundings(
    version=1,
    channels={"web": "ONLINE", "stores": "STORE"},
    locations={
        "TPE01": Location("TPE01", "STORE", "", pickup=True, ships=False, active=True),
        "WH2": Location("WH2", "WAREHOUSE", "", pickup=False, ships=True, active=True),
        "WH1": Location("WH1", "WAREHOUSE", "", pickup=False, ships=True, active=True),
        "WH0": Location("WH0", "WAREHOUSE", "", pickup=False, ships=True, active=False),
    },
    tax_rates={"standard": 500},
    price_lists=(LIST,),
    point_value=1,
    rules_version="0",
)


def good(sku: str, prices: dict[str, int] | None = None, **changed: Any) -> Good:
    variant = Variant(sku, f"P-{sku}", 7, sku.title(), 1, False, "standard")
    return Good(replace(variant, **changed), prices or {"retail": 1000})


def want(sku: str = "COAT", quantity: int = 1, method: Method | None = Method.SHIP, place: str = "") -> Want:
    return Want(sku, quantity, method, place)


def rules(*documents: dict[str, Any]) -> RuleBook:
    return RuleBook.read(json.dumps({"version": "x", "rules": documents}), "3")


def percent(points: int = 1000, **changed: Any) -> dict[str, Any]:
    effect = {"kind": "percent_off", "basis_points": points}
    return {"id": "r1", "version": "1", "stage": "order", "trigger": "auto", "effect": effect, **changed}


def quote(basket: Basket, around: Surroundings = AROUND, tier: str = "", book: RuleBook = NONE, **goods: Good) -> Quote:
    held = {"COAT": good("COAT"), "SCARF": good("SCARF", {"retail": 333})} | goods
    return Pricer(checked(basket), tier, AT, around, held, book, "TWD").quote()


def basket(*wants: Want, **changed: Any) -> Basket:
    return Basket(channel_id="web", wants=wants or (want(),), member_id=MEMBER, **changed)
