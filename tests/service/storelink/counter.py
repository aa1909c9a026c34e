"""Conversations and pickups for the door's tests: says what reached it."""

from typing import Any

from kit import access
from omo.member.v1 import conversation_pb2
from omo.member.v1 import conversation_service_pb2 as pb
from omo.member.v1 import conversation_service_pb2_grpc as rpc
from omo.order.v1 import transfer_service_pb2 as transfer_pb
from omo.order.v1 import transfer_service_pb2_grpc as transfer_rpc
from tests.service.storelink.owners import Fulfilment


class Talk(rpc.ConversationServiceServicer):
    """Keeps what it was asked with what the other owners were."""

    def __init__(self, others: Fulfilment) -> None:
        self.asked = others.asked

    async def ListConversations(self, request: Any, context: Any) -> pb.ListConversationsResponse:
        self.asked.append((access.current(), request))
        return pb.ListConversationsResponse(next_page_token=request.page_token)

    async def ReadConversation(self, request: Any, context: Any) -> pb.ReadConversationResponse:
        self.asked.append((access.current(), request))
        thread = conversation_pb2.Conversation(conversation_id=request.conversation_id)
        entry = conversation_pb2.ConversationEntry(sequence=request.after_sequence + 1)
        return pb.ReadConversationResponse(conversation=thread, entries=[entry])

    async def ReplyToConversation(self, request: Any, context: Any) -> pb.ReplyToConversationResponse:
        self.asked.append((access.current(), request))
        entry = conversation_pb2.ConversationEntry(text=request.text, sequence=request.seen_sequence + 1)
        return pb.ReplyToConversationResponse(entry=entry)


class Lacking(transfer_rpc.TransferServiceServicer):
    """Keeps what it was asked with what the other owners were."""

    def __init__(self, others: Fulfilment) -> None:
        self.asked = others.asked

    async def RequestTransfer(self, request: Any, context: Any) -> transfer_pb.RequestTransferResponse:
        self.asked.append((access.current(), request))
        given = transfer_pb.Transfer(fulfilment_id=request.fulfilment_id, state=transfer_pb.TRANSFER_STATE_SENT)
        return transfer_pb.RequestTransferResponse(transfer=given)

    async def CallOffTransfer(self, request: Any, context: Any) -> transfer_pb.CallOffTransferResponse:
        self.asked.append((access.current(), request))
        return transfer_pb.CallOffTransferResponse()

    async def ListPickups(self, request: Any, context: Any) -> transfer_pb.ListPickupsResponse:
        self.asked.append((access.current(), request))
        return transfer_pb.ListPickupsResponse(next_page_token=request.page_token)
