"""Mails that came back (RFC 3464), as whoever runs the mail server hands them in: whole, and signed."""

import hashlib
import re
import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime
from email import message_from_bytes
from email.message import Message
from email.policy import compat32

from services.member.channels import contract, notices
from services.member.channels.notices import Bounced

KINDS = ("message/rfc822", "multipart/report")
_LARGEST = 256 * 1024
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
# RFC 3463: what is wrong with the address itself; the rest is a full mailbox, a policy, a route, the message
_NO_ADDRESS = re.compile(r"5\.(1\.([0-46]|10)|2\.1)")
_ID = re.compile(r"<([0-9a-f-]{36})@[^<>@]+>")
_MOST = 20


def is_mail(headers: Mapping[str, str]) -> bool:
    """Whether it is a mail that was handed in, and no adapter's report."""
    return headers.get("content-type", "").partition(";")[0].strip().lower() in KINDS


def from_mail(body: bytes, headers: Mapping[str, str], secret: str, now: datetime, wall: float) -> list[Bounced]:
    """What a bounce tells; nothing, if it is none, or of no message of ours."""
    notices.verify(body, headers, secret, wall)
    if len(body) > _LARGEST:
        return []
    mail = message_from_bytes(body, policy=compat32)
    message_id = _message_id(mail)
    if mail.get_content_type() != "multipart/report" or not message_id:
        return []
    name = hashlib.sha256(body).hexdigest()
    return [
        Bounced(f"{name}:{index}", now, message_id, _outcome(status), address, status)
        for index, (address, status) in enumerate(_recipients(mail))
    ][:_MOST]


def _recipients(mail: Message) -> Iterator[tuple[str, str]]:
    """Whom the mail did not reach for good, and the status."""
    for part in mail.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        # one block for the whole mail, then one for each recipient
        for block in [one for one in part.walk() if one is not part]:
            status = _STATUS.search(str(block.get("Status", "")))
            if str(block.get("Action", "")).strip().lower() != "failed" or status is None:
                continue
            told = str(block.get("Original-Recipient") or block.get("Final-Recipient") or "")
            kind, _, address = told.partition(";")
            if kind.strip().lower() == "rfc822" and "@" in address:
                yield address.strip().strip("<>").lower(), status[0]


def _message_id(mail: Message) -> str:
    """Our own id of the mail that came back, from the copy or the headers that the bounce carries."""
    for part in mail.walk():
        if part.get_content_type() not in ("message/rfc822", "text/rfc822-headers"):
            continue
        inner = part.get_payload(0) if part.is_multipart() else _headers(part)
        found = _ID.search(str(inner.get("Message-ID", ""))) if isinstance(inner, Message) else None
        if found:
            with_hyphens = found[1]
            return str(uuid.UUID(with_hyphens)) if _is_id(with_hyphens) else ""
    return ""


def _headers(part: Message) -> Message:
    raw = part.get_payload(decode=True)
    return message_from_bytes(raw if isinstance(raw, bytes) else b"", policy=compat32)


def _is_id(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False


def _outcome(status: str) -> str:
    return contract.UNKNOWN_ADDRESS if _NO_ADDRESS.fullmatch(status) else "failed"
