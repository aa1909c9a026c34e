"""Who may call what: one line per RPC, and what is not here nobody may."""

from kit.access import Permissions, allow
from kit.audit import PERMISSIONS as AUDIT
from services.order.permissions_counter import COUNTER
from services.order.permissions_guests import GUESTS
from services.order.permissions_invoices import INVOICES
from services.order.permissions_payments import TILLS_AND_ATTENTION
from services.order.permissions_pickups import PICKUPS
from services.order.permissions_preorders import EDITS, PREORDERS
from services.order.permissions_shipping import SHIPPING

_ORDERS = "/omo.order.v1.OrderService/"
_PAYMENTS = "/omo.order.v1.PaymentService/"
_PROMOTIONS = "/omo.order.v1.PromotionService/"
_FULFILMENT = "/omo.order.v1.FulfilmentService/"
_CARTS = "/omo.order.v1.CartService/"
_SEARCH = "/omo.order.v1.OrderSearchService/"
_SALES = "/omo.order.v1.SalesService/"
_RETURNS = "/omo.order.v1.ReturnService/"

_DOORS = {"gateway", "storelink"}
_READERS = {"admin", "service", "analyst"}
_EVERYBODY_IN = allow(shop=True, staff=True, hq=_READERS, device=True, service=True)
_AT_WORK = allow(staff=True, device=True, service={"operator", *_DOORS})

CHECKOUT: Permissions = {
    # a price is what the shop shows to everybody; whose it is, is asked where a member is named
    f"{_ORDERS}Quote": ("order.quote", allow(anonymous=True, guest=True)),
    f"{_ORDERS}PlaceOrder": (
        "order.place",
        allow(shop=True, staff=True, hq={"admin", "service"}, service={"operator"}, guest=True),
    ),
    f"{_ORDERS}GetOrder": (
        "order.read",
        allow(shop=True, staff=True, hq=_READERS, device=True, service=True, guest=True),
    ),
    f"{_ORDERS}ListOrders": ("order.read", _EVERYBODY_IN),
    f"{_ORDERS}CancelOrder": (
        "order.cancel",
        allow(shop=True, staff={"manager", "adviser"}, hq={"admin", "service"}, service={"operator"}, guest=True),
    ),
    f"{_ORDERS}DescribeUnits": ("order.describe", _EVERYBODY_IN),
}

PAYMENTS: Permissions = {
    # the provider signs what it says; it has no token of ours
    f"{_PAYMENTS}RecordNotification": ("payments.notify", allow(anonymous=True)),
    f"{_PAYMENTS}ListPayments": ("payments.read", allow(hq=_READERS, service={"operator"})),
    **TILLS_AND_ATTENTION,
}

PROMOTIONS: Permissions = {
    f"{_PROMOTIONS}PutRules": ("promotions.write", allow(hq={"admin", "merchandiser"}, service={"operator"})),
    f"{_PROMOTIONS}GetRules": ("promotions.read", allow(staff=True, hq=True, device=True, service=True)),
    f"{_PROMOTIONS}CheckRules": ("promotions.check", allow(hq=True, service={"operator"})),
    f"{_PROMOTIONS}RetireRules": ("promotions.write", allow(hq={"admin", "merchandiser"}, service={"operator"})),
    f"{_PROMOTIONS}ListRuleVersions": ("promotions.read", allow(hq=True, service={"operator"})),
    f"{_PROMOTIONS}RehearseRules": ("promotions.rehearse", allow(hq=True, service={"operator"})),
}

FULFILMENT: Permissions = {
    f"{_FULFILMENT}ListTasks": ("fulfilment.read", _AT_WORK),
    f"{_FULFILMENT}GetFulfilment": ("fulfilment.read", allow(staff=True, hq=_READERS, device=True, service=True)),
    f"{_FULFILMENT}AcceptFulfilment": ("fulfilment.work", _AT_WORK),
    f"{_FULFILMENT}RejectFulfilment": ("fulfilment.work", _AT_WORK),
    f"{_FULFILMENT}RejectLines": ("fulfilment.care", allow(hq={"admin", "service"}, service={"operator"})),
    f"{_FULFILMENT}PickFulfilment": ("fulfilment.work", _AT_WORK),
    f"{_FULFILMENT}ReadyFulfilment": ("fulfilment.work", _AT_WORK),
    f"{_FULFILMENT}HandOverFulfilment": ("fulfilment.hand_over", _AT_WORK),
}

_CARE = allow(hq={"admin", "service"}, service={"operator"})
_AT_THE_COUNTER = allow(staff=True, device=True, hq={"admin", "service"}, service={"operator", *_DOORS})

RETURNS: Permissions = {
    f"{_RETURNS}PreviewReturn": ("returns.preview", _EVERYBODY_IN),
    f"{_RETURNS}OpenReturn": (
        "returns.open",
        allow(shop=True, staff=True, device=True, hq={"admin", "service"}, service={"operator", *_DOORS}),
    ),
    f"{_RETURNS}AuthoriseReturn": (
        "returns.authorise",
        allow(staff={"manager"}, hq={"admin", "service"}, service={"operator"}),
    ),
    "/omo.order.v1.SerialService/CorrectSerial": (
        "serials.correct",
        allow(staff={"manager"}, hq={"admin", "service"}, service={"operator"}),
    ),
    f"{_RETURNS}ReceiveReturn": ("returns.receive", _AT_THE_COUNTER),
    f"{_RETURNS}SendOnReturn": ("returns.send_on", _AT_THE_COUNTER),
    f"{_RETURNS}ArriveReturn": ("returns.arrive", _AT_THE_COUNTER),
    f"{_RETURNS}DisposeUnits": ("returns.dispose", _AT_THE_COUNTER),
    f"{_RETURNS}CancelReturn": (
        "returns.cancel",
        allow(shop=True, staff=True, hq={"admin", "service"}, service={"operator"}),
    ),
    f"{_RETURNS}GetReturn": ("returns.read", _EVERYBODY_IN),
    f"{_RETURNS}ListReturns": ("returns.read", _EVERYBODY_IN),
    f"{_RETURNS}PayRefund": ("refunds.pay", _CARE),
    f"{_RETURNS}GetBoard": ("refunds.read", allow(staff=True, hq=_READERS, service=True)),
    f"{_RETURNS}ListBoards": ("refunds.read", allow(hq=_READERS, service={"operator"})),
    f"{_RETURNS}RetryReversals": ("refunds.retry", _CARE),
    f"{_RETURNS}SettleReversal": (
        "refunds.settle",
        allow(staff={"manager", "cashier"}, hq={"admin", "service"}, service={"operator"}),
    ),
    f"{_RETURNS}GetReturnPolicy": ("return_policy.read", allow(staff=True, hq=True, device=True, service=True)),
    f"{_RETURNS}PutReturnPolicy": ("return_policy.write", allow(hq={"admin"}, service={"operator"})),
}

SALES: Permissions = {
    f"{_SALES}RecordSales": ("facts.sales", allow(device=True, service=_DOORS)),
    f"{_SALES}SumSales": ("sales.sum", allow(hq=_READERS | {"merchandiser"}, service={"operator"})),
    f"{_SALES}ClaimSale": ("sales.claim", allow(shop=True, staff=True, hq={"admin", "service"})),
    f"{_SALES}ListReviews": ("sales.review", allow(staff={"manager"}, hq=_READERS, service={"operator"})),
}

SEARCH: Permissions = {
    f"{_SEARCH}SearchOrders": ("order.search", allow(staff=True, hq=_READERS, service={"operator"})),
    f"{_SEARCH}ExportOrders": ("order.export", allow(hq={"admin", "analyst"}, service={"operator"})),
    f"{_SEARCH}ExportUnits": ("order.export", allow(hq={"admin", "analyst"}, service={"operator"})),
}

CARTS: Permissions = {
    # a cart of nobody is his who has its token; whose a member's is, is asked of each
    f"{_CARTS}GetCart": ("cart.read", allow(anonymous=True)),
    f"{_CARTS}ChangeCart": ("cart.change", allow(anonymous=True)),
    f"{_CARTS}ShowCartCode": ("cart.hand_over", allow(anonymous=True)),
    f"{_CARTS}MergeCart": ("cart.merge", allow(shop=True)),
    f"{_CARTS}LockCart": ("cart.lock", allow(shop=True, staff=True, device=True)),
    f"{_CARTS}UnlockCart": ("cart.lock", allow(shop=True, staff=True, device=True)),
    f"{_CARTS}FreezeCart": ("cart.freeze", allow(shop=True, staff=True, device=True)),
    f"{_CARTS}CheckOutCart": ("order.place", allow(shop=True, guest=True)),
    f"{_CARTS}TakeCart": ("cart.hand_over", allow(shop=True, staff=True, device=True)),
    f"{_CARTS}SettleCart": ("cart.settle", allow(staff=True, device=True)),
}

PERMISSIONS: Permissions = {
    **CHECKOUT,
    **GUESTS,
    **PREORDERS,
    **EDITS,
    **CARTS,
    **SEARCH,
    **PAYMENTS,
    **PROMOTIONS,
    **FULFILMENT,
    **SHIPPING,
    **PICKUPS,
    **RETURNS,
    **SALES,
    **COUNTER,
    **INVOICES,
    **AUDIT,
}
