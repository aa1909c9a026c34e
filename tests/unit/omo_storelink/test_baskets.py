"""A price made at the till without a line is the price that the server would have made."""

import json

import pytest

from omo.storefacts.v1 import facts_pb2 as facts
from omo.storelink.v1 import storelink_service_pb2 as link
from omo.type.v1 import trade_pb2
from omo_storelink import Basket, CannotPrice, Line, Pricer
from tests.unit.omo_storelink.shop import AT, CURSOR, shop


def test_a_good_is_found_by_its_barcode_and_an_unknown_one_is_named() -> None:
    reference = shop()
    pricer = Pricer(reference, location_id="TPE01", channel_id="stores", currency="TWD")
    assert pricer.offer(Basket([Line("bar-COAT", 1)]), AT).payable == 3000
    with pytest.raises(CannotPrice, match="line 2: GONE is not sold"):
        pricer.offer(Basket([Line("COAT", 1), Line("GONE", 1)]), AT)
    with pytest.raises(CannotPrice, match="line 1: quantity"):
        pricer.offer(Basket([Line("COAT", 0)]), AT)


def test_a_sale_names_everything_that_its_price_came_from() -> None:
    pricer = Pricer(shop(), location_id="TPE01", channel_id="stores", currency="TWD")
    offer = pricer.offer(Basket([Line("COAT", 2, "A205")], member_id="m1"), AT)
    sale = offer.sale("s1", "A102", {trade_pb2.TENDER_KIND_CASH: offer.payable})
    assert (sale.catalogue_version, sale.price_list_version, sale.rules_version) == (4, 9, "0")
    assert (sale.cashier_staff_code, sale.lines[0].seller_staff_code, sale.member_id) == ("A102", "A205", "m1")
    assert sale.business_time.ToSeconds() == int(AT.timestamp())
    assert sale.tenders[0] == facts.SaleTender(kind=trade_pb2.TENDER_KIND_CASH, amount=6000)
    assert (sale.lines[0].net_total, sale.lines[0].tax_total) == (6000, 286)


def test_a_gift_card_is_sold_by_its_id_on_a_line_of_its_own() -> None:
    pricer = Pricer(shop(), location_id="TPE01", channel_id="stores", currency="TWD")
    offer = pricer.offer(Basket([Line("COAT", 1), Line("COAT", 1, gift_card_id="card 1")]), AT)
    sold = offer.sale("s1", "A102", {trade_pb2.TENDER_KIND_CASH: offer.payable})
    assert [(line.line_no, line.quantity, line.gift_card_id) for line in sold.lines] == [(1, 1, ""), (2, 1, "card 1")]
    with pytest.raises(CannotPrice, match="line 1: quantity must be 1, each gift card"):
        pricer.offer(Basket([Line("COAT", 2, gift_card_id="card 1")]), AT)


def test_a_gift_is_sold_with_the_basket_and_may_be_left() -> None:
    gift = {"id": "g", "version": "1", "stage": "order", "trigger": "auto", "effect": {"kind": "gift", "sku": "COAT"}}
    reference = shop()
    told = link.Rules(version="7", rules_json=json.dumps({"version": "7", "rules": [gift]}))
    reference.take(link.Reference(cursor=CURSOR, rules=told))
    pricer = Pricer(reference, location_id="TPE01", channel_id="stores", currency="TWD")
    offer = pricer.offer(Basket([Line("COAT", 1, "A205", gift_card_id="card 1")]), AT)
    sold = offer.sale("s1", "A102", {trade_pb2.TENDER_KIND_CASH: offer.payable})
    assert [line.gift_card_id for line in sold.lines] == ["card 1", ""], "what a rule gives away is no card"
    assert [(line.line_no, line.list_total, line.net_total, line.seller_staff_code) for line in sold.lines] == [
        (1, 3000, 3000, "A205"),
        (2, 3000, 0, "A205"),
    ]
    assert len(pricer.offer(Basket([Line("COAT", 1)], refused_gifts=["g"]), AT).priced.lines) == 1
