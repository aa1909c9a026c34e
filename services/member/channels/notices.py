"""What messaging providers tell: checked for its signature, then put into words of our own."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from kit.errors import Code, Fault, invalid
from services.member.channels import contract, hook

# how long a provider may repeat itself, and how long we remember: longer
REPEATED, REMEMBERED = timedelta(days=7), timedelta(days=30)
_LINE_SIGNATURE = "x-line-signature"
_MOST = 500
_LONGEST = 5000
_OUTCOMES = {"delivered", "opened", "blocked", "unknown_address", "failed"}


class SignatureInvalid(Fault):
    code = Code.PERMISSION_DENIED
    reason = "SIGNATURE_INVALID"


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that happened at a provider; `notice_id` is its own name for it."""

    notice_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Wrote(Notice):
    """Somebody wrote to the brand; everything but text comes by its kind alone."""

    address: str = field(repr=False)
    message_ref: str
    form: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class TookBack(Notice):
    """Somebody took a message back."""

    address: str = field(repr=False)
    message_ref: str


@dataclass(frozen=True, slots=True)
class Followed(Notice):
    """Somebody takes messages (again)."""

    address: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Left(Notice):
    """Somebody has blocked the brand."""

    address: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reported(Notice):
    """What became of a message of ours."""

    message_id: str
    provider_ref: str
    outcome: str
    address: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Bounced(Notice):
    """A mail came back; it counts only for a message of ours and the address to which that went."""

    message_id: str
    # unknown_address, or failed where the address may well be right
    outcome: str
    address: str = field(repr=False)
    status: str


def from_line(body: bytes, headers: Mapping[str, str], secret: str, now: datetime, wall: datetime) -> list[Notice]:
    """LINE's webhook: HMAC-SHA256 of the body under the channel secret, base64, in `x-line-signature`.

    The signature has no time, but each event has: one older than a notice is remembered would be somebody's copy.
    """
    wanted = base64.b64encode(hmac.digest(secret.encode(), body, "sha256"))
    if not secret or not hmac.compare_digest(wanted, headers.get(_LINE_SIGNATURE, "").encode()):
        raise SignatureInvalid("the notification's signature does not verify")
    return [one for event in _events(body) if _fresh(event, wall) for one in _line(event, now)]


def from_adapter(body: bytes, headers: Mapping[str, str], secret: str, now: datetime, wall: float) -> list[Notice]:
    """An adapter's report: JSON {report_id, message_id | reference, outcome, address?, time?}, signed as ours are.

    `outcome` is delivered, opened, blocked, unknown_address or failed; `address` is who refuses, for the two that
    speak of it. `wall` is the machine's time: signatures live on it.
    """
    verify(body, headers, secret, wall)
    told = _object(body)
    outcome = _text(told, "outcome", 32)
    if outcome not in _OUTCOMES:
        raise invalid("body.outcome", f"must be one of {', '.join(sorted(_OUTCOMES))}")
    report_id = _text(told, "report_id", 200)
    if not report_id:
        raise invalid("body.report_id", "must be given")
    at = _at(told.get("time"), now)
    names = (_text(told, "message_id", 64), _text(told, "reference", 200))
    return [Reported(report_id, at, *names, outcome, _text(told, "address", 320))]


def verify(body: bytes, headers: Mapping[str, str], secret: str, wall: float) -> None:
    """Refuses what the holder of the secret has not signed just now."""
    if not hook.verifies(body, headers.get(hook.HEADER, ""), secret, wall):
        raise SignatureInvalid("the notification's signature does not verify, or is too old")


def code_of(outcome: str) -> str | None:
    """Why an address takes no more messages; None if it still does."""
    return {"blocked": contract.BLOCKED, "unknown_address": contract.UNKNOWN_ADDRESS}.get(outcome)


def _events(body: bytes) -> list[Mapping[str, Any]]:
    events = _object(body).get("events", [])
    if not isinstance(events, list) or len(events) > _MOST or not all(isinstance(one, dict) for one in events):
        raise invalid("body.events", f"must be at most {_MOST} events")
    return events


def _line(event: Mapping[str, Any], now: datetime) -> Iterator[Notice]:
    """An event of one user with the account; groups, and what other modules of the account answer, are passed over."""
    source = event.get("source")
    address = _word(source.get("userId")) if isinstance(source, dict) and source.get("type") == "user" else ""
    if not address or event.get("mode") == "standby":
        return
    notice_id, at = _notice_id(event), _moment(event.get("timestamp"), now)
    match event.get("type"), event.get("message"), event.get("unsend"):
        case "message", dict() as message, _:
            form, ref = _word(message.get("type")), _word(message.get("id"))
            yield Wrote(
                notice_id, at, address, ref, form, _word(message.get("text"), _LONGEST) if form == "text" else ""
            )
        case "unsend", _, dict() as unsend:
            yield TookBack(notice_id, at, address, _word(unsend.get("messageId")))
        case "follow", _, _:
            yield Followed(notice_id, at, address)
        case "unfollow", _, _:
            yield Left(notice_id, at, address)


def _fresh(event: Mapping[str, Any], wall: datetime) -> bool:
    told = event.get("timestamp")
    return not isinstance(told, int) or wall.timestamp() - told / 1000 < REPEATED.total_seconds()


def _notice_id(event: Mapping[str, Any]) -> str:
    """LINE repeats an event under the same id; one without is known by what it says."""
    given = _word(event.get("webhookEventId"))
    bare = {name: value for name, value in event.items() if name != "deliveryContext"}
    return given or hashlib.sha256(json.dumps(bare, sort_keys=True).encode()).hexdigest()


def _word(value: object, longest: int = 64) -> str:
    """A text that can be kept: an event that never could be would come again for ever."""
    text = value if isinstance(value, str) else ""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()[:longest]


def _moment(milliseconds: object, now: datetime) -> datetime:
    if isinstance(milliseconds, int) and 0 < milliseconds < 10**14:
        return _sane(datetime.fromtimestamp(milliseconds / 1000, UTC), now)
    return now


def _at(text: object, now: datetime) -> datetime:
    try:
        told = datetime.fromisoformat(str(text))
    except ValueError:
        return now
    return _sane(told, now) if told.tzinfo else now


def _sane(told: datetime, now: datetime) -> datetime:
    """Business time of a demo may run ahead; a provider's clock that disagrees by days means nothing to us."""
    return told if abs(told - now) < timedelta(days=2) else now


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        told = json.loads(body)
    except ValueError:
        raise invalid("body", "must be JSON") from None
    if not isinstance(told, dict):
        raise invalid("body", "must be a JSON object")
    return told


def _text(told: Mapping[str, Any], name: str, longest: int) -> str:
    value = told.get(name, "")
    if not isinstance(value, str) or len(value) > longest or "\x00" in value:
        raise invalid(f"body.{name}", f"must be at most {longest} characters")
    return value
