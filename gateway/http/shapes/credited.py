"""Credits and their explanation, as staff and headquarters are shown them."""

from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from gateway.http.door import asking
from gateway.http.door.asking import Ask
from gateway.http.shapes import fields
from gateway.http.shapes.fields import NextPage, OrderId, Shown, Sku, Time, eg, kinds
from omo.attribution.v1 import attribution_pb2
from omo.attribution.v1 import attribution_service_pb2 as pb

OrderQuery = Annotated[str, Query(min_length=1, max_length=64, examples=[fields.ORDER])]
LineQuery = Annotated[int, Query(ge=1, le=1_000, examples=[1])]


class UnitRef(Shown):
    """A run of equal sold units of one line, from `first` to `last`."""

    order_id: OrderId
    line_no: Annotated[int, eg(1)]
    first: Annotated[int, eg(0)]
    last: Annotated[int, eg(0)]
    measure: Annotated[int, eg(0, "Base units of a good sold by measure, else 0.")]


class Credit(Shown):
    """Credit for units of one line."""

    credit_id: Annotated[str, eg("0199a5c2-9911-7e20-8b5c-2d3e4f5a6b7c")]
    unit: UnitRef
    sku: Sku
    beneficiary: Annotated[str, eg("A102", "Staff code, location, or brand.")]
    role: Annotated[str | None, kinds(attribution_pb2.CreditRole, "BINDER")]
    basis: Annotated[str | None, kinds(attribution_pb2.CreditBasis, "ACTIVE_BINDING")]
    share_bp: Annotated[int, eg(10000, "Basis points of the pot.")]
    base_amount: Annotated[int, eg(12160, "Minor units that the share is of.")]
    amount: Annotated[int, eg(12160, "Minor units.")]
    currency_code: Annotated[str, eg("TWD")]
    business_time: Time | None
    rule_version: Annotated[str, eg("protected-first-90-365")]
    evidence: Annotated[str, eg("binding 0199a5c0-9d00-7f11-8e22-0a1b2c3d4e5f")]
    mirror_of: Annotated[str | None, eg(None, "The credit that this one takes back.")]


class CreditPage(Shown):
    """Credits, newest first."""

    credits: list[Credit]
    next_page_token: NextPage


class ExplainStep(Shown):
    """One step of the resolution, taken or not, and why."""

    basis: Annotated[str | None, kinds(attribution_pb2.CreditBasis, "ACTIVE_BINDING")]
    taken: Annotated[bool, eg(True)]
    beneficiary: Annotated[str | None, eg("A102")]
    because: Annotated[str, eg("bound to A102 by QR on 2026-11-03, valid until 2027-11-03")]


class Explanation(Shown):
    """Where a line's credit went, and every step that led there."""

    credits: list[Credit]
    steps: list[ExplainStep]
    rule_version: Annotated[str, eg("protected-first-90-365")]


async def credits_of(ask: Ask, request: pb.ListCreditsRequest) -> Response:
    """One page of credits."""
    reply = await ask(ask.to.credits.ListCredits, request)
    return asking.page(Credit, "credits", reply.credits, reply.next_page_token)


async def explained(ask: Ask, order_id: str, line_no: int) -> Response:
    """Why a line's credit went where it went."""
    request = pb.ExplainLineRequest(order_id=order_id, line_no=line_no)
    return asking.answer(Explanation, await ask(ask.to.credits.ExplainLine, request))
