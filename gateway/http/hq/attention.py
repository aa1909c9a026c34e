"""Headquarters: work of orders and payments that gave up and waits for a person, and who did what about it."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import StringConstraints
from starlette.responses import Response

from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes.fields import Asked, NextPage, OrderId, PageSize, PageToken, Shown, Time, eg, kinds, said
from omo.order.v1 import attention_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["HQ: orders"])

_KEY = "0199a5c2-51b3-7a90-8c0e-6b1d2e3f4a55"
_REASON = "The bank gave it back, see ticket 4711"
_WORK = "What kind of work it is, such as checkout, payment.give_back or fulfilment.capture."
_OF = "Of which: an order's id, a task's or a refund's."
_Kind = Annotated[
    str, Query(max_length=64, pattern="^[a-z_.]*$", examples=["checkout"], description="Only of this kind; none: all.")
]


class Attention(Shown):
    """One thing that waits for a person."""

    kind: Annotated[str, eg("payment.give_back", _WORK)]
    key: Annotated[str, eg(_KEY, _OF)]
    order_id: Annotated[OrderId | None, eg(_KEY)]
    attempts: Annotated[int, eg(12)]
    due_time: Annotated[Time | None, said("When it was due the first time.")]
    last_error: Annotated[str | None, eg("PaymentDeclined: the refund was refused: instrument_closed")]
    verbs: Annotated[list[str], eg(["RETRY", "SKIP"], "What is safe: RETRY, SKIP, COMPENSATE.")]


class AttentionPage(Shown):
    """What waits, by kind and key."""

    items: Annotated[list[Attention], said("What waits for a person, by kind and key.")]
    next_page_token: NextPage


class Intervene(Asked):
    """Which work, and why."""

    kind: Annotated[str, StringConstraints(min_length=1, max_length=64), eg("payment.give_back", _WORK)]
    key: Annotated[str, StringConstraints(min_length=1, max_length=255), eg(_KEY, _OF)]
    reason: Annotated[str, StringConstraints(min_length=1, max_length=500), eg(_REASON, "Why, for the record.")]


class Intervention(Shown):
    """What somebody did."""

    intervention_id: Annotated[str, eg("0199a5c7-2a11-7c33-8d44-5e6f70818293")]
    kind: Annotated[str, eg("payment.give_back", _WORK)]
    key: Annotated[str, eg(_KEY, _OF)]
    verb: Annotated[str | None, kinds(pb.InterventionVerb, "SKIP")]
    reason: Annotated[str | None, eg(_REASON, "Why, in that person's words.")]
    actor_kind: Annotated[str, eg("hq")]
    actor_id: Annotated[str, eg("u1")]
    business_time: Time | None
    last_error: Annotated[str | None, eg("PaymentDeclined: the refund was refused: instrument_closed")]


class InterventionAnswer(Shown):
    """It is done, and on record."""

    intervention: Intervention


class InterventionPage(Shown):
    """Who did what, newest first."""

    interventions: list[Intervention]
    next_page_token: NextPage


@router.get("/v1/hq/attention", operation_id="list_attention", response_model=AttentionPage)
async def list_attention(
    ask: Asking, kind: _Kind = "", page_size: PageSize = 20, page_token: PageToken = ""
) -> Response:
    """Checkouts, captures, refunds and deadlines that were tried again and again and now wait for a person."""
    request = pb.ListAttentionRequest(kind=kind, page_size=page_size, page_token=page_token)
    reply = await ask(ask.to.attention.ListAttention, request)
    return asking.page(Attention, "items", reply.items, reply.next_page_token)


@router.post("/v1/hq/attention/retry", operation_id="retry_attention", response_model=InterventionAnswer)
async def retry_attention(body: Intervene, ask: Asking) -> Response:
    """Has it tried again from where it stands."""
    request = translation.fill(pb.RetryAttentionRequest(request_id=ask.key), body)
    return asking.answer(InterventionAnswer, await ask(ask.to.attention.RetryAttention, request))


@router.post("/v1/hq/attention/skip", operation_id="skip_attention", response_model=InterventionAnswer)
async def skip_attention(body: Intervene, ask: Asking) -> Response:
    """Says that a person has given the money back: the journal notes it so, and nobody tries any more."""
    request = translation.fill(pb.SkipAttentionRequest(request_id=ask.key), body)
    return asking.answer(InterventionAnswer, await ask(ask.to.attention.SkipAttention, request))


@router.post("/v1/hq/attention/compensate", operation_id="compensate_attention", response_model=InterventionAnswer)
async def compensate_attention(body: Intervene, ask: Asking) -> Response:
    """Turns a checkout back that cannot go forward: money, value and stock go back."""
    request = translation.fill(pb.CompensateAttentionRequest(request_id=ask.key), body)
    return asking.answer(InterventionAnswer, await ask(ask.to.attention.CompensateAttention, request))


@router.get("/v1/hq/interventions", operation_id="list_interventions", response_model=InterventionPage)
async def list_interventions(
    ask: Asking,
    kind: _Kind = "",
    key: Annotated[str, Query(max_length=255, examples=[_KEY], description="Only of this key; none: of all.")] = "",
    page_size: PageSize = 20,
    page_token: PageToken = "",
) -> Response:
    """Who intervened, in what, why, and what the last try had ended with."""
    request = pb.ListInterventionsRequest(kind=kind, key=key, page_size=page_size, page_token=page_token)
    reply = await ask(ask.to.attention.ListInterventions, request)
    return asking.page(Intervention, "interventions", reply.interventions, reply.next_page_token)
