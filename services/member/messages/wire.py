"""Protobuf to and from what is written to members."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from asyncpg import Record

from kit import fields
from kit.errors import invalid
from omo.member.v1 import engagement_events_pb2 as events
from omo.member.v1 import messages_pb2 as pb
from services.member.messages.domain import Purpose
from services.member.messages.domain_hours import Quiet
from services.member.messages.domain_sending import Liked, Rules
from services.member.messages.domain_templates import LOCALES, Template, Words

if TYPE_CHECKING:
    from services.member.messages.outcomes import Told

CHANNELS = ("line", "push", "email", "sms", "console")
_NAME = 100
_MOST = 1000


def touch(one: "Told") -> events.TouchRecorded:
    """The event that a message touched a member."""
    event = events.TouchRecorded(
        touch_id=one.touch_id,
        member_id=one.row["member_id"],
        kind=one.kind,
        channel=one.channel,
        campaign_id=one.row["campaign_id"],
        message_id=one.row["message_id"],
    )
    event.business_time.CopyFrom(fields.timestamp(one.moment))
    event.meta.aggregate_id = one.row["member_id"]
    event.meta.business_time.CopyFrom(fields.timestamp(one.moment))
    return event


def halted(campaign_id: str, channel: str, sent: int, blocked: int, now: datetime) -> events.CampaignHalted:
    """The event that a campaign or channel stopped itself."""
    event = events.CampaignHalted(campaign_id=campaign_id, channel=channel, sent=sent, blocked=blocked)
    event.meta.aggregate_id = campaign_id or channel
    event.meta.business_time.CopyFrom(fields.timestamp(now))
    return event


def template(message: pb.Template) -> Template:
    """A template as it was asked for."""
    if message.purpose not in pb.MessagePurpose.values() or not message.purpose:
        raise invalid("template.purpose", f"must be one of {', '.join(one.name for one in Purpose)}")
    return Template(
        fields.code("template.template_id", message.template_id),
        0,
        fields.text("template.name", message.name, _NAME),
        Purpose(message.purpose),
        tuple(message.params),
        tuple(Words(one.locale, one.subject, one.text, one.html) for one in message.texts),
        message.link,
    )


def template_message(kept: Template) -> pb.Template:
    """A template as it is told."""
    assert kept.update_time is not None, "what is kept has its time"
    return pb.Template(
        template_id=kept.template_id,
        name=kept.name,
        purpose=pb.MessagePurpose.ValueType(kept.purpose),
        params=kept.params,
        texts=[pb.TemplateText(locale=w.locale, subject=w.subject, text=w.text, html=w.html) for w in kept.texts],
        link=kept.link,
        version=kept.version,
        update_time=fields.timestamp(kept.update_time),
    )


def rendered(words: Words) -> pb.RenderedMessage:
    """Words as they would be sent."""
    return pb.RenderedMessage(locale=words.locale, subject=words.subject, text=words.text, html=words.html)


def minute(field: str, text: str) -> int:
    """A time of day, "HH:MM", as a minute."""
    hours, colon, minutes = text.partition(":")
    shaped = colon and len(hours) == len(minutes) == 2 and (hours + minutes).isascii() and (hours + minutes).isdigit()
    if not shaped or int(hours) > 23 or int(minutes) > 59:
        raise invalid(field, "must be a time of day such as 21:30")
    return int(hours) * 60 + int(minutes)


def clock(found: int | None) -> str:
    """A minute as a time of day."""
    return "" if found is None else f"{found // 60:02}:{found % 60:02}"


def channels(field: str, asked: Any) -> tuple[str, ...]:
    if len(set(asked)) != len(asked) or not set(asked) <= set(CHANNELS):
        raise invalid(field, f"must be some of {', '.join(CHANNELS)}, each once")
    return tuple(asked)


def _locale(field: str, asked: str, *, empty: bool = False) -> str:
    if asked not in LOCALES and not (empty and not asked):
        raise invalid(field, f"must be one of {', '.join(LOCALES)}")
    return asked


def rules(message: pb.MessageRules) -> Rules:
    """Rules as they were asked for."""
    for name in ("per_day", "per_week"):
        if not 0 <= getattr(message, name) <= _MOST:
            raise invalid(f"rules.{name}", f"must be 0 to {_MOST}")
    if not 1 <= message.block_limit_bp <= 10_000:
        raise invalid("rules.block_limit_bp", "must be 1 to 10000")
    if message.block_min_sent < 1:
        raise invalid("rules.block_min_sent", "must be at least 1")
    if not message.channels:
        raise invalid("rules.channels", "must name at least one channel")
    quiet = Quiet(minute("rules.quiet_from", message.quiet_from), minute("rules.quiet_to", message.quiet_to))
    limits = (message.per_day, message.per_week, message.block_limit_bp, message.block_min_sent)
    found = channels("rules.channels", message.channels)
    return Rules(message.version, quiet, *limits, found, _locale("rules.locale", message.locale))


def rules_message(found: Rules) -> pb.MessageRules:
    """Rules as they are told."""
    return pb.MessageRules(
        quiet_from=clock(found.quiet.start),
        quiet_to=clock(found.quiet.end),
        per_day=found.per_day,
        per_week=found.per_week,
        block_limit_bp=found.block_limit_bp,
        block_min_sent=found.block_min_sent,
        channels=found.channels,
        locale=found.locale,
        version=found.version,
    )


def liked(member_id: str, message: pb.MessagePreferences) -> Liked:
    """What a member said that he likes."""
    quiet = None
    if message.quiet_from or message.quiet_to:
        ends = (minute(f"preferences.{name}", getattr(message, name)) for name in ("quiet_from", "quiet_to"))
        quiet = Quiet(*ends)
    locale = _locale("preferences.locale", message.locale, empty=True)
    return Liked(member_id, locale, quiet, channels("preferences.channels", message.channels))


def preferences(member_id: str, row: Record | None) -> pb.MessagePreferences:
    """What he likes, as it is told."""
    if row is None:
        return pb.MessagePreferences(member_id=member_id)
    return pb.MessagePreferences(
        member_id=row["member_id"],
        locale=row["locale"],
        quiet_from=clock(row["quiet_from"]),
        quiet_to=clock(row["quiet_to"]),
        channels=row["channels"],
        version=row["version"],
    )


_TIMES = ("next_time", "send_time", "deliver_time", "open_time", "click_time", "block_time")


def message(row: Record) -> pb.Message:
    """What became of a message."""
    found = pb.Message(
        message_id=row["message_id"],
        member_id=row["member_id"],
        purpose=row["purpose"],
        template_id=row["template_id"],
        template_version=row["template_version"],
        campaign_id=row["campaign_id"],
        state=row["state"],
        cause=row["cause"],
        channel=row["channel"],
    )
    for name in _TIMES:
        if row[name] is not None:
            getattr(found, name).CopyFrom(fields.timestamp(row[name]))
    return found


def health(row: Record) -> pb.ChannelHealth:
    """How a channel fares."""
    found = pb.ChannelHealth(
        channel=row["channel"], sent=row["sent"], blocked=row["blocked"], halt_reason=row["halt_reason"]
    )
    if row["halt_time"] is not None:
        found.halt_time.CopyFrom(fields.timestamp(row["halt_time"]))
    return found
