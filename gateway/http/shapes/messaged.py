"""Templates, rules and messages over HTTP."""

from typing import Annotated

from pydantic import Field, StringConstraints

from gateway.http.shapes.fields import Asked, MemberId, NextPage, Shown, Time, Version, Whole, eg, kinds
from omo.member.v1 import messages_pb2 as pb

_PLACES = "Places: {param}, {member_name}, {tier}, {points}, {link}, {unsubscribe_link}; a brace is written twice."
_OUT = "MARKETING must hold {unsubscribe_link}."
_TEXT = "您關注的 {sku} 已到貨：{link}\n不再收到：{unsubscribe_link}"
_HTML = '<p>{member_name}</p><p><a href="{unsubscribe_link}">不再收到</a></p>'
Purpose = Annotated[
    str,
    kinds(pb.MessagePurpose, "MARKETING", "MARKETING needs consent; SERVICE unless refused; TRANSACTIONAL always."),
]
Locale = Annotated[str, eg("zh-TW", "zh-TW or en.")]
Clock = Annotated[str, StringConstraints(max_length=5), eg("21:00", "HH:MM in the brand's zone.")]
Channels = Annotated[list[str], Field(max_length=5), eg(["line", "email"], "line, push, email, sms: best first.")]
TemplateId = Annotated[str, eg("autumn_sale", "The brand's own code of a template.")]


class TextIn(Asked):
    """One language's words."""

    locale: Locale
    subject: Annotated[str, eg("{member_name}，秋裝到了", "One line, at most 200 characters.")]
    text: Annotated[str, eg(_TEXT, f"At most 2,000 characters. {_PLACES} {_OUT}")]
    html: Annotated[str, eg(_HTML, f"For e-mail; values are escaped. Empty: the text alone. {_OUT}")] = ""


class PutTemplate(Asked):
    """A template as it should be."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=100), eg("到貨通知", "For people.")]
    purpose: Purpose
    params: Annotated[list[str], Field(max_length=20), eg(["sku"], "What whoever sends it gives; nothing personal.")]
    texts: Annotated[list[TextIn], Field(min_length=1, max_length=2, description="Each language once.")]
    link: Annotated[str, eg("https://shop.example.com/p/{sku}", "Where {link} leads; https.")] = ""


class TemplateText(Shown):
    """One language's words."""

    locale: Locale
    subject: Annotated[str, eg("{member_name}，秋裝到了", "One line.")]
    text: Annotated[str, eg(_TEXT, _PLACES)]
    html: Annotated[str, eg(_HTML, "For e-mail; empty: the text alone.")]


class Template(Shown):
    """A text with named places."""

    template_id: TemplateId
    name: Annotated[str, eg("到貨通知", "For people.")]
    purpose: Purpose
    params: Annotated[list[str], eg(["sku"], "What whoever sends it gives.")]
    texts: Annotated[list[TemplateText], Field(description="Each language once.")]
    link: Annotated[str, eg("https://shop.example.com/p/{sku}", "Where {link} leads.")]
    version: Version
    update_time: Time


class TemplateAnswer(Shown):
    """The version that is used."""

    template: Annotated[Template, Field(description="The version in use.")]


class TemplatePage(Shown):
    """Templates by their codes."""

    templates: Annotated[list[Template], Field(description="By their codes.")]
    next_page_token: NextPage


class PreviewTemplate(Asked):
    """Values to try."""

    locale: Locale = "zh-TW"
    params: Annotated[dict[str, str], eg({"sku": "COAT-CAMEL-M"}, "Of the template's params.")] = {}


class RenderedMessage(Shown):
    """The words, for nobody in particular."""

    locale: Locale
    subject: Annotated[str, eg("王小明，秋裝到了", "One line.")]
    text: Annotated[str, eg("您關注的 COAT-CAMEL-M 已到貨", "The text.")]
    html: Annotated[str, eg("", "For e-mail.")]


class RenderedAnswer(Shown):
    """The message as it would be sent."""

    message: Annotated[RenderedMessage, Field(description="The words.")]


class MessageRulesIn(Asked):
    """How the brand writes."""

    quiet_from: Clock
    quiet_to: Annotated[str, eg("09:00", "HH:MM; the same as quiet_from: never quiet.")]
    per_day: Annotated[Whole, Field(ge=0), eg(1, "Marketing messages to one member in 24 hours; 0: no limit.")]
    per_week: Annotated[Whole, Field(ge=0), eg(3, "In seven days; 0: no limit.")]
    block_limit_bp: Annotated[Whole, eg(500, "More blocks than so many of 10,000 sent stop a channel or campaign.")]
    block_min_sent: Annotated[Whole, eg(200, "Not before so many were sent.")]
    channels: Channels
    locale: Locale
    version: Annotated[int, eg(0, "The version that was read: somebody else's change is not overwritten.")]


class PutMessageRules(Asked):
    """The rules as they should be."""

    rules: MessageRulesIn


class MessageRules(Shown):
    """How the brand writes."""

    quiet_from: Clock
    quiet_to: Annotated[str, eg("09:00", "HH:MM in the brand's zone.")]
    per_day: Annotated[int, eg(1, "Marketing messages to one member in 24 hours.")]
    per_week: Annotated[int, eg(3, "In seven days.")]
    block_limit_bp: Annotated[int, eg(500, "Of 10,000.")]
    block_min_sent: Annotated[int, eg(200, "Not before so many were sent.")]
    channels: Channels
    locale: Locale
    version: Version


class MessageRulesAnswer(Shown):
    """The rules that decide; version 0 are the defaults."""

    rules: MessageRules


class PreferencesIn(Asked):
    """What the member likes; what is empty is as the brand has it."""

    locale: Annotated[str, eg("en", "zh-TW, en, or empty.")] = ""
    quiet_from: Annotated[str, eg("20:00", "HH:MM; hours of his own beside the brand's.")] = ""
    quiet_to: Annotated[str, eg("10:30", "HH:MM.")] = ""
    channels: Channels = []


class Preferences(Shown):
    """What the member likes."""

    locale: Annotated[str, eg("en", "Empty: as the brand.")]
    quiet_from: Annotated[str, eg("20:00", "Empty: none of his own.")]
    quiet_to: Annotated[str, eg("10:30", "Empty: none of his own.")]
    channels: Channels


class PreferencesAnswer(Shown):
    """What holds."""

    preferences: Annotated[Preferences, Field(description="What he likes.")]


class Message(Shown):
    """A message that was meant for a member; neither its text nor an address is kept."""

    message_id: Annotated[str, eg("0199a5c3-1a00-7b11-8c22-0a1b2c3d4e5f", "Its id.")]
    member_id: MemberId
    purpose: Purpose
    template_id: TemplateId
    campaign_id: Annotated[str | None, eg("autumn", "The campaign; null: none.")]
    state: Annotated[str, kinds(pb.MessageState, "SENT", "UNKNOWN may have been sent, and is not sent again.")]
    cause: Annotated[str | None, eg(None, "Why it waits or was not sent, such as NO_CONSENT, QUIET, CAPPED.")]
    channel: Annotated[str | None, eg("line", "What carries it.")]
    send_time: Annotated[Time | None, Field(description="When a provider took it.")]
    deliver_time: Annotated[Time | None, Field(description="When it reached the device or mailbox.")]
    open_time: Annotated[Time | None, Field(description="When it was first opened.")]
    click_time: Annotated[Time | None, Field(description="When its link was first followed.")]
    block_time: Annotated[Time | None, Field(description="When an address refused the brand.")]


class MessagePage(Shown):
    """Messages, newest first."""

    messages: Annotated[list[Message], Field(description="Newest first.")]
    next_page_token: NextPage


class ChannelHealth(Shown):
    """What a channel has carried since it was last let go on."""

    channel: Annotated[str, eg("line", "Its name.")]
    sent: Annotated[int, eg(5200, "Messages that its provider took.")]
    blocked: Annotated[int, eg(31, "Addresses that refused the brand.")]
    halt_time: Annotated[str | None, eg(None, "Since when it stands still; null: it does not.")]
    halt_reason: Annotated[str | None, eg(None, "Why.")]


class ChannelList(Shown):
    """The channels that messages go by."""

    channels: list[ChannelHealth]


class ChannelAnswer(Shown):
    """One of them."""

    channel: Annotated[ChannelHealth, Field(description="How it fares.")]
