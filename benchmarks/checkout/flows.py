"""What shoppers send: an order in one call, by way of a quote or of a cart, and everybody's order of the same good."""

import json
from random import Random
from typing import Any

from benchmarks import brand
from benchmarks.load import TAKEN, Step
from kit.ids import uuid7

POINTS = 10
_PAYMENT = {"payment": {"provider": "simulator", "instrument_token": "sim_ok"}}


def one_call(random: Random, tokens: list[str], count: int) -> list[list[Step]]:
    """POST /v1/orders with a basket: priced, held, paid, confirmed."""
    return [[_order(random, tokens, {"lines": brand.basket(random)})] for _ in range(count)]


def with_points(random: Random, tokens: list[str], count: int) -> list[list[Step]]:
    """The same one call, which spends points too."""
    baskets = ({"lines": brand.basket(random), "spend_points": POINTS} for _ in range(count))
    return [[_order(random, tokens, basket)] for basket in baskets]


def with_quote(random: Random, tokens: list[str], count: int) -> list[list[Step]]:
    """POST /v1/quotes, then POST /v1/orders of that quote: what a shop's page does."""
    return [_quoted(random, tokens) for _ in range(count)]


def with_cart(random: Random, tokens: list[str], count: int) -> list[list[Step]]:
    """A cart, two lines put in one by one, delivery and a code, then paid and ordered: the peers' whole flow.

    A member has one cart, so neighbouring flows are different members'.
    """
    return [_carted(random, tokens[number % len(tokens)]) for number in range(count)]


def rush(random: Random, tokens: list[str], sku: str, place: str, count: int) -> list[list[Step]]:
    """Everybody wants one of the same, from the same place."""
    line = {"sku": sku, "quantity": 1, "method": "COLLECT", "fulfilment_location_id": place}
    return [[_order(random, [tokens[number % len(tokens)]], {"lines": [line]})] for number in range(count)]


def _quoted(random: Random, tokens: list[str]) -> list[Step]:
    token = random.choice(tokens)
    asked = {"channel_id": "web", "lines": brand.basket(random), "coupon_codes": [brand.COUPON]}
    quote = Step("POST", "/v1/quotes", _headers(token), json.dumps(asked), ("quote", "quote_id"))
    placed = {"channel_id": "web", "quote_id": TAKEN, **_PAYMENT}
    return [quote, Step("POST", "/v1/orders", _headers(token), json.dumps(placed))]


def _carted(random: Random, token: str) -> list[Step]:
    first, second = brand.basket(random)
    changes: tuple[dict[str, Any], ...] = (
        {"adds": [first]},
        {"adds": [second]},
        {"delivery": {"shipping_method": "standard"}, "add_codes": [brand.COUPON]},
    )
    take = ("cart", "version")
    steps = [
        Step("POST", "/v1/cart/changes", _headers(token), json.dumps({"channel_id": "web", **change}), take)
        for change in changes
    ]
    # what is taken is a number, and JSON has those without quotes
    paid = json.dumps({"version": TAKEN, **_PAYMENT}).replace(f'"{TAKEN}"', TAKEN)
    return [*steps, Step("POST", "/v1/cart/checkout", _headers(token), paid)]


def _order(random: Random, tokens: list[str], basket: dict[str, Any]) -> Step:
    body = {"channel_id": "web", "coupon_codes": [brand.COUPON], **basket, **_PAYMENT}
    return Step("POST", "/v1/orders", _headers(random.choice(tokens)), json.dumps(body))


def _headers(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "Idempotency-Key": uuid7()}
