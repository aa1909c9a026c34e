"""Identifiers, and the rules on them, as the contracts tell them."""

from datetime import timedelta

from kit import fields
from kit.errors import invalid
from omo.member.v1 import identifiers_pb2, member_pb2
from services.member.identity import wire as identity
from services.member.identity.domain import By, Identifier
from services.member.identity.domain_rules import Block, CheckDigit, Former, Match, Rule

KINDS = {kind: message for message, kind in identity.KIND_OF.items()}
_DIGITS = {
    CheckDigit.NONE: identifiers_pb2.CHECK_DIGIT_NONE,
    CheckDigit.LUHN: identifiers_pb2.CHECK_DIGIT_LUHN,
    CheckDigit.GS1: identifiers_pb2.CHECK_DIGIT_GS1,
}
_DIGIT_OF = {message: digit for digit, message in _DIGITS.items()}
_MATCHES = {
    Match.EXACT: identifiers_pb2.BLOCK_MATCH_EXACT,
    Match.PREFIX: identifiers_pb2.BLOCK_MATCH_PREFIX,
    Match.ONLY: identifiers_pb2.BLOCK_MATCH_ONLY,
}
_MATCH_OF = {message: match for match, message in _MATCHES.items()}
_MOST, _DAYS, _STRENGTHS = 1_000, 3_650, 100


def kind_of(field: str, kind: member_pb2.IdentifierKind.ValueType) -> By:
    """A kind that must be given."""
    found = identity.KIND_OF.get(kind)
    if found is None:
        raise invalid(field, "must be given")
    return found


def identifier(given: Identifier, identifier_id: str, *, own: bool) -> member_pb2.Identifier:
    """One that is the member's now."""
    verified = given.verify_time is not None
    state = member_pb2.IDENTIFIER_STATE_VERIFIED if verified else member_pb2.IDENTIFIER_STATE_UNVERIFIED
    return member_pb2.Identifier(
        kind=KINDS[given.kind],
        value=given.value if own else identity.masked(given),
        verified=verified,
        verify_time=fields.timestamp(given.verify_time) if given.verify_time else None,
        source=given.source,
        state=state,
        identifier_id=identifier_id,
        add_time=fields.timestamp(given.add_time) if given.add_time else None,
    )


def ended(given: Former, identifier_id: str) -> member_pb2.Identifier:
    """One that was the member's; what it said is forgotten."""
    return member_pb2.Identifier(
        kind=KINDS[By(given.kind)],
        verified=given.verify_time is not None,
        verify_time=fields.timestamp(given.verify_time) if given.verify_time else None,
        source=given.source,
        state=member_pb2.IDENTIFIER_STATE_ENDED,
        identifier_id=identifier_id,
        add_time=fields.timestamp(given.add_time),
        end_time=fields.timestamp(given.end_time),
        end_reason=given.reason,
    )


def rule(given: Rule) -> identifiers_pb2.IdentifierRule:
    """A rule as headquarters sees it."""
    return identifiers_pb2.IdentifierRule(
        kind=KINDS[given.kind],
        strength=given.strength,
        most=given.most,
        period_days=given.period.days,
        check_digit=_DIGITS[given.check_digit],
        dotless_domains=sorted(given.dotless_domains),
    )


def rule_of(given: identifiers_pb2.IdentifierRule) -> Rule:
    """A rule as headquarters says it."""
    kind = kind_of("rule.kind", given.kind)
    _within("rule.strength", given.strength, 1, _STRENGTHS)
    _within("rule.most", given.most, 1, _MOST)
    _within("rule.period_days", given.period_days, 0, _DAYS)
    digit = _DIGIT_OF.get(given.check_digit, CheckDigit.NONE)
    if digit is not CheckDigit.NONE and kind is not By.CARD:
        raise invalid("rule.check_digit", "is for cards")
    domains = frozenset(fields.text("rule.dotless_domains", one, 253).lower() for one in given.dotless_domains)
    if domains and kind is not By.EMAIL:
        raise invalid("rule.dotless_domains", "are for e-mail addresses")
    return Rule(kind, given.strength, given.most, timedelta(days=given.period_days), digit, domains)


def block(given: Block) -> identifiers_pb2.IdentifierBlock:
    """A block as headquarters sees it."""
    return identifiers_pb2.IdentifierBlock(
        block_id=given.block_id,
        kind=KINDS[given.kind] if given.kind else member_pb2.IDENTIFIER_KIND_UNSPECIFIED,
        match=_MATCHES[given.match],
        text=given.text,
        reason=given.reason,
        add_time=fields.timestamp(given.add_time),
    )


def match_of(given: identifiers_pb2.BlockMatch.ValueType) -> Match:
    """How a block is compared; it must be given."""
    found = _MATCH_OF.get(given)
    if found is None:
        raise invalid("match", "must be EXACT, PREFIX or ONLY")
    return found


def _within(field: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise invalid(field, f"must be {least} to {most}")
