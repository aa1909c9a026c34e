"""Rules as messages, as kept documents, and as the domain knows them."""

import json
from collections.abc import Sequence
from datetime import UTC
from typing import Any

from google.protobuf import json_format

from kit.errors import invalid
from omo.inventory.v1 import availability_pb2 as pb
from services.inventory import wire as fields
from services.inventory.availability import domain_author
from services.inventory.availability.domain_filters import Clause, Field, Filter
from services.inventory.availability.domain_rules import Display, Kind, Rule, Ruleset, Show
from services.inventory.availability.domain_versions import Version

_MOST_CLAUSES = 20
_MOST_VALUES = 500


def rules(given: Sequence[pb.AvailabilityRule]) -> tuple[Rule, ...]:
    """What an author wrote, checked."""
    if len(given) > domain_author.MOST_RULES:
        raise invalid("rules", f"must be at most {domain_author.MOST_RULES}")
    found = tuple(_rule(f"rules[{number}]", one) for number, one in enumerate(given))
    domain_author.check(found)
    return found


def _rule(path: str, given: pb.AvailabilityRule) -> Rule:
    kind = fields.choice(f"{path}.kind", pb.AvailabilityRuleKind, given.kind, "AVAILABILITY_RULE_KIND_")
    if kind == "UNSPECIFIED":
        raise invalid(f"{path}.kind", "must be given")
    fields.text(f"{path}.note", given.note, 500)
    return Rule(
        rule_id=fields.code(f"{path}.rule_id", given.rule_id),
        kind=Kind(kind),
        goods=_filter(f"{path}.goods", given.goods),
        places=_filter(f"{path}.places", given.places),
        channel_ids=frozenset(fields.code(f"{path}.channel_ids", one) for one in given.channel_ids),
        start=fields.moment(given.start_time, f"{path}.start_time") if given.HasField("start_time") else None,
        end=fields.moment(given.end_time, f"{path}.end_time") if given.HasField("end_time") else None,
        quantity=given.quantity,
        allowed=given.allowed,
        display=_display(f"{path}.display", given, Kind(kind)),
    )


def _display(path: str, given: pb.AvailabilityRule, kind: Kind) -> Display:
    if not given.HasField("display") and kind is not Kind.DISPLAY:
        return Display()
    show = fields.choice(f"{path}.kind", pb.StockDisplayKind, given.display.kind, "STOCK_DISPLAY_KIND_")
    if show == "UNSPECIFIED":
        raise invalid(f"{path}.kind", "must be given")
    return Display(Show(show), given.display.low_below, given.display.high_from)


def _filter(path: str, given: pb.AvailabilityFilter) -> Filter:
    include = [_clause(f"{path}.include[{number}]", one) for number, one in enumerate(given.include)]
    exclude = [_clause(f"{path}.exclude[{number}]", one) for number, one in enumerate(given.exclude)]
    for name, clauses in (("include", include), ("exclude", exclude)):
        if len(clauses) > _MOST_CLAUSES:
            raise invalid(f"{path}.{name}", f"must be at most {_MOST_CLAUSES}")
    return Filter(tuple(include), tuple(exclude), _every(f"{path}.match", given.match))


def _every(path: str, match: Any) -> bool:
    return fields.choice(path, pb.FilterMatch, match, "FILTER_MATCH_") == "ALL"


def _clause(path: str, given: pb.FilterClause) -> Clause:
    name = fields.choice(f"{path}.field", pb.FilterField, given.field, "FILTER_FIELD_")
    if name == "UNSPECIFIED":
        raise invalid(f"{path}.field", "must be given")
    if not 1 <= len(given.values) <= _MOST_VALUES:
        raise invalid(f"{path}.values", f"must be 1 to {_MOST_VALUES}")
    values = frozenset(fields.text(f"{path}.values", one, 200, empty=False) for one in given.values)
    if name == Field.OPTION and not all("=" in one for one in values):
        raise invalid(f"{path}.values", "must look like size=M")
    return Clause(Field(name), values, _every(f"{path}.match", given.match))


def document(given: Sequence[pb.AvailabilityRule]) -> str:
    """The rules as they are kept, with the names that authors use."""
    return json.dumps([json_format.MessageToDict(one, preserving_proto_field_name=True) for one in given])


def _messages(kept: str) -> list[pb.AvailabilityRule]:
    # a field that a newer release wrote must not stop an older one
    return [json_format.ParseDict(one, pb.AvailabilityRule(), ignore_unknown_fields=True) for one in json.loads(kept)]


def ruleset(version: int, kept: str) -> Ruleset:
    """A kept version, ready to decide."""
    return Ruleset(version, tuple(_rule(f"rules[{number}]", one) for number, one in enumerate(_messages(kept))))


def version(given: Version, *, whole: bool = True) -> pb.AvailabilityRules:
    """A version as its readers see it."""
    message = pb.AvailabilityRules(
        version=given.version,
        state=pb.AvailabilityRulesState.Value(f"AVAILABILITY_RULES_STATE_{given.state}"),
        note=given.note,
        rules=_messages(given.document) if whole else (),
        create_time=fields.timestamp(given.create_time.astimezone(UTC)),
        actor=fields.actor(given.actor_kind, given.actor_id, given.actor_terminal_id),
    )
    if given.activate_time:
        message.activate_time.CopyFrom(fields.timestamp(given.activate_time))
    return message
