"""How members are recognised and sign in, as every audience is shown it."""

from typing import Annotated

from fastapi import Path
from pydantic import Field, StringConstraints

from gateway.http.shapes.fields import Asked, NextPage, Shown, Time, Whole, eg, kinds
from omo.member.v1 import identifiers_pb2, identifiers_service_pb2, member_pb2

_UUID = StringConstraints(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
ID, CHALLENGE, STATE = "0199a5bf-4d2c-7e90-b7a1-5c4d3e2f1b01", "0199a5bf-4d2c-7e90-b7a1-5c4d3e2f1a00", "<state>"
Challenge = Annotated[str, StringConstraints(max_length=64), eg(CHALLENGE, "What was begun.")]
Credential = Annotated[
    dict[str, object],
    eg(
        {"id": "…", "rawId": "…", "type": "public-key", "response": {}}, "What navigator.credentials answered, as JSON."
    ),
]
IdentifierPath = Annotated[str, Path(pattern=_UUID.pattern or "", examples=[ID], description="Of this member's.")]
PasskeyPath = Annotated[str, Path(pattern=_UUID.pattern or "", examples=[ID], description="Of this member's.")]
BlockPath = Annotated[str, Path(pattern=_UUID.pattern or "", examples=[ID], description="Which block.")]
Anonymous = Annotated[
    str,
    StringConstraints(max_length=128),
    eg("", "How the browser or app called itself before, at least 16 characters that nobody else has."),
]
JoinHistory = Annotated[bool, eg(False, "What he looked at before he signed in is to be his.")]
Source = Annotated[str, StringConstraints(pattern=r"^(|app|web)$"), eg("web", "app or web.")]
Domains = Annotated[
    list[str], Field(max_length=100), eg(["gmail.com"], "For EMAIL: dots and +tags mean nothing there.")
]


class HeldIdentifier(Shown):
    """One way in which a member is recognised, or was."""

    identifier_id: Annotated[str, eg(ID, "Names it among the member's own.")]
    kind: Annotated[str, kinds(member_pb2.IdentifierKind, "CARD", "What kind of thing it is.")]
    value: Annotated[str, eg("HK00012345", "Masked for everybody but the member; empty once it has ended.")]
    state: Annotated[str, kinds(member_pb2.IdentifierState, "UNVERIFIED", "Whether it was proved, or has ended.")]
    source: Annotated[str, eg("app", "store, app, web, line, hq or import.")]
    verify_time: Annotated[Time | None, eg(None, "When the member proved it.")]
    add_time: Annotated[Time | None, eg("2026-11-22T09:30:00.000Z", "When it became his.")]
    end_time: Annotated[Time | None, eg(None, "When it ended.")]
    end_reason: Annotated[str | None, eg(None, "REMOVED, REPLACED, RECYCLED, DEMOTED or DISPUTED.")]


class HeldIdentifiers(Shown):
    """Those that the member has, then those that he had."""

    identifiers: Annotated[list[HeldIdentifier], Field(description="Newest endings last.")]


class HeldIdentifierAnswer(Shown):
    """The identifier as it is kept; null where two accounts must be merged first."""

    identifier: Annotated[HeldIdentifier | None, Field(description="The identifier as it is kept.")]


class AddIdentifier(Asked):
    """A way to recognise the member that needs no proof."""

    kind: Annotated[
        str,
        StringConstraints(pattern=r"^(CARD|EXTERNAL|APP_INSTALL|WEB)$"),
        eg("CARD", "CARD, APP_INSTALL or WEB; staff CARD; headquarters CARD or EXTERNAL."),
    ]
    value: Annotated[str, StringConstraints(min_length=1, max_length=254), eg("HK00012345", "As it is written.")]


class Dispute(Asked):
    """What is not his: one of the identifiers by id, or as it is written."""

    reason: Annotated[
        str,
        kinds(identifiers_service_pb2.DisputeReason, "NOT_MY_NUMBER", "What is not his."),
    ]
    identifier_id: Annotated[
        str | None, StringConstraints(pattern=_UUID.pattern), eg(None, "One of the member's own.")
    ] = None
    kind: Annotated[str | None, kinds(member_pb2.IdentifierKind, "PHONE", "With value, in place of identifier_id.")] = (
        None
    )
    value: Annotated[str, StringConstraints(max_length=254), eg("0912345678", "As it is written.")] = ""


class Disputed(Shown):
    """It is detached."""

    case_id: Annotated[str, eg(ID, "Under which headquarters looks at it.")]
    value_frozen: Annotated[bool, eg(True, "Nothing of the account can be spent until somebody has looked.")]


class Passkey(Shown):
    """A key pair on a member's device."""

    passkey_id: Annotated[str, eg(ID, "Names it.")]
    name: Annotated[str, eg("我的手機", "As the member calls it.")]
    synced: Annotated[bool, eg(True, "Other devices of the member have it too.")]
    add_time: Annotated[Time | None, eg("2026-11-22T09:30:00.000Z", "When it was made.")]
    last_use_time: Annotated[Time | None, eg(None, "When it last signed in.")]


class Passkeys(Shown):
    """A member's passkeys."""

    passkeys: Annotated[list[Passkey], Field(description="Oldest first.")]


class PasskeyAnswer(Shown):
    """The passkey as it is kept."""

    passkey: Annotated[Passkey, Field(description="The passkey as it is kept.")]


class ToSign(Shown):
    """What the device is to sign, within five minutes."""

    challenge_id: Annotated[str, eg(CHALLENGE, "Sent back with what the device answers.")]
    options: Annotated[
        dict[str, object],
        eg({"challenge": "…", "rpId": "shop.example"}, "For navigator.credentials, as its JSON functions take it."),
    ]
    expire_time: Annotated[Time | None, eg("2026-11-22T09:35:00.000Z", "Until when.")]


class IdentifierRule(Asked):
    """What one kind is worth, and how many a member may have."""

    kind: Annotated[str, kinds(member_pb2.IdentifierKind, "EMAIL", "Which kind.")]
    strength: Annotated[Whole, Field(ge=1, le=100), eg(3, "1 is strongest; the weakest is dropped first.")]
    most: Annotated[Whole, Field(ge=1, le=1_000), eg(3, "So many at most …")]
    period_days: Annotated[Whole, Field(ge=0, le=3_650), eg(0, "… in so many days; 0: at any one time.")] = 0
    check_digit: Annotated[
        str, kinds(identifiers_pb2.CheckDigit, "NONE", "For CARD: how a typing slip is noticed.")
    ] = "NONE"
    dotless_domains: Domains = []


class ShownRule(Shown):
    """What one kind is worth, and how many a member may have."""

    kind: Annotated[str, kinds(member_pb2.IdentifierKind, "EMAIL", "Which kind.")]
    strength: Annotated[int, eg(3, "1 is strongest; the weakest is dropped first.")]
    most: Annotated[int, eg(3, "So many at most …")]
    period_days: Annotated[int, eg(0, "… in so many days; 0: at any one time.")]
    check_digit: Annotated[str, kinds(identifiers_pb2.CheckDigit, "NONE", "For CARD: how a typing slip is noticed.")]
    dotless_domains: Domains


class IdentifierRules(Shown):
    """The rules on every kind, the strongest first."""

    rules: Annotated[list[ShownRule], Field(description="One for each kind.")]


class IdentifierRuleAnswer(Shown):
    """The rule as it is in force."""

    rule: Annotated[ShownRule, Field(description="The rule as it is in force.")]


class AddBlock(Asked):
    """A value that never means a person."""

    kind: Annotated[
        str,
        StringConstraints(pattern=r"^(|PHONE|EMAIL|CARD|LINE|EXTERNAL|APP_INSTALL|WEB)$"),
        eg("PHONE", "Of which kind; empty: of every kind."),
    ] = ""
    match: Annotated[str, kinds(identifiers_pb2.BlockMatch, "EXACT", "EXACT, PREFIX, or ONLY of these characters.")]
    text: Annotated[str, StringConstraints(min_length=1, max_length=254), eg("0912000111", "As it is written.")]
    reason: Annotated[str, StringConstraints(min_length=1, max_length=200), eg("the shop's own telephone", "Why.")]


class IdentifierBlock(Shown):
    """A value that never means a person."""

    block_id: Annotated[str, eg(ID, "Names it.")]
    kind: Annotated[str | None, kinds(member_pb2.IdentifierKind, "PHONE", "Of which kind; null: of every kind.")]
    match: Annotated[str, kinds(identifiers_pb2.BlockMatch, "EXACT", "How it is compared.")]
    text: Annotated[str, eg("+886912000111", "What it is compared with.")]
    reason: Annotated[str, eg("the shop's own telephone", "Why.")]
    add_time: Annotated[Time | None, eg("2026-11-22T09:30:00.000Z", "Since when.")]


class IdentifierBlocks(Shown):
    """What is blocked, newest first."""

    blocks: Annotated[list[IdentifierBlock], Field(description="One page of them.")]
    next_page_token: NextPage


class BlockAnswer(Shown):
    """The block as it is kept."""

    block: Annotated[IdentifierBlock, Field(description="The block as it is kept.")]
