"""What happens between a member and the brand, and who may see which kind of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kit.errors import Code, Fault


class RecordUnknown(Fault):
    """No such record of this member that the caller may see."""

    code = Code.NOT_FOUND
    reason = "NOT_FOUND"


class Kind(StrEnum):
    """The kinds of a timeline's records."""

    ORDER = "ORDER"
    SALE = "SALE"
    CANCELLATION = "CANCELLATION"
    HANDOVER = "HANDOVER"
    RETURN = "RETURN"
    TRIAL = "TRIAL"
    VISIT = "VISIT"
    NOTE = "NOTE"
    CALL = "CALL"
    CHAT = "CHAT"
    COMPLAINT = "COMPLAINT"
    SURVEY = "SURVEY"
    VOUCHER = "VOUCHER"
    MESSAGE = "MESSAGE"
    BROWSING = "BROWSING"
    FAVOURITE = "FAVOURITE"
    TAG = "TAG"
    CONSENT = "CONSENT"
    POINTS = "POINTS"
    IDENTITY = "IDENTITY"


class Viewer(StrEnum):
    """In what role somebody looks at a member."""

    # staff of any store, of what concerns every store
    SERVING = "SERVING"
    # staff of the store where it happened
    STORE = "STORE"
    # the staff member whom the member is bound to
    ADVISER = "ADVISER"
    SERVICE = "SERVICE"
    MARKETING = "MARKETING"
    MEMBER = "MEMBER"


V = Viewer
_STORES = frozenset({V.SERVING, V.STORE, V.ADVISER})
_CARE = frozenset({V.ADVISER, V.SERVICE})


@dataclass(frozen=True, slots=True)
class Rule:
    """Who sees that it happened, and who of them what was said."""

    sees: frozenset[Viewer]
    reads: frozenset[Viewer]


def _rule(sees: Iterable[Viewer], reads: Iterable[Viewer] | None = None) -> Rule:
    seen = frozenset(sees)
    return Rule(seen, seen if reads is None else frozenset(reads))


_TRADE = _rule(V)
RULES: Mapping[Kind, Rule] = {
    Kind.ORDER: _TRADE,
    Kind.SALE: _TRADE,
    Kind.CANCELLATION: _TRADE,
    Kind.HANDOVER: _TRADE,
    Kind.RETURN: _TRADE,
    Kind.TRIAL: _rule(V, {V.STORE, *_CARE}),
    Kind.VISIT: _rule({V.STORE, V.MEMBER, *_CARE}, {V.STORE, *_CARE}),
    Kind.NOTE: _rule({V.STORE, *_CARE}),
    Kind.CALL: _rule({V.STORE, *_CARE}),
    Kind.CHAT: _rule({V.MEMBER, V.MARKETING, *_CARE}, {V.MEMBER, *_CARE}),
    Kind.COMPLAINT: _rule(V, {V.STORE, V.MEMBER, *_CARE}),
    Kind.SURVEY: _rule({V.STORE, V.MARKETING, V.MEMBER, *_CARE}, {V.MEMBER, *_CARE}),
    Kind.VOUCHER: _TRADE,
    Kind.MESSAGE: _rule({V.MARKETING, V.MEMBER, *_CARE}),
    Kind.BROWSING: _rule({*_STORES, V.MARKETING, V.MEMBER}),
    Kind.FAVOURITE: _rule({*_STORES, V.MARKETING, V.MEMBER}),
    Kind.TAG: _rule({*_STORES, V.SERVICE, V.MARKETING}),
    Kind.CONSENT: _rule({V.ADVISER, V.SERVICE, V.MARKETING, V.MEMBER}),
    Kind.POINTS: _TRADE,
    Kind.IDENTITY: _rule({V.STORE, V.MEMBER, *_CARE}),
}
# of these staff in stores see nothing unless the member has agreed to it
SHARED = frozenset({Kind.BROWSING, Kind.FAVOURITE})


@dataclass(frozen=True, slots=True)
class Sight:
    """What somebody sees of one member: kinds wherever they happened, kinds that happened with him, and whose words."""

    anywhere: frozenset[Kind]
    here: frozenset[Kind]
    words: frozenset[Kind]
    words_here: frozenset[Kind]

    def reads(self, kind: str, own_place: bool) -> bool:
        """Whether he is told what was said in a record."""
        return kind in self.words or (own_place and kind in self.words_here)


@dataclass(frozen=True, slots=True)
class Look:
    """One look at somebody's data."""

    read_id: str
    member_id: str | None
    rpc: str
    purpose: str
    found: bool
    actor_kind: str
    actor_id: str
    actor_terminal_id: str
    business_time: datetime
    record_time: datetime


def sight(viewers: Iterable[Viewer], *, shared: bool) -> Sight:
    """What these roles see together; what is shared needs the member's word, and staff only are bound by it."""
    roles = frozenset(viewers)
    in_store = bool(roles & _STORES)
    far = roles - {Viewer.STORE}
    kinds = [kind for kind in Kind if shared or not in_store or kind not in SHARED]
    return Sight(
        anywhere=frozenset(kind for kind in kinds if RULES[kind].sees & far),
        here=frozenset(kind for kind in kinds if RULES[kind].sees & roles),
        words=frozenset(kind for kind in kinds if RULES[kind].reads & far),
        words_here=frozenset(kind for kind in kinds if RULES[kind].reads & roles),
    )


def viewers_of_staff(staff_code: str, adviser: str) -> frozenset[Viewer]:
    """A staff member in front of a member; the one whom he is bound to sees what happened elsewhere too."""
    return frozenset(_STORES if staff_code and staff_code == adviser else _STORES - {Viewer.ADVISER})


def viewers_of_hq(roles: Iterable[str]) -> frozenset[Viewer]:
    """Headquarters by role; an admin is both."""
    held = set(roles)
    seen = set()
    if held & {"admin", "service"}:
        seen.add(Viewer.SERVICE)
    if held & {"admin", "merchandiser"}:
        seen.add(Viewer.MARKETING)
    return frozenset(seen)
