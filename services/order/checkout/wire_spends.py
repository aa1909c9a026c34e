"""What orders use of what members hold, between protobuf and order."""

from collections.abc import Iterable, Sequence

from kit import fields
from kit.errors import invalid
from omo.type.v1 import spend_pb2
from services.order.checkout.domain_spends import Kind, Use

_KINDS = {spend_pb2.SpendKind.Value(f"SPEND_KIND_{kind}"): kind for kind in Kind}
_NUMBERS = {kind: number for number, kind in _KINDS.items()}
_MAX_RULE = 128


def uses(given: Iterable[spend_pb2.Spend]) -> tuple[Use, ...]:
    """What somebody wants to use; points have a field of their own."""
    return tuple(_use(f"spends[{place}]", spend) for place, spend in enumerate(given))


def spends(given: Sequence[Use]) -> list[spend_pb2.Spend]:
    """What is used, as events and answers say it."""
    return [
        spend_pb2.Spend(
            kind=_NUMBERS[use.kind],
            ref=use.ref,
            amount=use.amount,
            quantity=use.quantity,
            rule_id=use.rule_id,
            rule_version=use.rule_version,
            line_no=use.line_no,
            sku=use.sku,
            unit_value=use.unit_value,
            pays=use.pays,
        )
        for use in given
    ]


def _use(where: str, spend: spend_pb2.Spend) -> Use:
    kind = _KINDS.get(spend.kind)
    if kind is None:
        raise invalid(f"{where}.kind", f"must be {', '.join(Kind)}")
    if len(spend.rule_id) > _MAX_RULE:
        raise invalid(f"{where}.rule_id", f"must have at most {_MAX_RULE} characters")
    ref = "" if kind is Kind.CREDIT else fields.identifier(f"{where}.ref", spend.ref)
    return Use(
        kind, ref, spend.amount, spend.quantity, spend.rule_id, spend.rule_version, spend.line_no,
        unit_value=spend.unit_value,
    )  # fmt: skip
