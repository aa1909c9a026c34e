"""Headquarters put what bringing goods costs: once for each key, with a reason, and nothing absurd passes the door."""

from copy import deepcopy
from typing import Any

import pytest

from omo.order.v1 import shipping_fees_pb2 as fees_pb
from tests.service.gateway.conftest import Door
from tests.service.gateway.test_routes import CALLS, body

PATH = "/v1/hq/shipping-fees"
GIVEN = body(CALLS["PUT", PATH])


async def test_fees_reach_order_with_their_key_and_reason(steady: Door) -> None:
    answer = await steady.call("PUT", PATH, "hq", key="winter-2027", json=GIVEN)
    assert answer.status_code == 200
    assert set(answer.json()["fees"]) >= {"version", "rules", "reason", "actor_id"}
    (call,) = steady.peers.asked("PutShippingFees")
    asked = call.request
    assert (asked.request_id, asked.reason) == ("winter-2027", GIVEN["reason"])
    (rule,) = asked.fees.rules
    assert (rule.way, rule.basis) == (fees_pb.SHIPPING_FEE_WAY_DELIVERY, fees_pb.SHIPPING_FEE_BASIS_AMOUNT)
    assert [(step.at_least, step.amount) for step in rule.steps] == [(0, 80), (1500, 0)]
    assert (await steady.call("PUT", PATH, "hq", key=None, json=GIVEN)).status_code == 400
    assert len(steady.peers.asked("PutShippingFees")) == 1


@pytest.mark.parametrize(
    ("field", "changed"),
    [
        ("fees.rules[0].steps[0].amount", {"steps": [{"at_least": 0, "amount": -1}]}),
        ("fees.rules[0].steps[0].amount", {"steps": [{"at_least": 0, "amount": 10**9}]}),
        ("fees.rules[0].steps[0].amount", {"steps": [{"at_least": 0, "amount": 1.5}]}),
        ("fees.rules[0].steps[0].at_least", {"steps": [{"at_least": -1, "amount": 1}]}),
        ("fees.rules[0].steps", {"steps": []}),
        ("fees.rules[0].way", {"way": "DRONE"}),
        ("fees.rules[0].basis", {"basis": "WEIGHT"}),
        ("fees.rules[0].fee_id", {"fee_id": ""}),
    ],
)
async def test_what_is_absurd_is_refused_by_field(steady: Door, field: str, changed: dict[str, Any]) -> None:
    wrong = deepcopy(GIVEN)
    wrong["fees"]["rules"][0] |= changed
    refused = await steady.call("PUT", PATH, "hq", json=wrong)
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["field"] == field
    assert not steady.peers.calls


async def test_a_quote_names_the_way_and_shows_what_it_costs(steady: Door) -> None:
    basket = {"lines": [{"sku": "COAT-CAMEL-M", "quantity": 1}], "delivery": {"shipping_method": "express"}}
    answer = await steady.call("POST", "/v1/quotes", "shop", json=basket)
    assert answer.status_code == 200
    assert {"shipping_charge"} <= set(answer.json()["quote"])
    assert {"shipping_total"} <= set(answer.json()["quote"]["totals"])
    (call,) = steady.peers.asked("Quote")
    assert call.request.delivery.shipping_method == "express"
