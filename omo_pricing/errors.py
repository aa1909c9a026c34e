"""What the engine refuses, each time with the path of the field at fault and the rule that it breaks."""

from __future__ import annotations


class PricingError(ValueError):
    """An input that cannot be priced; `path` names the field, `rule` says what it must be."""

    def __init__(self, path: str, rule: str) -> None:
        super().__init__(f"{path}: {rule}" if path else rule)
        self.path = path
        self.rule = rule


class CartError(PricingError):
    """The cart (or the moment, or a line's price) cannot be priced."""


class UnknownSku(CartError):
    """The cart names a good that the catalogue snapshot does not hold."""


class RuleError(PricingError):
    """The rules document is not one that the engine can run; `rule_id` names the promotion rule at fault."""

    def __init__(self, path: str, rule: str, rule_id: str | None = None) -> None:
        super().__init__(path, rule)
        self.rule_id = rule_id


class RecordError(PricingError):
    """A stored price is not one that this engine wrote."""


class AllocationError(PricingError):
    """An amount cannot be split as asked: it would not come out exact, or units are named that are not there."""
