"""Store staff: goods that leave their store, and goods that come in."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.hq.transfers import State, listed
from gateway.http.shapes.fields import PageSize, PageToken
from gateway.http.shapes.transferred import ReceiveIn, ShipIn, TransferOut, TransferPage, TransferPath
from omo.inventory.v1 import transfers_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["Staff: transfers"])


@router.get("/v1/staff/transfers", operation_id="list_my_transfers", response_model=TransferPage)
async def list_my_transfers(
    ask: Asking,
    location: Annotated[str, Query(max_length=64, examples=["TPE01"], description="None: the caller's own.")] = "",
    state: Annotated[State, Query(examples=["APPROVED"], description="APPROVED is what to pick; none: all.")] = "",
    page_size: PageSize = 20,
    page_token: PageToken = "",
) -> Response:
    """Transfers from or to the caller's store, newest first."""
    return await listed(ask, location, state, page_size, page_token)


@router.get("/v1/staff/transfers/{transfer_id}", operation_id="get_my_transfer", response_model=TransferOut)
async def get_my_transfer(transfer_id: TransferPath, ask: Asking) -> Response:
    """What to pick, or what to expect."""
    return asking.answer(
        TransferOut, await ask(ask.to.transfers.GetTransfer, pb.GetTransferRequest(transfer_id=transfer_id))
    )


@router.post("/v1/staff/transfers/{transfer_id}/ship", operation_id="ship_transfer", response_model=TransferOut)
async def ship_transfer(transfer_id: TransferPath, body: ShipIn, ask: Asking) -> Response:
    """The goods left the caller's store."""
    request = translation.fill(pb.ShipTransferRequest(request_id=ask.key, transfer_id=transfer_id), body)
    return asking.answer(TransferOut, await ask(ask.to.transfers.ShipTransfer, request))


@router.post("/v1/staff/transfers/{transfer_id}/receive", operation_id="receive_transfer", response_model=TransferOut)
async def receive_transfer(transfer_id: TransferPath, body: ReceiveIn, ask: Asking) -> Response:
    """Goods came in at the caller's store, whole or in part."""
    request = translation.fill(pb.ReceiveTransferRequest(request_id=ask.key, transfer_id=transfer_id), body)
    return asking.answer(TransferOut, await ask(ask.to.transfers.ReceiveTransfer, request))
