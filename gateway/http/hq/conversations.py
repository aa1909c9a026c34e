"""Headquarters: every conversation with shoppers, as customer service answers them."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from starlette.responses import Response

from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Asking
from gateway.http.shapes.fields import MemberPath, PageSize, PageToken
from gateway.http.shapes.reached import Addresses, HoursOut, PutHours
from gateway.http.shapes.said import (
    CloseIn,
    Conversation,
    ConversationOut,
    ConversationPage,
    ConversationPath,
    EntryOut,
    EntryPath,
    HandOverIn,
    ReplyIn,
    ThreadOut,
    WaitingTask,
    WaitingTasks,
    WriteIn,
)
from omo.member.v1 import conversation_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["HQ: conversations"])

State = Annotated[Literal["", "OPEN", "CLOSED"], Query(examples=["OPEN"], description="None: both.")]
Queue = Annotated[
    Literal["", "STAFF", "STORE", "SERVICE"], Query(examples=["STORE"], description="Who is to answer; none: all.")
]
TaskState = Annotated[
    Literal["", "OPEN", "DONE", "ESCALATED"], Query(examples=["OPEN"], description="None: those that are open.")
]
Location = Annotated[str, Query(max_length=64, examples=["TPE01"], description="None: every store that is seen.")]
Member = Annotated[
    str, Query(max_length=64, examples=["0199a5c0-7c1e-7d2a-9f35-2f4f8f1c0a11"], description="Only of this member.")
]
After = Annotated[int, Query(ge=0, examples=[0], description="Entries after this number.")]


async def listed(
    ask: Asking, request: pb.ListConversationsRequest, state: str, queue: str, page_token: str
) -> Response:
    """One page of threads."""
    request.page_token = page_token
    translation.choose(request, state=state, queue=queue)
    reply = await ask(ask.to.conversations.ListConversations, request)
    return asking.page(Conversation, "conversations", reply.conversations, reply.next_page_token)


async def tasks(ask: Asking, request: pb.ListConversationTasksRequest, state: str) -> Response:
    """One page of tasks."""
    translation.choose(request, state=state)
    reply = await ask(ask.to.conversations.ListConversationTasks, request)
    return asking.page(WaitingTask, "tasks", reply.tasks, reply.next_page_token)


async def read(ask: Asking, conversation_id: str, after_sequence: int, page_size: int) -> Response:
    """A thread with entries."""
    request = pb.ReadConversationRequest(
        conversation_id=conversation_id, after_sequence=after_sequence, page_size=page_size
    )
    return asking.answer(ThreadOut, await ask(ask.to.conversations.ReadConversation, request))


async def reply_to(ask: Asking, conversation_id: str, body: ReplyIn) -> Response:
    """An answer."""
    request = pb.ReplyToConversationRequest(
        request_id=ask.key, conversation_id=conversation_id, text=body.text, seen_sequence=body.seen_sequence
    )
    return asking.answer(EntryOut, await ask(ask.to.conversations.ReplyToConversation, request), 201)


async def retried(ask: Asking, conversation_id: str, entry_id: str) -> Response:
    """A reply that is on its way again."""
    request = pb.RetryReplyRequest(request_id=ask.key, conversation_id=conversation_id, entry_id=entry_id)
    return asking.answer(EntryOut, await ask(ask.to.conversations.RetryReply, request))


async def reached(ask: Asking, member_id: str) -> Response:
    """A member's addresses."""
    return asking.answer(
        Addresses, await ask(ask.to.channels.ListAddresses, pb.ListAddressesRequest(member_id=member_id))
    )


async def note_in(ask: Asking, conversation_id: str, body: WriteIn) -> Response:
    """A word among colleagues."""
    request = pb.AddConversationNoteRequest(request_id=ask.key, conversation_id=conversation_id, text=body.text)
    return asking.answer(EntryOut, await ask(ask.to.conversations.AddConversationNote, request), 201)


async def handed(ask: Asking, conversation_id: str, body: HandOverIn) -> Response:
    """Somebody else's from now on."""
    request = translation.fill(
        pb.HandOverConversationRequest(request_id=ask.key, conversation_id=conversation_id), body
    )
    return asking.answer(ConversationOut, await ask(ask.to.conversations.HandOverConversation, request))


async def closed(ask: Asking, conversation_id: str, body: CloseIn) -> Response:
    """Nothing more is to be answered."""
    request = pb.CloseConversationRequest(request_id=ask.key, conversation_id=conversation_id, version=body.version)
    return asking.answer(ConversationOut, await ask(ask.to.conversations.CloseConversation, request))


@router.get("/v1/hq/conversations", operation_id="list_conversations", response_model=ConversationPage)
async def list_conversations(
    ask: Asking,
    state: State = "",
    queue: Queue = "",
    location: Location = "",
    member_id: Member = "",
    page_size: PageSize = 20,
    page_token: PageToken = "",
) -> Response:
    """Every thread, who waits longest first."""
    request = pb.ListConversationsRequest(location_id=location, member_id=member_id, page_size=page_size)
    return await listed(ask, request, state, queue, page_token)


@router.get("/v1/hq/conversations/tasks", operation_id="list_conversation_tasks", response_model=WaitingTasks)
async def list_conversation_tasks(
    ask: Asking,
    state: TaskState = "",
    location: Location = "",
    page_size: PageSize = 20,
    page_token: PageToken = "",
) -> Response:
    """Shoppers who wait too long for an answer, the oldest first."""
    request = pb.ListConversationTasksRequest(location_id=location, page_size=page_size, page_token=page_token)
    return await tasks(ask, request, state)


@router.get("/v1/hq/conversations/{conversation_id}", operation_id="read_conversation", response_model=ThreadOut)
async def read_conversation(
    conversation_id: ConversationPath, ask: Asking, after_sequence: After = 0, page_size: PageSize = 50
) -> Response:
    """What was said, noted and handed over; that somebody looked is written down."""
    return await read(ask, conversation_id, after_sequence, page_size)


@router.post(
    "/v1/hq/conversations/{conversation_id}/replies",
    operation_id="reply_to_conversation",
    response_model=EntryOut,
    status_code=201,
)
async def reply_to_conversation(conversation_id: ConversationPath, body: ReplyIn, ask: Asking) -> Response:
    """Answers through the channel by which the shopper wrote; refused if somebody answered meanwhile."""
    return await reply_to(ask, conversation_id, body)


@router.post(
    "/v1/hq/conversations/{conversation_id}/replies/{entry_id}/retry",
    operation_id="retry_reply",
    response_model=EntryOut,
)
async def retry_reply(conversation_id: ConversationPath, entry_id: EntryPath, ask: Asking) -> Response:
    """Hands a reply over again whose delivery FAILED."""
    return await retried(ask, conversation_id, entry_id)


@router.put("/v1/hq/service-hours", operation_id="put_service_hours", response_model=HoursOut)
async def put_service_hours(body: PutHours, ask: Asking) -> Response:
    """When the brand answers, from now on: shoppers wait in these hours."""
    request = translation.fill(pb.PutServiceHoursRequest(request_id=ask.key), body)
    return asking.answer(HoursOut, await ask(ask.to.conversations.PutServiceHours, request))


@router.get("/v1/hq/service-hours", operation_id="get_service_hours", response_model=HoursOut)
async def get_service_hours(ask: Asking) -> Response:
    """When the brand answers."""
    return asking.answer(HoursOut, await ask(ask.to.conversations.GetServiceHours, pb.GetServiceHoursRequest()))


@router.get("/v1/hq/members/{member_id}/addresses", operation_id="list_member_addresses", response_model=Addresses)
async def list_member_addresses(member_id: MemberPath, ask: Asking) -> Response:
    """Where a member can be written to, and why not; that somebody looked is written down."""
    return await reached(ask, member_id)


@router.post(
    "/v1/hq/conversations/{conversation_id}/notes",
    operation_id="note_in_conversation",
    response_model=EntryOut,
    status_code=201,
)
async def note_in_conversation(conversation_id: ConversationPath, body: WriteIn, ask: Asking) -> Response:
    """A note for colleagues; the shopper never sees it."""
    return await note_in(ask, conversation_id, body)


@router.post(
    "/v1/hq/conversations/{conversation_id}/handover",
    operation_id="hand_over_conversation",
    response_model=ConversationOut,
)
async def hand_over_conversation(conversation_id: ConversationPath, body: HandOverIn, ask: Asking) -> Response:
    """Gives it to a colleague, a store or customer service, with all its history."""
    return await handed(ask, conversation_id, body)


@router.post(
    "/v1/hq/conversations/{conversation_id}/close",
    operation_id="close_conversation",
    response_model=ConversationOut,
)
async def close_conversation(conversation_id: ConversationPath, body: CloseIn, ask: Asking) -> Response:
    """Nothing more is to be answered; it opens again when the shopper writes."""
    return await closed(ask, conversation_id, body)
