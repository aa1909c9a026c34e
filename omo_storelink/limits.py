"""What may be sold while nobody can be asked: caps that headquarters sets, as data."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Self

from omo.storefacts.v1 import facts_pb2 as facts
from omo.type.v1 import trade_pb2
from omo_storelink.errors import NotAllowedOffline

_CASH_AND_CARD = (trade_pb2.TENDER_KIND_CASH, trade_pb2.TENDER_KIND_CARD_PRESENT)


@dataclass(frozen=True, slots=True)
class Limits:
    """Amounts in minor units; 0 means without a cap. What a shopper holds elsewhere is never spent offline."""

    max_sale_total: int = 0
    max_discount_percent: int = 100
    max_waiting_sales: int = 10_000
    max_waiting_total: int = 0
    max_hours_offline: float = 72.0
    tenders: tuple[int, ...] = _CASH_AND_CARD

    @classmethod
    def read(cls, document: str) -> Self:
        """From JSON; tender kinds by their names, such as "CASH". What is unknown is refused, not ignored."""
        given: Mapping[str, object] = json.loads(document)
        known = {each.name for each in fields(cls)}
        if unknown := sorted(set(given) - known):
            raise ValueError(f"{unknown[0]} is no limit; there are {', '.join(sorted(known))}")
        values = dict(given)
        names = values.get("tenders")
        if isinstance(names, list):
            values["tenders"] = tuple(trade_pb2.TenderKind.Value(f"TENDER_KIND_{name}") for name in names)
        return cls(**values)  # type: ignore[arg-type]

    def check(self, sale: facts.SaleFact, waiting: "Waiting") -> None:
        """Raises NotAllowedOffline, naming the limit."""
        listed = sum(line.list_total for line in sale.lines)
        net = sum(line.net_total for line in sale.lines)
        _within("max_sale_total", net, self.max_sale_total)
        _within("max_waiting_total", waiting.total + net, self.max_waiting_total)
        _within("max_waiting_sales", waiting.sales + 1, self.max_waiting_sales)
        if waiting.hours > self.max_hours_offline:
            raise NotAllowedOffline("max_hours_offline", f"no line for {waiting.hours:.1f} hours")
        if (listed - net) * 100 > listed * self.max_discount_percent:
            raise NotAllowedOffline("max_discount_percent", f"more than {self.max_discount_percent} % off")
        for tender in sale.tenders:
            if tender.kind not in self.tenders:
                raise NotAllowedOffline("tenders", f"{trade_pb2.TenderKind.Name(tender.kind)} needs the server")


@dataclass(frozen=True, slots=True)
class Waiting:
    """Sales that the server does not have yet, and how long it has been silent."""

    sales: int
    total: int
    hours: float


def _within(limit: str, value: int, cap: int) -> None:
    if cap and value > cap:
        raise NotAllowedOffline(limit, f"{value} is more than {cap}")
