"""What callers ask of carts, as order's own values."""

import uuid
from datetime import datetime, timedelta

from kit import access
from kit.access import Kind
from kit.errors import invalid
from omo.order.v1 import cart_pb2
from omo.order.v1 import cart_service_pb2 as pb
from omo.type.v1 import trade_pb2
from services.order.cart import tokens
from services.order.cart.domain import Frozen, Line, Origin
from services.order.cart.domain_changes import Change, Named, Spending, Way
from services.order.cart.domain_merge import Mode
from services.order.cart.domain_ordering import Wish
from services.order.checkout import wire as order_wire
from services.order.checkout import wire_asked, wire_delivery, wire_spends
from services.order.checkout.domain import Method
from services.order.checkout.domain_basket import Basket
from services.order.checkout.domain_placing import Placing

_MAX_TEXT, _MAX_CHANGES, _MAX_POINTS = 64, 100, 1_000_000_000
# lines that are put in together stay in their order
_APART = timedelta(microseconds=1)


def cart_id(given: str) -> str:
    """The cart that is named; empty: the member's own."""
    return order_wire.identifier("cart_id", given) if given else ""


def client_id(given: str) -> str:
    """The name that one of the cart's users goes by."""
    if len(given) > _MAX_TEXT:
        raise invalid("client_id", f"must have at most {_MAX_TEXT} characters")
    return given


def named(request: pb.ChangeCartRequest | pb.FreezeCartRequest) -> Named:
    """Which cart, as of which version."""
    channel_id = token = ""
    if isinstance(request, pb.ChangeCartRequest):
        channel_id, token = request.channel_id or request.new_channel_id, tokens.given(request.cart_token)
    if request.version < 0:
        raise invalid("version", "must not be negative")
    return Named(cart_id(request.cart_id), request.version, client_id(request.client_id), channel_id, token)


def change(request: pb.ChangeCartRequest, now: datetime) -> Change:
    """Everything that one call changes."""
    for part in ("adds", "quantities", "methods", "add_codes", "remove_codes", "refuse_gifts", "take_gifts"):
        if len(getattr(request, part)) > _MAX_CHANGES:
            raise invalid(part, f"must hold at most {_MAX_CHANGES}")
    if len(request.channel_id) > _MAX_TEXT:
        raise invalid("channel_id", f"must have at most {_MAX_TEXT} characters")
    origin, staff_code = _origin(request.origin)
    return Change(
        adds=tuple(
            Line(str(uuid.uuid4()), add.sku, add.quantity, _method(f"adds[{place}]", add.method),
                 add.fulfilment_location_id, origin, staff_code, now + place * _APART)
            for place, add in enumerate(request.adds)
        ),
        quantities=tuple((each.line_id, each.quantity) for each in request.quantities),
        ways=tuple(
            Way(each.line_id, _method(f"methods[{place}]", each.method), each.fulfilment_location_id)
            for place, each in enumerate(request.methods)
        ),
        add_codes=tuple(request.add_codes),
        remove_codes=tuple(request.remove_codes),
        refuse=tuple(request.refuse_gifts),
        take=tuple(request.take_gifts),
        spending=_spending(request.spending) if request.HasField("spending") else None,
        delivery=wire_delivery.asked(request.delivery) if request.HasField("delivery") else None,
        accept_prices=request.accept_prices,
        channel_id=request.channel_id,
    )  # fmt: skip


def freeze(given: cart_pb2.CartFreeze.ValueType) -> Frozen | None:
    """What is to stand still; None: nothing."""
    if given == cart_pb2.CART_FREEZE_UNSPECIFIED:
        return None
    if given not in cart_pb2.CartFreeze.values():
        raise invalid("freeze", "must be SOFT, HARD or unset")
    return Frozen(cart_pb2.CartFreeze.Name(given).removeprefix("CART_FREEZE_"))


def mode(given: cart_pb2.CartMergeMode.ValueType) -> Mode:
    """What becomes of the cart that a member had."""
    if given == cart_pb2.CART_MERGE_MODE_UNSPECIFIED:
        return Mode.MERGE
    if given not in cart_pb2.CartMergeMode.values():
        raise invalid("mode", f"must be {' or '.join(Mode)}")
    return Mode(cart_pb2.CartMergeMode.Name(given).removeprefix("CART_MERGE_MODE_"))


def wish(request: pb.CheckOutCartRequest, contact_id: str, currency: str) -> Wish:
    """The wish to order a cart."""
    if request.version < 1:
        raise invalid("version", "must be the one that the shopper saw")
    total = request.expected_total
    if request.HasField("expected_total") and total.currency_code != currency:
        raise invalid("expected_total.currency_code", f"must be {currency}")
    pay, parts = wire_asked.paid(request)
    placing = Placing(
        basket=Basket("", ()),
        quote_id=None,
        provider=pay.provider,
        instrument_token=pay.instrument_token,
        return_url=pay.return_url,
        parts=parts,
        contact_id=contact_id,
        masked_name=request.masked_name,
        staff_link_token=request.staff_link_token,
        invoice=wire_asked.invoice(request, wire_asked.member("")),
    )
    expected = total.minor_units if request.HasField("expected_total") else None
    token = tokens.given(request.cart_token)
    return Wish(cart_id(request.cart_id), request.version, client_id(request.client_id), placing, expected, token)


def sold(request: pb.SettleCartRequest) -> tuple[str, tuple[tuple[str, int], ...]]:
    """The sale, and what of which line it took."""
    if not 1 <= len(request.sale_id) <= _MAX_TEXT:
        raise invalid("sale_id", f"must have 1 to {_MAX_TEXT} characters")
    return request.sale_id, tuple((each.line_id, each.quantity) for each in request.sold)


def _origin(given: cart_pb2.CartOrigin.ValueType) -> tuple[Origin, str]:
    """Where a line comes from; of staff and tills that is known."""
    principal = access.current()
    if principal.kind in (Kind.STAFF, Kind.DEVICE):
        return Origin.TILL, principal.staff_code or ""
    if given not in cart_pb2.CartOrigin.values() or given == cart_pb2.CART_ORIGIN_TILL:
        raise invalid("origin", "must be APP, WEB or LINE")
    name = cart_pb2.CartOrigin.Name(given).removeprefix("CART_ORIGIN_")
    return Origin("" if name == "UNSPECIFIED" else name), ""


def _method(field: str, given: trade_pb2.FulfilmentMethod.ValueType) -> Method | None:
    if given not in wire_asked.METHODS:
        raise invalid(f"{field}.method", "must be COLLECT, SHIP or CARRY_OUT")
    return wire_asked.METHODS[given]


def _spending(given: pb.CartSpends) -> Spending:
    if not 0 <= given.spend_points <= _MAX_POINTS:
        raise invalid("spending.spend_points", f"must be 0 to {_MAX_POINTS}")
    if len(given.spends) > 20:
        raise invalid("spending.spends", "must hold at most 20")
    return Spending(given.spend_points, wire_spends.uses(given.spends))
