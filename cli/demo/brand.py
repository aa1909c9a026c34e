"""The demo's brand as data: 和光 Hikari, three stores, a warehouse, a small range, its staff, program and rules."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cli.demo import offers

CURRENCY = "TWD"
NAME, NAME_ZH = "Hikari", "和光"
STORE, WAREHOUSE, WEB, TILLS = "TPE01", "WH1", "web", "stores"
COUPON = "WELCOME200"
OPENING, REFILL, LOW = 40, 40, 10


@dataclass(frozen=True, slots=True)
class StaffMember:
    """Somebody in a store, with the PIN that he types at the till."""

    code: str
    name: str
    location_id: str
    role: str
    pin: str


LIN = StaffMember("A102", "林佳怡", "TPE01", "adviser", "2580")
CHANG = StaffMember("A205", "張志豪", "TPE02", "adviser", "3691")
WU = StaffMember("A310", "吳淑芬", "TXG01", "adviser", "5814")
WANG = StaffMember("M001", "王雅婷", "TPE01", "manager", "4702")
STAFF = (LIN, CHANG, WU, WANG)


@dataclass(frozen=True, slots=True)
class Good:
    """A product with its sizes; one price for all of them, tax included."""

    product_id: str
    name: str
    name_zh: str
    category: str
    colour: str
    sizes: tuple[str, ...]
    price: int
    cost: int
    department: str = "Clothing"


RANGE = (
    Good("COAT-CAMEL", "Camel wool coat", "駝色羊毛大衣", "Coats", "camel", ("S", "M", "L"), 12_800, 4_200),
    Good("COAT-CHARCOAL", "Charcoal wool coat", "炭灰羊毛大衣", "Coats", "charcoal", ("M", "L"), 13_800, 4_600),
    Good("TROUSERS-NAVY", "Navy trousers", "海軍藍長褲", "Trousers", "navy", ("30", "32", "34"), 2_980, 890),
    Good("SHIRT-WHITE", "White oxford shirt", "白色牛津襯衫", "Shirts", "white", ("S", "M", "L"), 1_680, 430),
    Good("SCARF-GREY", "Grey lambswool scarf", "灰色羔羊毛圍巾", "Accessories", "grey", ("ONE",), 990, 260),
    # the coffee bar at the back of each store
    Good("LATTE", "Latte", "拿鐵", "Coffee", "brown", ("HOT",), offers.CUP_PRICE, 28, "Café"),
)


def skus() -> list[str]:
    """Every sellable good."""
    return [f"{good.product_id}-{size}" for good in RANGE for size in good.sizes]


def ean13(number: int) -> str:
    """A barcode of the brand's own block in Taiwan's (471), with its check digit."""
    body = f"4711234{number:05d}"
    odd, even = sum(map(int, body[::2])), sum(map(int, body[1::2]))
    return body + str(-(odd + 3 * even) % 10)


def products() -> list[dict[str, Any]]:
    """The range, as headquarters puts it."""
    numbers = iter(range(1, 1000))
    return [
        {
            "product_id": good.product_id,
            "name": good.name,
            "names": {"zh-TW": good.name_zh},
            "brand": NAME,
            "categories": [good.department, good.category],
            "tags": ["winter"],
            "variants": list(_variants(good, numbers)),
        }
        for good in RANGE
    ]


def _variants(good: Good, numbers: Iterator[int]) -> Iterator[dict[str, Any]]:
    for size in good.sizes:
        yield {
            "sku": f"{good.product_id}-{size}",
            "title": f"{size} / {good.colour}",
            "options": {"size": size, "colour": good.colour},
            "barcodes": [ean13(next(numbers))],
            "unit_cost": good.cost,
        }


LOCATIONS: list[dict[str, Any]] = [
    {"location_id": "TPE01", "kind": "STORE", "name": "Taipei Xinyi", "names": {"zh-TW": "台北信義"},
     "groups": ["north"], "address": "台北市信義區松高路 11 號", "pickup": True},
    {"location_id": "TPE02", "kind": "STORE", "name": "Taipei Ximen", "names": {"zh-TW": "台北西門"},
     "groups": ["north"], "address": "台北市萬華區漢中街 50 號", "pickup": True},
    {"location_id": "TXG01", "kind": "STORE", "name": "Taichung", "names": {"zh-TW": "台中"},
     "groups": ["centre"], "address": "台中市西屯區臺灣大道三段 251 號", "pickup": True},
    {"location_id": "WH1", "kind": "WAREHOUSE", "name": "Taoyuan warehouse", "names": {"zh-TW": "桃園倉"},
     "groups": ["north"], "address": "桃園市蘆竹區南山路二段 100 號", "ships": True},
]  # fmt: skip
CHANNELS = {
    "channels": [
        {"channel_id": "web", "kind": "ONLINE", "name": "Web shop"},
        {"channel_id": "app", "kind": "ONLINE", "name": "App"},
        {"channel_id": "stores", "kind": "STORE", "name": "Stores"},
    ],
    "tax_classes": [{"tax_class": "standard", "rate_bp": 500}],
}
PRICE_LIST: dict[str, Any] = {
    "price_list_id": "TW",
    "currency_code": CURRENCY,
    "tax_included": True,
    "start_time": "2024-01-01T00:00:00+08:00",
    "prices": [{"sku": f"{good.product_id}-{size}", "amount": good.price} for good in RANGE for size in good.sizes],
}
PROGRAM: dict[str, Any] = {
    "amount_per_point": 10,
    "point_value": 1,
    "pending_days": 7,
    "expire_days": 365,
    "qualifying_days": 365,
    "tiers": [
        {"tier": "basic", "min_spend": 0, "valid_days": 365, "earn_multiplier_bp": 10_000},
        {"tier": "silver", "min_spend": 10_000, "valid_days": 365, "earn_multiplier_bp": 10_000},
        {"tier": "gold", "min_spend": 30_000, "valid_days": 365, "earn_multiplier_bp": 10_000},
    ],
}
RULES: list[dict[str, Any]] = [
    {"id": "gold-5", "version": "1", "stage": "line", "trigger": "auto", "scope": {"tiers": ["gold"]},
     "effect": {"kind": "percent_off", "basis_points": 500}},
    {"id": "welcome-200", "version": "1", "stage": "order", "trigger": "code", "codes": [COUPON],
     "conditions": [{"kind": "min_amount", "amount": 1_000}], "effect": {"kind": "amount_off", "amount": 200}},
    *offers.RULES,
]  # fmt: skip
