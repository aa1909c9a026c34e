"""Changes of orders between protobuf and the domain."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kit import fields, pan
from kit.access import Actor, Kind
from kit.errors import invalid
from omo.order.v1 import order_edit_service_pb2 as pb
from omo.order.v1 import order_service_pb2 as orders_pb
from services.order.checkout import wire, wire_asked
from services.order.checkout.domain import Method, Order
from services.order.checkout.domain_basket import MAX_LINES, MAX_QUANTITY, Quote, Want
from services.order.edits import domain_sums
from services.order.edits.domain import Plan, Policy
from services.order.edits.domain_actions import (
    MAX_ACTIONS,
    Action,
    AddLine,
    SetContact,
    SetFulfilment,
    SetInvoice,
    SetQuantity,
    SetShipping,
)
from services.order.edits.domain_record import Edit
from services.order.edits.domain_refusals import Failure
from services.order.edits.domain_standing import Standing
from services.order.edits.domain_sums import Back
from services.order.invoices import domain_buyer, wire_buyer
from services.order.invoices.domain import Buyer

_MOST_MINUTES = 525_600
# a word of somebody's list: nothing that could be a number or a name
_REASON = re.compile(r"[A-Z][A-Z_]{0,63}")


@dataclass(frozen=True, slots=True)
class Wish:
    """A change that is to be applied; how what is added is paid is kept nowhere."""

    order_id: str
    version: int
    actions: tuple[Action, ...]
    quote_id: str | None
    payment: orders_pb.PaymentChoice
    kept: bytes
    reason: str = ""


def wish(request: pb.ApplyEditRequest) -> Wish:
    pan.refuse("payment.instrument_token", request.payment.instrument_token)
    pan.refuse("payment.return_url", request.payment.return_url)
    order_id = fields.identifier("order_id", request.order_id)
    if request.version < 1:
        raise invalid("version", "must be the one that the preview was reckoned on")
    quote_id = fields.identifier("quote_id", request.quote_id) if request.quote_id else None
    if request.reason and not _REASON.fullmatch(request.reason):
        raise invalid("reason", "must be a code of 1 to 64 capital letters and _")
    asked = actions(request.actions)
    return Wish(order_id, request.version, asked, quote_id, request.payment, _kept(request), request.reason)


def _kept(request: pb.ApplyEditRequest) -> bytes:
    """The request as it may be kept: without people and instruments."""
    kept = pb.ApplyEditRequest(order_id=request.order_id, version=request.version, actions=request.actions)
    for action in kept.actions:
        if action.WhichOneof("action") == "set_contact":
            action.set_contact.Clear()
            action.set_contact.SetInParent()
        if action.WhichOneof("action") == "set_invoice":
            action.set_invoice.ClearField("carrier")
            action.set_invoice.ClearField("tax_id")
            action.set_invoice.SetInParent()
    return kept.SerializeToString()


def kept_actions(asked: bytes) -> Sequence[pb.EditAction]:
    """What a change was, as far as it is kept."""
    return pb.ApplyEditRequest.FromString(asked).actions


def actions(given: Sequence[pb.EditAction]) -> tuple[Action, ...]:
    if not 1 <= len(given) <= MAX_ACTIONS:
        raise invalid("actions", f"must be 1 to {MAX_ACTIONS}")
    return tuple(_action(f"actions[{place}]", one) for place, one in enumerate(given))


def _action(path: str, given: pb.EditAction) -> Action:
    match given.WhichOneof("action"):
        case "set_quantity":
            one = given.set_quantity
            if not 0 <= one.quantity <= MAX_QUANTITY:
                raise invalid(f"{path}.set_quantity.quantity", f"must be 0 to {MAX_QUANTITY}")
            return SetQuantity(one.line_no, one.quantity)
        case "add_line":
            return AddLine(_want(f"{path}.add_line", given.add_line))
        case "set_contact":
            contact_id = fields.identifier(f"{path}.set_contact.contact_id", given.set_contact.contact_id)
            name = fields.text(f"{path}.set_contact.masked_name", given.set_contact.masked_name, 64, empty=True)
            return SetContact(contact_id, name)
        case "set_shipping":
            return SetShipping(given.set_shipping.shipping_method)
        case "set_invoice":
            return SetInvoice(wire_buyer.said(given.set_invoice))
        case "set_fulfilment":
            return _fulfilment(f"{path}.set_fulfilment", given.set_fulfilment)
        case _:
            raise invalid(path, "must say what changes")


def _fulfilment(path: str, given: pb.SetFulfilment) -> SetFulfilment:
    method = wire_asked.METHODS.get(given.method)
    if method not in (Method.COLLECT, Method.SHIP):
        raise invalid(f"{path}.method", "must be COLLECT or SHIP")
    place = given.fulfilment_location_id
    if (method is Method.COLLECT) != bool(place):
        rule = "must name the store to collect from" if method is Method.COLLECT else "must be empty for SHIP"
        raise invalid(f"{path}.fulfilment_location_id", rule)
    if place:
        fields.code(f"{path}.fulfilment_location_id", place)
    if len(set(given.line_nos)) != len(given.line_nos) or len(given.line_nos) > MAX_LINES:
        raise invalid(f"{path}.line_nos", f"must be at most {MAX_LINES} lines, each once")
    return SetFulfilment(tuple(given.line_nos), method, place)


def _want(path: str, given: orders_pb.BasketLine) -> Want:
    method = wire_asked.METHODS.get(given.method)
    if method is None:
        raise invalid(f"{path}.method", "must be COLLECT or SHIP")
    return Want(given.sku, given.quantity, method, given.fulfilment_location_id)


def preview(
    given: Standing, plan: Plan, back: Back, added: tuple[str, Quote] | None, quoted: orders_pb.Quote | None
) -> pb.EditPreview:
    """What a change comes to, as the API shows it."""
    order = given.order
    after = domain_sums.together(domain_sums.totals(given, plan.removed), added[1].totals if added else None)
    return pb.EditPreview(
        possible=not plan.failures,
        failures=[_failure(one) for one in plan.failures],
        before=wire.totals(domain_sums.totals(given), order.currency, order.tax_included),
        after=wire.totals(after, order.currency, order.tax_included),
        charge=wire.money(added[1].due if added else 0, order.currency),
        release=wire.money(back.money, order.currency),
        points_returned=back.points,
        version=order.version,
        added=quoted,
        invoice=_invoice(plan.invoice) if plan.invoice else None,
        delivery_fee=wire.money(plan.delivery_fee, order.currency),
    )


def _invoice(given: Buyer) -> pb.EditedInvoice:
    return pb.EditedInvoice(
        carrier_kind=wire_buyer.CARRIERS[given.carrier_kind],  # type: ignore[arg-type]
        masked_carrier=domain_buyer.masked_carrier(given),
        donation_code=given.donation_code,
        masked_tax_id=domain_buyer.masked_tax_id(given),
        print=given.print,
    )


def _failure(given: Failure) -> pb.EditFailure:
    return pb.EditFailure(action_no=given.action_no, reason=given.reason, detail=given.detail, field=given.field)


def edit(given: Edit, currency: str, *, by: bool) -> pb.OrderEdit:
    """A change; `by`: with who asked for it."""
    who = Actor(Kind(given.actor_kind), given.actor_id, given.actor_terminal_id)
    return pb.OrderEdit(
        edit_id=given.edit_id,
        order_id=given.order_id,
        state=given.state,
        seen_version=given.seen_version,
        actions=kept_actions(given.asked),
        added_order_id=given.added_order_id or "",
        charged=wire.money(given.charged, currency),
        released=wire.money(given.released, currency),
        points_returned=given.points_returned,
        business_time=fields.timestamp(given.business_time),
        reason=given.reason,
        actor=who.to_proto() if by else None,
    )


def edits(given: Iterable[Edit], order: Order, *, by: bool) -> pb.GetEditsResponse:
    return pb.GetEditsResponse(edits=[edit(one, order.currency, by=by) for one in given])


def policy(given: Policy) -> pb.EditPolicy:
    return pb.EditPolicy(shoppers=given.shoppers, minutes=given.minutes, version=given.version)


def terms(given: pb.EditPolicy, version: int) -> Policy:
    if not 0 <= given.minutes <= _MOST_MINUTES:
        raise invalid("policy.minutes", f"must be 0 to {_MOST_MINUTES}")
    return Policy(given.shoppers, given.minutes, version)
