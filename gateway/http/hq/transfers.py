"""Headquarters: goods between places, decided and closed."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from starlette.responses import Response

from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes.fields import PageSize, PageToken
from gateway.http.shapes.transferred import DraftIn, Transfer, TransferOut, TransferPage, TransferPath
from omo.inventory.v1 import transfers_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["HQ: transfers"])
State = Literal["", "DRAFT", "APPROVED", "SHIPPED", "RECEIVED", "CLOSED", "CANCELLED"]


async def listed(ask: Asking, location: str, state: str, page_size: int, page_token: str) -> Response:
    """One page of transfers."""
    request = pb.ListTransfersRequest(location_id=location, page_size=page_size, page_token=page_token)
    translation.choose(request, state=state)
    reply = await ask(ask.to.transfers.ListTransfers, request)
    return asking.page(Transfer, "transfers", reply.transfers, reply.next_page_token)


@router.post("/v1/hq/transfers", operation_id="create_transfer", response_model=TransferOut, status_code=201)
async def create_transfer(body: DraftIn, ask: Asking) -> Response:
    """Writes a draft; nothing is promised to it yet."""
    request = translation.fill(pb.CreateTransferRequest(request_id=ask.key), body)
    return asking.answer(TransferOut, await ask(ask.to.transfers.CreateTransfer, request), 201)


@router.get("/v1/hq/transfers", operation_id="list_transfers", response_model=TransferPage)
async def list_transfers(
    ask: Asking,
    location: Annotated[str, Query(max_length=64, examples=["TPE01"], description="From or to it; none: all.")] = "",
    state: Annotated[State, Query(examples=["SHIPPED"], description="None: all.")] = "",
    page_size: PageSize = 20,
    page_token: PageToken = "",
) -> Response:
    """Transfers, newest first."""
    return await listed(ask, location, state, page_size, page_token)


@router.get("/v1/hq/transfers/{transfer_id}", operation_id="get_transfer", response_model=TransferOut)
async def get_transfer(transfer_id: TransferPath, ask: Asking) -> Response:
    """One transfer with its lines and discrepancies."""
    return asking.answer(
        TransferOut, await ask(ask.to.transfers.GetTransfer, pb.GetTransferRequest(transfer_id=transfer_id))
    )


@router.post("/v1/hq/transfers/{transfer_id}/approve", operation_id="approve_transfer", response_model=TransferOut)
async def approve_transfer(transfer_id: TransferPath, ask: Asking) -> Response:
    """Promises the goods at the source to the transfer; refused if they are promised to others."""
    request = pb.ApproveTransferRequest(request_id=ask.key, transfer_id=transfer_id)
    return asking.answer(TransferOut, await ask(ask.to.transfers.ApproveTransfer, request))


@router.post("/v1/hq/transfers/{transfer_id}/cancel", operation_id="cancel_transfer", response_model=TransferOut)
async def cancel_transfer(transfer_id: TransferPath, ask: Asking) -> Response:
    """Ends a transfer of which nothing left yet."""
    request = pb.CancelTransferRequest(request_id=ask.key, transfer_id=transfer_id)
    return asking.answer(TransferOut, await ask(ask.to.transfers.CancelTransfer, request))


@router.post("/v1/hq/transfers/{transfer_id}/close", operation_id="close_transfer", response_model=TransferOut)
async def close_transfer(transfer_id: TransferPath, ask: Asking) -> Response:
    """Nothing more will come: what differs becomes discrepancies and tasks."""
    request = pb.CloseTransferRequest(request_id=ask.key, transfer_id=transfer_id)
    return asking.answer(TransferOut, await ask(ask.to.transfers.CloseTransfer, request))
