"""Protobuf to and from hours of service."""

from datetime import date

from kit.errors import invalid
from omo.member.v1 import conversation_pb2 as pb
from services.member.conversation.domain_hours import Hours, Window
from services.member.messages.wire import clock, minute


def hours(message: pb.ServiceHours) -> Hours:
    """Hours as they were asked for."""
    windows = tuple(
        Window(
            one.weekday, *(minute(f"hours.windows[{index}].{end}", getattr(one, end)) for end in ("opens", "closes"))
        )
        for index, one in enumerate(message.windows)
    )
    closed = frozenset(_day(f"hours.closed_days[{index}]", text) for index, text in enumerate(message.closed_days))
    return Hours(message.version, message.answer_minutes, windows, closed)


def message(kept: Hours) -> pb.ServiceHours:
    """Hours as they are told."""
    return pb.ServiceHours(
        windows=[
            pb.ServiceWindow(weekday=one.weekday, opens=clock(one.start), closes=clock(one.end)) for one in kept.windows
        ],
        closed_days=[day.isoformat() for day in sorted(kept.closed)],
        answer_minutes=kept.minutes,
        version=kept.version,
    )


def _day(field: str, text: str) -> date:
    try:
        return date.fromisoformat(text) if len(text) == 10 else _no_day(field)
    except ValueError:
        return _no_day(field)


def _no_day(field: str) -> date:
    raise invalid(field, "must be a day such as 2026-02-17")
