"""Messages as JSON, bodies as messages: by the names that both share."""

from datetime import UTC, datetime

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from gateway.http.door import translation
from gateway.http.hq.staff import PutStaff
from gateway.http.shapes import masters, sold
from gateway.http.shapes.fields import Shown
from gateway.http.shop import orders
from gateway.http.shop.quotes import AskQuote
from omo.inventory.v1 import catalogue_service_pb2 as catalogue_pb
from omo.member.v1 import access_service_pb2 as access_pb
from omo.order.v1 import order_pb2
from omo.order.v1 import order_service_pb2 as pb
from omo.type.v1 import channel_pb2, money_pb2, trade_pb2


def test_an_order_is_shown_by_short_names_and_whole_minor_units() -> None:
    order = order_pb2.Order(
        order_id="o1",
        state=order_pb2.ORDER_STATE_PENDING_PAYMENT,
        channel_kind=channel_pb2.CHANNEL_KIND_ONLINE,
        totals=order_pb2.Totals(grand_total=money_pb2.Money(currency_code="TWD", minor_units=120)),
        business_time=Timestamp(seconds=1_700_000_000, nanos=123_456_789),
        next_action=order_pb2.NextAction(redirect_url="https://pay.example"),
        lines=[order_pb2.OrderLine(line_no=1, method=trade_pb2.FULFILMENT_METHOD_COLLECT)],
    )
    shown = translation.show(sold.Order, order)
    assert shown["state"] == "PENDING_PAYMENT"
    assert shown["totals"]["grand_total"] == {"currency": "TWD", "amount": 120}
    assert shown["business_time"] == "2023-11-14T22:13:20.123Z"
    assert shown["record_time"] is None
    assert shown["next_action"] == {"redirect_url": "https://pay.example", "wait_seconds": None}
    assert shown["lines"][0]["method"] == "COLLECT"
    assert shown["location_id"] is None
    assert shown["tenders"] == []


def test_nothing_is_shown_as_nothing() -> None:
    shown = translation.show(sold.OrderAnswer, pb.GetOrderResponse(order=order_pb2.Order()))
    assert shown["order"]["state"] is None
    assert shown["order"]["totals"] is None
    assert shown["order"]["next_action"] is None


def test_an_enum_of_tomorrow_is_nothing_today() -> None:
    assert translation.show(sold.Order, order_pb2.Order(state=77))["state"] is None  # type: ignore[arg-type]


def test_a_model_that_drifts_from_its_message_stops_at_once() -> None:
    class Drifted(Shown):
        order_id: str
        colour: str

    with pytest.raises(TypeError, match=r"Drifted\.colour: omo\.order\.v1\.Order has no such field"):
        translation.show(Drifted, order_pb2.Order())


def test_a_model_of_text_cannot_show_a_message() -> None:
    class Flat(Shown):
        totals: str

    with pytest.raises(TypeError, match="shows no message"):
        translation.show(Flat, order_pb2.Order())


def test_a_basket_becomes_its_message() -> None:
    body = AskQuote.model_validate(
        {"lines": [{"sku": "COAT", "quantity": 2, "method": "COLLECT", "fulfilment_location_id": "TPE01"}]}
    )
    request = translation.fill(pb.QuoteRequest(request_id="k"), body)
    assert request.channel_id == "web"
    line = request.lines[0]
    assert (line.sku, line.quantity, line.fulfilment_location_id) == ("COAT", 2, "TPE01")
    assert line.method == trade_pb2.FULFILMENT_METHOD_COLLECT


def test_what_a_body_leaves_out_stays_unset() -> None:
    body = orders.PlaceOrder.model_validate({"quote_id": "0199a5c1-9b7f-7c44-a1d0-3e2f1a0b9c88"})
    request = translation.fill(pb.PlaceOrderRequest(), body)
    assert not request.HasField("payment")
    assert request.contact_id == ""


def test_times_money_maps_and_lists_become_theirs() -> None:
    staff = {
        "staff_code": "A102", "display_name": "林佳怡", "home_location_id": "TPE01", "roles": ["adviser"],
        "start_time": "2026-11-22T09:30:00+08:00",
    }  # fmt: skip
    request = translation.fill(access_pb.PutStaffRequest(), PutStaff.model_validate({"staff": staff}))
    assert request.staff.start_time.ToDatetime(UTC) == datetime(2026, 11, 22, 1, 30, tzinfo=UTC)
    assert list(request.staff.roles) == ["adviser"]
    assert request.staff.active
    product = {"product_id": "C", "name": "Coat", "names": {"zh-TW": "大衣"}, "variants": [{"sku": "C-M"}]}
    put = translation.fill(
        catalogue_pb.PutProductsRequest(), masters.PutProducts.model_validate({"products": [product]})
    )
    assert dict(put.products[0].names) == {"zh-TW": "大衣"}
    assert put.products[0].variants[0].scale == 1
