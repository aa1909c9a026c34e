"""What a till says of pickups that its store lacks, and the store's list of them: asked of order, through the door."""

from collections.abc import Iterable
from typing import Any

from omo.order.v1 import transfer_service_pb2 as pb
from omo.order.v1 import transfer_service_pb2_grpc as rpc
from omo_storelink.questions import Questions


async def request_transfer(
    questions: Questions, request_id: str, fulfilment_id: str, reason: str, line_nos: Iterable[int] = ()
) -> pb.RequestTransferResponse:
    """It is not there: others send it, or it is a rejection; ASKED: inventory's answer is awaited, ask again."""
    request = pb.RequestTransferRequest(
        request_id=request_id, fulfilment_id=fulfilment_id, reason=reason, line_nos=line_nos
    )
    return await questions.ask("RequestTransfer", request, pb.RequestTransferResponse, _transfers)


async def call_off_transfer(questions: Questions, request_id: str, fulfilment_id: str) -> pb.CallOffTransferResponse:
    """It was here after all; named by the task of whoever sends it."""
    request = pb.CallOffTransferRequest(request_id=request_id, fulfilment_id=fulfilment_id)
    return await questions.ask("CallOffTransfer", request, pb.CallOffTransferResponse, _transfers)


async def list_pickups(
    questions: Questions, tab: pb.PickupTab.ValueType, page_size: int = 100, page_token: str = ""
) -> pb.ListPickupsResponse:
    """One tab of the store's pickups."""
    request = pb.ListPickupsRequest(tab=tab, page_size=page_size, page_token=page_token)
    return await questions.ask("ListPickups", request, pb.ListPickupsResponse, _transfers)


def _transfers(channel: Any) -> Any:
    return rpc.TransferServiceStub(channel)
