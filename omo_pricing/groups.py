"""Rules that stand together, and which of them may then give something."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from omo_pricing.errors import RuleError


class GroupMode(StrEnum):
    """Which rules of a group give something."""

    STACKABLE = "stackable"
    """All, one after the other."""
    LIST_ORDER = "list_order"
    """The first that gives anything."""
    LOWEST = "lowest_discount"
    HIGHEST = "highest_discount"


class GroupScope(StrEnum):
    """For what a group chooses."""

    ITEM = "item"
    """For each line by itself."""
    SESSION = "session"
    """Once for the whole cart."""


@dataclass(frozen=True, slots=True)
class Group:
    """Its rules and the groups inside it, in the order of their priority, equals by id."""

    id: str
    mode: GroupMode
    scope: GroupScope = GroupScope.SESSION
    priority: int = 0
    """Its own turn in the stage, or in the group around it."""
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Branch:
    """A group in its place; a leaf is a rule's place in the order of application."""

    mode: GroupMode
    scope: GroupScope
    children: tuple[Node, ...]


Node = int | Branch


class Grouped(Protocol):
    """What a rule says of where it stands."""

    @property
    def id(self) -> str: ...
    @property
    def stage(self) -> StrEnum: ...
    @property
    def priority(self) -> int: ...
    @property
    def group(self) -> str | None: ...
    @property
    def promotion(self) -> str | None: ...


@dataclass(slots=True)
class _Twig:
    """A node in the making, with what orders it among its like."""

    stage: str
    priority: int
    id: str
    node: Node

    @property
    def order(self) -> tuple[int, str]:
        return -self.priority, self.id


def turns(ordered: Sequence[Grouped], groups: Sequence[Group], stages: Sequence[str]) -> tuple[Node, ...]:
    """The top of each tree of rules, in the order of their turns; refuses a tree of several stages."""
    known = {group.id: group for group in groups}
    inside: dict[str | None, list[_Twig]] = {}
    for around, leaf in _leaves(ordered):
        inside.setdefault(around, []).extend(leaf)
    for name in _inner_first(groups):
        group = known[name]
        if twigs := inside.pop(name, []):
            branch = _joined(twigs, group.mode, group.scope, group.priority, name)
            inside.setdefault(group.parent, []).append(branch)
    top = sorted(inside.get(None, []), key=lambda twig: (stages.index(twig.stage), *twig.order))
    return tuple(twig.node for twig in top)


def leaves(node: Node) -> Iterator[int]:
    """The places of all rules under a node."""
    if isinstance(node, int):
        yield node
    else:
        for child in node.children:
            yield from leaves(child)


def _leaves(ordered: Sequence[Grouped]) -> Iterator[tuple[str | None, list[_Twig]]]:
    """By group: its own rules. Of the rules of one promotion the one that saves most counts."""
    promotions: dict[str, list[_Twig]] = {}
    around: dict[str, str | None] = {}
    for place, rule in enumerate(ordered):
        twig = _Twig(rule.stage, rule.priority, rule.id, place)
        if rule.promotion is None:
            yield rule.group, [twig]
        else:
            promotions.setdefault(rule.promotion, []).append(twig)
            around[rule.promotion] = rule.group
    for name, twigs in promotions.items():
        scope = GroupScope.SESSION if twigs[0].stage in {"order", "shipping"} else GroupScope.ITEM
        priority = max(twig.priority for twig in twigs)
        yield around[name], [_joined(twigs, GroupMode.HIGHEST, scope, priority, name)]


def _joined(twigs: Sequence[_Twig], mode: GroupMode, scope: GroupScope, priority: int, name: str) -> _Twig:
    if len({twig.stage for twig in twigs}) > 1:
        raise RuleError(f"groups[{name}]", "must hold rules of one stage only: stages run one after the other")
    children = tuple(twig.node for twig in sorted(twigs, key=lambda twig: twig.order))
    return _Twig(twigs[0].stage, priority, name, Branch(mode, scope, children))


def check(rules: Iterable[Grouped], groups: Sequence[Group]) -> None:
    """Refuses what names a group that is not there, and a promotion whose rules stand in several."""
    known = {group.id for group in groups}
    if len(known) < len(groups):
        raise RuleError("groups", "must have each id once")
    for place, group in enumerate(groups):
        if group.parent is not None and group.parent not in known:
            raise RuleError(f"groups[{place}].parent", "must be a group of the set")
    around: dict[str, str | None] = {}
    for place, rule in enumerate(rules):
        if rule.group is not None and rule.group not in known:
            raise RuleError(f"rules[{place}].group", "must be a group of the set", rule.id)
        if rule.promotion and around.setdefault(rule.promotion, rule.group) != rule.group:
            raise RuleError(f"rules[{place}].group", f"must be that of all rules of {rule.promotion}", rule.id)


def _inner_first(groups: Sequence[Group]) -> list[str]:
    """Every group before the one around it."""
    around = {group.id: group.parent for group in groups}
    done: list[str] = []
    for place, group in enumerate(groups):
        chain: list[str] = []
        at: str | None = group.id
        while at is not None and at not in chain:
            chain.append(at)
            at = around[at]
        if at is not None:
            raise RuleError(f"groups[{place}].parent", "must not lead back to the group itself")
        done = [name for name in done if name not in chain] + chain
    return done
