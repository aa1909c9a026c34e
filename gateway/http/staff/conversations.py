"""Store staff: what shoppers write to them, and who waits for an answer."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.hq import conversations as desk
from gateway.http.hq.conversations import After, Location, Member, Queue, State, TaskState
from gateway.http.shapes.fields import MemberPath, PageSize, PageToken
from gateway.http.shapes.reached import Addresses
from gateway.http.shapes.said import (
    CloseIn,
    ConversationOut,
    ConversationPage,
    ConversationPath,
    EntryOut,
    EntryPath,
    HandOverIn,
    ReplyIn,
    ThreadOut,
    WaitingTasks,
    WriteIn,
)
from omo.member.v1 import conversation_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["Staff: conversations"])

Mine = Annotated[bool, Query(examples=[True], description="Only the caller's own.")]


@router.get("/v1/staff/conversations", operation_id="list_my_conversations", response_model=ConversationPage)
async def list_my_conversations(
    ask: Asking,
    state: State = "",
    queue: Queue = "",
    mine: Mine = False,
    location: Location = "",
    member_id: Member = "",
    page_size: PageSize = 20,
    page_token: PageToken = "",
) -> Response:
    """Threads of the caller and of the caller's stores, who waits longest first."""
    request = pb.ListConversationsRequest(mine=mine, location_id=location, member_id=member_id, page_size=page_size)
    return await desk.listed(ask, request, state, queue, page_token)


@router.get("/v1/staff/conversations/tasks", operation_id="list_my_conversation_tasks", response_model=WaitingTasks)
async def list_my_conversation_tasks(
    ask: Asking,
    state: TaskState = "",
    mine: Mine = False,
    location: Location = "",
    page_size: PageSize = 20,
    page_token: PageToken = "",
) -> Response:
    """Shoppers who wait too long for an answer, the oldest first."""
    request = pb.ListConversationTasksRequest(
        mine=mine, location_id=location, page_size=page_size, page_token=page_token
    )
    return await desk.tasks(ask, request, state)


@router.get("/v1/staff/conversations/{conversation_id}", operation_id="read_my_conversation", response_model=ThreadOut)
async def read_my_conversation(
    conversation_id: ConversationPath, ask: Asking, after_sequence: After = 0, page_size: PageSize = 50
) -> Response:
    """What was said, noted and handed over; that somebody looked is written down."""
    return await desk.read(ask, conversation_id, after_sequence, page_size)


@router.post(
    "/v1/staff/conversations/{conversation_id}/replies",
    operation_id="reply_to_my_conversation",
    response_model=EntryOut,
    status_code=201,
)
async def reply_to_my_conversation(conversation_id: ConversationPath, body: ReplyIn, ask: Asking) -> Response:
    """Answers through the channel by which the shopper wrote; refused if somebody answered meanwhile."""
    return await desk.reply_to(ask, conversation_id, body)


@router.post(
    "/v1/staff/conversations/{conversation_id}/replies/{entry_id}/retry",
    operation_id="retry_my_reply",
    response_model=EntryOut,
)
async def retry_my_reply(conversation_id: ConversationPath, entry_id: EntryPath, ask: Asking) -> Response:
    """Hands a reply over again whose delivery FAILED."""
    return await desk.retried(ask, conversation_id, entry_id)


@router.get("/v1/staff/members/{member_id}/addresses", operation_id="list_addresses", response_model=Addresses)
async def list_addresses(member_id: MemberPath, ask: Asking) -> Response:
    """Where a member can be written to, and why not; that somebody looked is written down."""
    return await desk.reached(ask, member_id)


@router.post(
    "/v1/staff/conversations/{conversation_id}/notes",
    operation_id="note_in_my_conversation",
    response_model=EntryOut,
    status_code=201,
)
async def note_in_my_conversation(conversation_id: ConversationPath, body: WriteIn, ask: Asking) -> Response:
    """A note for colleagues; the shopper never sees it."""
    return await desk.note_in(ask, conversation_id, body)


@router.post(
    "/v1/staff/conversations/{conversation_id}/handover",
    operation_id="hand_over_my_conversation",
    response_model=ConversationOut,
)
async def hand_over_my_conversation(conversation_id: ConversationPath, body: HandOverIn, ask: Asking) -> Response:
    """Gives it to a colleague, a store or customer service, with all its history."""
    return await desk.handed(ask, conversation_id, body)


@router.post(
    "/v1/staff/conversations/{conversation_id}/close",
    operation_id="close_my_conversation",
    response_model=ConversationOut,
)
async def close_my_conversation(conversation_id: ConversationPath, body: CloseIn, ask: Asking) -> Response:
    """Nothing more is to be answered; it opens again when the shopper writes."""
    return await desk.closed(ask, conversation_id, body)
