"""Last but one part: he writes in the app and she answers at the till; a stranger writes in LINE."""

from typing import Any

import httpx

from cli.demo import brand
from cli.demo.brand import LIN
from cli.demo.counter import Counter
from cli.demo.stage import expect, until
from cli.demo.tale import Tale
from kit.ids import uuid7
from omo.storelink.v1 import till_service_pb2 as pb

_ASKED, _ANSWERED = "這件大衣可以乾洗嗎？", "可以，請用弱溶劑；我幫您留了一份說明。"
_GREETED, _WELCOMED = "請問信義店幾點打烊？", "晚上九點半，歡迎您來。"
_WITHIN = 30.0


async def play(tale: Tale, counter: Counter) -> None:
    """Two conversations, each answered where it came from."""
    await tale.stage.settle()  # who serves him is known everywhere
    await _in_the_app(tale, counter)
    if tale.stage.doors.messages_url:
        await _in_line(tale, tale.stage.doors.messages_url)


async def _in_the_app(tale: Tale, counter: Counter) -> None:
    await tale.app.post("/v1/me/chat", {"text": _ASKED})
    found = await counter.ask(lambda till: till.ListConversations, pb.ListConversationsRequest(mine=True))
    (thread,) = (one for one in found.conversations if one.member_id == tale.member_id)
    expect("who is to answer", (thread.staff_code, thread.location_id), (LIN.code, brand.STORE))
    tale.stage.step("app", f"he writes “{_ASKED}”: it is on {LIN.code}'s till, because she serves him")
    reply = pb.ReplyToConversationRequest(
        request_id=uuid7(), conversation_id=thread.conversation_id, text=_ANSWERED, seen_sequence=thread.last_sequence
    )
    await counter.ask(lambda till: till.ReplyToConversation, reply)
    shown = (await tale.app.get("/v1/me/chat"))["entries"]
    expect("the chat in his app", [one["text"] for one in shown][-2:], [_ASKED, _ANSWERED])
    tale.stage.step(brand.STORE, f"she answers “{_ANSWERED}”; his app shows it")


async def _in_line(tale: Tale, messages_url: str) -> None:
    """The simulator stands for LINE: it signs what the stranger writes, and shows what he gets."""
    user = f"U{uuid7().replace('-', '')}"
    async with httpx.AsyncClient(base_url=messages_url, trust_env=False, timeout=_WITHIN) as line:
        await line.post(f"/line/users/{user}/say", json={"text": _GREETED})
        thread = await until("the stranger's words", lambda: _threads(tale), bool)
        asked = {"text": _WELCOMED, "seen_sequence": thread[0]["last_sequence"]}
        await tale.hq.post(f"/v1/hq/conversations/{thread[0]['conversation_id']}/replies", asked)
        tale.stage.step("LINE", f"a stranger writes “{_GREETED}”: customer service has it, and answers")

        async def got() -> list[Any]:
            messages = (await line.get("/messages")).json()["messages"]
            return [one["text"] for one in messages if one["address"] == user]

        expect("what LINE brings him", await until("the answer in LINE", got, bool), [_WELCOMED])
        tale.stage.step("LINE", f"“{_WELCOMED}” reaches his phone; see {messages_url}/messages")


async def _threads(tale: Tale) -> list[dict[str, Any]]:
    found = (await tale.hq.get("/v1/hq/conversations", queue="SERVICE", state="OPEN"))["conversations"]
    return [one for one in found if one["member_id"] is None and one["waiting_since_time"]]
