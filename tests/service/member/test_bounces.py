"""E-mail that comes back: nothing more is sent there, staff see why, and a forged bounce ends nobody's address."""

from typing import Any

import pytest

from services.member.channels import hook
from tests.service.member.engagement_rig import Purpose
from tests.service.member.test_speaking import EMAIL, SECRET, Brand, brand

__all__ = ["brand"]


async def _sent(brand: Brand) -> str:
    """A message of ours by e-mail; its id."""
    await brand.desk.template("hi", Purpose.SERVICE)
    message_id = await brand.desk.enqueue(brand.member_id, Purpose.SERVICE, channels=("email",))
    await brand.desk.quiet()
    return message_id


async def _addresses(brand: Brand) -> dict[str, Any]:
    found = (await brand.hq.get(f"/v1/hq/members/{brand.member_id}/addresses"))["addresses"]
    return {one["channel"]: (one["masked"], one["end_code"], one["end_detail"]) for one in found}


@pytest.mark.parametrize(
    ("said", "end"),
    [
        ("550 5.1.1 no such user", ("unknown_address", "550 5.1.1")),
        ("550 5.7.1 your server is on a list", (None, None)),
    ],
    ids=lambda value: value[:9] if isinstance(value, str) else "",
)
async def test_what_is_refused_at_the_door_ends_the_address(brand: Brand, said: str, end: tuple[Any, Any]) -> None:
    brand.mail.at_rcpt = said
    message_id = await _sent(brand)
    assert (await _addresses(brand))["email"] == ("m***@example.com", *end)
    state = await brand.desk.state(message_id)
    assert state == (("REFUSED", "UNKNOWN_ADDRESS") if end[0] else state)
    brand.mail.at_rcpt = ""
    again = await _sent(brand)
    assert (await brand.desk.state(again))[0] == ("WITHHELD" if end[0] else "SENT")


_BOUNCE = """From: MAILER-DAEMON@mx.example
To: hello@hikari.example
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"

--b1
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--b1
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example
Arrival-Date: Mon, 23 Nov 2026 04:00:00 +0000

Final-Recipient: rfc822; {address}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 {status} said the other server

--b1
Content-Type: {copy}

Message-ID: <{message_id}@hikari.example>
Subject: hi

hi

--b1--
"""


def bounce(
    message_id: str, address: str, status: str, action: str = "failed", *, copy: str = "message/rfc822"
) -> bytes:
    """As a mail server writes one (RFC 3464)."""
    told = _BOUNCE.format(message_id=message_id, address=address, status=status, action=action, copy=copy)
    return told.replace("\n", "\r\n").encode()


async def _hand_in(brand: Brand, body: bytes, secret: str = SECRET) -> int:
    """As whoever runs the mail server does."""
    stamp = int(brand.desk.member.wall().timestamp())
    headers = {hook.HEADER: hook.sign(body, secret, stamp), "content-type": "message/rfc822"}
    answer = await brand.http.post("/v1/webhooks/messages/email", content=body, headers=headers)
    return answer.status_code


@pytest.mark.parametrize("copy", ["message/rfc822", "text/rfc822-headers"], ids=["a copy", "its headers"])
async def test_a_mail_that_came_back_later_ends_the_address(brand: Brand, copy: str) -> None:
    message_id = await _sent(brand)
    told = bounce(message_id, EMAIL.upper(), "5.1.1", copy=copy)
    assert await _hand_in(brand, told, "another secret") == 403
    assert (await _addresses(brand))["email"] == ("m***@example.com", None, None)
    assert [await _hand_in(brand, told) for _ in range(2)] == [200, 200]
    assert (await _addresses(brand))["email"] == ("m***@example.com", "unknown_address", "5.1.1")
    row = await brand.row("SELECT state, block_time IS NOT NULL AS came_back FROM messages")
    assert (row["state"], row["came_back"]) == (3, True)
    assert await brand.desk.state(await _sent(brand)) == ("WITHHELD", "NO_ADDRESS")


async def test_a_bounce_that_is_no_reason_ends_nothing(brand: Brand) -> None:
    """Delayed, full, of a policy; of no message of ours; of an address to which that message never went; no bounce."""
    message_id = await _sent(brand)
    other = await brand.desk.person("+886912345699", "hua@example.com")
    for told in (
        bounce(message_id, EMAIL, "4.4.1", "delayed"),
        bounce(message_id, EMAIL, "5.2.2"),
        bounce(message_id, EMAIL, "5.7.1"),
        bounce("0199a5c2-8811-7d10-9a4b-1c2d3e4f5a6b", EMAIL, "5.1.1"),
        bounce(message_id, "hua@example.com", "5.1.1"),
        bounce("../../etc", EMAIL, "5.1.1"),
        b"Subject: out of office\n\nI am away",
        b"\x00\xff",
    ):
        assert await _hand_in(brand, told) == 200
    assert (await _addresses(brand))["email"] == ("m***@example.com", None, None)
    brand.member_id = other
    assert (await _addresses(brand))["email"] == ("h***@example.com", None, None)
