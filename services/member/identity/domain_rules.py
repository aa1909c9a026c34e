"""What identifiers are worth: strength, limits, blocks, and which of those that came together may stay together."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from kit.errors import Code, Fault
from services.member.identity import domain
from services.member.identity.domain import By, Identifier


class IdentifierBlocked(Fault):
    code = Code.INVALID_ARGUMENT
    reason = "IDENTIFIER_BLOCKED"


class IdentifierLimited(Fault):
    code = Code.FAILED_PRECONDITION
    reason = "IDENTIFIER_LIMITED"


class IdentifierUnknown(Fault):
    code = Code.NOT_FOUND
    reason = "IDENTIFIER_UNKNOWN"


class LastLogin(Fault):
    code = Code.FAILED_PRECONDITION
    reason = "LAST_LOGIN"


class CheckDigit(StrEnum):
    """How a card number proves that it was typed right."""

    NONE = "none"
    LUHN = "luhn"
    GS1 = "gs1"


class Match(StrEnum):
    """How a block is compared with a value."""

    EXACT = "exact"
    PREFIX = "prefix"
    ONLY = "only"


class Ending(StrEnum):
    """Why an identifier is no longer somebody's."""

    REMOVED = "REMOVED"
    REPLACED = "REPLACED"
    RECYCLED = "RECYCLED"
    # another proved what was only said to be his
    DEMOTED = "DEMOTED"
    # he, or somebody at a counter, says that it is not his
    DISPUTED = "DISPUTED"


class Why(StrEnum):
    """Why an identifier of several was left out."""

    TAKEN = "taken"
    LIMITED = "limited"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class Former:
    """An identifier that was somebody's; what it said is forgotten."""

    kind: str
    lookup: bytes
    source: str
    verify_time: datetime | None
    add_time: datetime
    end_time: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Rule:
    """What one kind is worth, and how many somebody may have."""

    kind: By
    strength: int
    most: int
    period: timedelta = timedelta()
    check_digit: CheckDigit = CheckDigit.NONE
    dotless_domains: frozenset[str] = frozenset()

    def since(self, now: datetime) -> datetime | None:
        """From when on they are counted; None where only those that he has now count."""
        return now - self.period if self.period else None


@dataclass(frozen=True, slots=True)
class Block:
    """A value that never means a person."""

    block_id: str
    kind: By | None
    match: Match
    text: str
    reason: str
    add_time: datetime

    def hits(self, identifier: Identifier) -> bool:
        """Whether it means this one; letters are compared without their case."""
        if self.kind not in (None, identifier.kind):
            return False
        value, text = identifier.value.casefold(), self.text.casefold()
        match self.match:
            case Match.EXACT:
                return value == text
            case Match.PREFIX:
                return value.startswith(text)
            case Match.ONLY:
                return set(value) <= set(text)


@dataclass(frozen=True, slots=True)
class Rules:
    """What headquarters has said about identifiers."""

    kinds: Mapping[By, Rule]
    blocks: Sequence[Block]

    def of(self, kind: By) -> Rule:
        """A kind on which nothing is said is the weakest, and unlimited."""
        return self.kinds.get(kind) or Rule(kind, 100, 1_000)

    def normalised(self, kind: By, text: str) -> str | None:
        """The one way to write a value; None if it is none, or its check digit is wrong."""
        value = domain.normalised(kind, text)
        rule = self.of(kind)
        if value is None or kind is By.PHONE:
            return value
        if kind is By.EMAIL:
            return folded(value, rule.dotless_domains)
        return value if kind is not By.CARD or checks(value, rule.check_digit) else None

    def blocked(self, identifier: Identifier) -> bool:
        """Whether the value never means a person."""
        return any(block.hits(identifier) for block in self.blocks)

    def refuse_blocked(self, identifier: Identifier, field: str) -> None:
        """Refuses a value that never means a person."""
        if self.blocked(identifier):
            message = f"{field}: this {identifier.kind} never means a person"
            raise IdentifierBlocked(message, field=field, kind=identifier.kind)


def folded(email: str, dotless: Collection[str]) -> str:
    """One address for one mailbox, where the domain is known to hear dots and tags as nothing."""
    local, _, at = email.rpartition("@")
    if at not in dotless:
        return email
    bare = local.partition("+")[0].replace(".", "")
    return f"{bare or local}@{at}"


def checks(card: str, digit: CheckDigit) -> bool:
    """Whether the number's last digit is what the others make it."""
    if digit is CheckDigit.NONE:
        return True
    digits = re.sub(r"[^0-9]", "", card)
    if len(digits) < 2 or len(digits) != len(re.sub(r"[/_-]", "", card)):
        return False
    return _luhn(digits) if digit is CheckDigit.LUHN else _gs1(digits)


def _luhn(digits: str) -> bool:
    doubled = [int(one) * (2 if place % 2 else 1) for place, one in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def _gs1(digits: str) -> bool:
    return sum(int(one) * (3 if place % 2 else 1) for place, one in enumerate(reversed(digits))) % 10 == 0


@dataclass(frozen=True, slots=True)
class Met:
    """An identifier that came with others, and whose it is so far."""

    identifier: Identifier
    holder: str | None


@dataclass(frozen=True, slots=True)
class Settled:
    """Who is meant, what he gets, and what was left out."""

    member_id: str | None
    fresh: tuple[Identifier, ...]
    dropped: tuple[tuple[Identifier, Why], ...]


# member -> kind -> how many count against its limit
Counts = Mapping[str, Mapping[By, int]]


def settle(met: Sequence[Met], rules: Rules, counts: Counts, member_id: str | None = None) -> Settled:
    """Whom identifiers that came together mean.

    Nobody: somebody new. One: he gets the others, if limits hold. Where they
    mean several, or would give one too many, the weakest is dropped and they
    are looked at again: the tablet in the shop must not make everybody who
    touches it one person. `member_id` is who it is known to be beforehand.
    """
    kept = sorted((one for one in met if not rules.blocked(one.identifier)), key=lambda one: _place(one, rules))
    out = [one for one in met if rules.blocked(one.identifier)]
    while True:
        holders = {one.holder for one in kept if one.holder} | ({member_id} if member_id else set())
        if len(holders) <= 1 and not _over(kept, rules, counts.get(next(iter(holders), ""), {})):
            break
        out.append(kept.pop())
    meant = next(iter(holders), None)
    fresh = tuple(one.identifier for one in kept if one.holder is None)
    lost = [one for one in out if one.holder is None or one.holder != meant]
    return Settled(meant, fresh, tuple((one.identifier, _why(one, meant, rules)) for one in lost))


def _place(one: Met, rules: Rules) -> tuple[int, bool]:
    """Strongest first; of one kind, those that are somebody's already."""
    return rules.of(one.identifier.kind).strength, one.holder is None


def _over(kept: Sequence[Met], rules: Rules, has: Mapping[By, int]) -> bool:
    fresh = [one.identifier.kind for one in kept if one.holder is None]
    return any(has.get(kind, 0) + fresh.count(kind) > rules.of(kind).most for kind in set(fresh))


def _why(one: Met, meant: str | None, rules: Rules) -> Why:
    if rules.blocked(one.identifier):
        return Why.BLOCKED
    return Why.TAKEN if one.holder not in (None, meant) else Why.LIMITED
