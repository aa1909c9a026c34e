"""What a staff member is credited for, why, and the code by which members bind to him."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from starlette.responses import Response

from gateway.http.door import asking
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes.credited import CreditPage, Explanation, LineQuery, OrderQuery, credits_of, explained
from gateway.http.shapes.fields import Asked, End, PageSize, PageToken, Shown, Start, Time, eg
from omo.attribution.v1 import attribution_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["Staff: credits"])


class AskToken(Asked):
    """What the token is for."""

    purpose: Annotated[Literal["qr", "link"], eg("qr")] = "qr"


class StaffToken(Shown):
    """A signed token: show it as a QR code, or put it into a link."""

    token: Annotated[str, eg("<signed token>")]
    expire_time: Time | None


@router.get("/v1/staff/credits", operation_id="list_credits", response_model=CreditPage)
async def list_credits(
    ask: Asking,
    order_id: Annotated[str, Query(max_length=64, description="Of one order; none: the caller's own.")] = "",
    start: Start = None,
    end: End = None,
    page_size: PageSize = 20,
    page_token: PageToken = "",
) -> Response:
    """The caller's credits, or those of an order, newest first."""
    own = "" if order_id else ask.principal.staff_code
    request = pb.ListCreditsRequest(order_id=order_id, beneficiary=own, page_size=page_size, page_token=page_token)
    return await credits_of(ask, asking.between(request, start, end))


@router.get("/v1/staff/credits/explain", operation_id="explain_line", response_model=Explanation)
async def explain_line(ask: Asking, order_id: OrderQuery, line_no: LineQuery) -> Response:
    """Why a line's credit went where it went."""
    return await explained(ask, order_id, line_no)


@router.post("/v1/staff/token", operation_id="create_staff_token", response_model=StaffToken)
async def create_staff_token(ask: Asking, body: AskToken | None = None) -> Response:
    """The caller's signed code: the member who scans it is bound to him."""
    request = pb.CreateStaffTokenRequest(purpose=body.purpose if body else "qr")
    return asking.answer(StaffToken, await ask(ask.to.bindings.CreateStaffToken, request))
