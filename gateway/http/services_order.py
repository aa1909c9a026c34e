"""The order service behind the gateway, by its stubs."""

from dataclasses import dataclass
from typing import Any

from kit.rpc.client import Channel
from omo.order.v1 import appointment_service_pb2_grpc as appointment_rpc
from omo.order.v1 import attention_service_pb2_grpc as attention_rpc
from omo.order.v1 import cart_service_pb2_grpc as cart_rpc
from omo.order.v1 import counter_service_pb2_grpc as counter_rpc
from omo.order.v1 import fulfilment_care_service_pb2_grpc as task_care_rpc
from omo.order.v1 import fulfilment_service_pb2_grpc as fulfilment_rpc
from omo.order.v1 import guest_order_service_pb2_grpc as guest_order_rpc
from omo.order.v1 import invoice_service_pb2_grpc as invoice_rpc
from omo.order.v1 import leg_service_pb2_grpc as leg_rpc
from omo.order.v1 import noshow_service_pb2_grpc as noshow_rpc
from omo.order.v1 import order_edit_service_pb2_grpc as edit_rpc
from omo.order.v1 import order_service_pb2_grpc as order_rpc
from omo.order.v1 import payment_service_pb2_grpc as payment_rpc
from omo.order.v1 import pickup_service_pb2_grpc as pickup_rpc
from omo.order.v1 import preorder_service_pb2_grpc as preorder_rpc
from omo.order.v1 import promotion_service_pb2_grpc as promotion_rpc
from omo.order.v1 import rerouting_service_pb2_grpc as rerouting_rpc
from omo.order.v1 import returns_service_pb2_grpc as returns_rpc
from omo.order.v1 import sales_service_pb2_grpc as sales_rpc
from omo.order.v1 import search_service_pb2_grpc as order_search_rpc
from omo.order.v1 import serial_service_pb2_grpc as serial_rpc
from omo.order.v1 import shipping_service_pb2_grpc as shipping_rpc
from omo.order.v1 import tender_service_pb2_grpc as tender_rpc
from omo.order.v1 import transfer_service_pb2_grpc as transfer_rpc
from omo.order.v1 import tryout_service_pb2_grpc as tryout_rpc


@dataclass(frozen=True, slots=True)
class OrderServices:
    """One stub per contract of order."""

    orders: "order_rpc.OrderServiceAsyncStub"
    carts: "cart_rpc.CartServiceAsyncStub"
    guest_orders: "guest_order_rpc.GuestOrderServiceAsyncStub"
    fulfilments: "fulfilment_rpc.FulfilmentServiceAsyncStub"
    pickups: "pickup_rpc.PickupServiceAsyncStub"
    legs: "leg_rpc.LegServiceAsyncStub"
    pickup_transfers: "transfer_rpc.TransferServiceAsyncStub"
    appointments: "appointment_rpc.AppointmentServiceAsyncStub"
    noshows: "noshow_rpc.NoShowServiceAsyncStub"
    task_care: "task_care_rpc.FulfilmentCareServiceAsyncStub"
    shipping: "shipping_rpc.ShippingServiceAsyncStub"
    payments: "payment_rpc.PaymentServiceAsyncStub"
    tenders: "tender_rpc.TenderServiceAsyncStub"
    attention: "attention_rpc.AttentionServiceAsyncStub"
    edits: "edit_rpc.OrderEditServiceAsyncStub"
    preorders: "preorder_rpc.PreorderServiceAsyncStub"
    promotions: "promotion_rpc.PromotionServiceAsyncStub"
    order_search: "order_search_rpc.OrderSearchServiceAsyncStub"
    sales: "sales_rpc.SalesServiceAsyncStub"
    invoices: "invoice_rpc.InvoiceServiceAsyncStub"
    counter: "counter_rpc.CounterServiceAsyncStub"
    rerouting: "rerouting_rpc.ReroutingServiceAsyncStub"
    tryouts: "tryout_rpc.TryoutServiceAsyncStub"
    returns: "returns_rpc.ReturnServiceAsyncStub"
    serials: "serial_rpc.SerialServiceAsyncStub"


def of_order(channel: Channel) -> dict[str, Any]:
    """The stubs, over one channel."""
    return {
        "orders": order_rpc.OrderServiceStub(channel),
        "carts": cart_rpc.CartServiceStub(channel),
        "guest_orders": guest_order_rpc.GuestOrderServiceStub(channel),
        "fulfilments": fulfilment_rpc.FulfilmentServiceStub(channel),
        "pickups": pickup_rpc.PickupServiceStub(channel),
        "legs": leg_rpc.LegServiceStub(channel),
        "pickup_transfers": transfer_rpc.TransferServiceStub(channel),
        "appointments": appointment_rpc.AppointmentServiceStub(channel),
        "noshows": noshow_rpc.NoShowServiceStub(channel),
        "task_care": task_care_rpc.FulfilmentCareServiceStub(channel),
        "shipping": shipping_rpc.ShippingServiceStub(channel),
        "payments": payment_rpc.PaymentServiceStub(channel),
        "tenders": tender_rpc.TenderServiceStub(channel),
        "attention": attention_rpc.AttentionServiceStub(channel),
        "edits": edit_rpc.OrderEditServiceStub(channel),
        "preorders": preorder_rpc.PreorderServiceStub(channel),
        "promotions": promotion_rpc.PromotionServiceStub(channel),
        "order_search": order_search_rpc.OrderSearchServiceStub(channel),
        "sales": sales_rpc.SalesServiceStub(channel),
        "invoices": invoice_rpc.InvoiceServiceStub(channel),
        "counter": counter_rpc.CounterServiceStub(channel),
        "rerouting": rerouting_rpc.ReroutingServiceStub(channel),
        "tryouts": tryout_rpc.TryoutServiceStub(channel),
        "returns": returns_rpc.ReturnServiceStub(channel),
        "serials": serial_rpc.SerialServiceStub(channel),
    }
