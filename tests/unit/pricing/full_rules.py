"""One rule set that names every field, as it is written and as it is read."""

from datetime import UTC, datetime
from typing import Any

import omo_pricing as pricing

LINE, ORDER, DEAREST = pricing.Stage.LINE, pricing.Stage.ORDER, pricing.Select.MOST_EXPENSIVE
FULL: dict[str, Any] = {
    "version": "r7",
    "rules": [
        {
            "id": "spring",
            "version": "3",
            "stage": "order",
            "priority": 10,
            "trigger": "code",
            "codes": ["SPRING", "FRÜHLING"],
            "scope": {
                "include": {"skus": ["a"], "products": ["p"], "brands": ["b"], "categories": ["c"], "tags": ["t"]},
                "exclude": {"tags": ["outlet"]},
                "channels": ["web"],
                "locations": ["S1"],
                "tiers": ["gold"],
                "segments": ["runner"],
                "from": "2026-03-01T00:00:00+08:00",
                "until": "2026-06-01T00:00:00Z",
                "hours": [{"days": [6, 7], "from": "09:30", "until": "24:00"}],
            },
            "conditions": [
                {"kind": "min_quantity", "quantity": 2},
                {"kind": "min_amount", "amount": 1000, "basis": "tax_excluded"},
            ],
            "effect": {"kind": "amount_off", "amount": 100, "mode": "even"},
            "stop_after": True,
            "group": "cards",
            "category": "season",
            "limit": {"total": 500, "per_member": 2, "give_back": False},
        },
        {
            "id": "plain",
            "version": "1",
            "stage": "line",
            "trigger": "auto",
            "effect": {"kind": "amount_off", "amount": 5, "each_unit": True},
        },
        {
            "id": "third",
            "version": "1",
            "stage": "line",
            "trigger": "auto",
            "promotion": "socks",
            "effect": {
                "kind": "multibuy",
                "trigger_quantity": 3,
                "discounted_quantity": 1,
                "give": {"kind": "percent_off", "basis_points": 10_000},
                "select": "most_expensive",
                "max_occurrence": 2,
                "whole_set": True,
            },
        },
        {
            "id": "suit",
            "version": "1",
            "stage": "order",
            "trigger": "auto",
            "effect": {
                "kind": "bundle",
                "parts": [{"goods": {"skus": ["a"]}, "quantity": 2}, {"goods": {"tags": ["t"]}}],
                "give": {"kind": "fixed_price", "amount": 999},
                "max_occurrence": 1,
            },
        },
        {
            "id": "freight",
            "version": "1",
            "stage": "shipping",
            "trigger": "issued",
            "effect": {"kind": "shipping_off", "give": {"kind": "amount_off", "amount": 80}, "methods": ["SHIP"]},
        },
        {"id": "gift", "version": "1", "stage": "order", "trigger": "auto", "effect": {"kind": "gift", "sku": "mug"}},
        {
            "id": "twice",
            "version": "1",
            "stage": "order",
            "trigger": "auto",
            "effect": {"kind": "points_more", "basis_points": 10_000},
        },
        {
            "id": "sale",
            "version": "1",
            "stage": "product",
            "trigger": "auto",
            "effect": {"kind": "fixed_price", "amount": 0},
        },
    ],
    "groups": [
        {"id": "cards", "mode": "highest_discount", "scope": "item", "priority": 3, "parent": "all"},
        {"id": "all", "mode": "stackable"},
    ],
    "stacking": {
        "exclusive_categories": ["staff"],
        "joint_categories": ["season"],
        "sent_limit": 10,
        "applied_limit": 3,
        "category_limit": 1,
        "admission": "all",
        "on_goods": "once",
    },
    "combine": "best_deal",
    "purchase_limits": [{"id": "two", "scope": {"include": {"skus": ["a"]}}, "max_per_cart": 2, "max_per_member": 4}],
    "utc_offset": 480,
}

_one = frozenset
READ = pricing.RuleSet(
    "r7",
    (
        pricing.Rule(
            id="spring",
            version="3",
            stage=pricing.Stage.ORDER,
            effect=pricing.AmountOff(100, pricing.Mode.EVEN),
            priority=10,
            codes=_one({"SPRING", "FRÜHLING"}),
            scope=pricing.Scope(
                include=pricing.Goods(_one("a"), _one("p"), _one("b"), _one("c"), _one("t")),
                exclude=pricing.Goods(tags=_one({"outlet"})),
                channels=_one({"web"}),
                locations=_one({"S1"}),
                tiers=_one({"gold"}),
                segments=_one({"runner"}),
                starts=datetime(2026, 2, 28, 16, tzinfo=UTC),
                ends=datetime(2026, 6, 1, tzinfo=UTC),
                hours=(pricing.Hours(frozenset({6, 7}), 570, 1_440),),
            ),
            conditions=(pricing.MinQuantity(2), pricing.MinAmount(1000, pricing.Basis.EXCLUDED)),
            stop_after=True,
            group="cards",
            category="season",
            limit=pricing.UsageLimit(500, 2, give_back=False),
        ),
        pricing.Rule("plain", "1", LINE, pricing.AmountOff(5, each_unit=True)),
        pricing.Rule(
            "third",
            "1",
            LINE,
            pricing.Multibuy(3, 1, pricing.Give(pricing.Off.PERCENT, 10_000), DEAREST, 2, whole_set=True),
            promotion="socks",
        ),
        pricing.Rule(
            "suit",
            "1",
            ORDER,
            pricing.Bundle(
                (pricing.Part(pricing.Goods(_one("a")), 2), pricing.Part(pricing.Goods(tags=_one("t")))),
                pricing.Give(pricing.Off.PRICE, 999),
                max_occurrence=1,
            ),
        ),
        pricing.Rule(
            "freight",
            "1",
            pricing.Stage.SHIPPING,
            pricing.ShippingOff(pricing.Give(pricing.Off.AMOUNT, 80), _one({"SHIP"})),
            issued=True,
        ),
        pricing.Rule("gift", "1", ORDER, pricing.Gift("mug")),
        pricing.Rule("twice", "1", ORDER, pricing.PointsMore(10_000)),
        pricing.Rule("sale", "1", pricing.Stage.PRODUCT, pricing.FixedPrice(0)),
    ),
    groups=(
        pricing.Group("cards", pricing.GroupMode.HIGHEST, pricing.GroupScope.ITEM, 3, "all"),
        pricing.Group("all", pricing.GroupMode.STACKABLE),
    ),
    stacking=pricing.Stacking(("staff",), _one({"season"}), 10, 3, 1, pricing.Admission.ALL, pricing.OnGoods.ONCE),
    combine=pricing.Combine.BEST_DEAL,
    purchase_limits=(
        pricing.PurchaseLimit("two", pricing.Scope(pricing.Goods(_one("a"))), max_per_cart=2, max_per_member=4),
    ),
    utc_offset=480,
)
