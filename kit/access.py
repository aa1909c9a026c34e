"""Who is acting, and the per-RPC rules that decide whether they may; what no rule allows is denied."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import StrEnum

from kit.errors import Code, Fault
from omo.type.v1 import actor_pb2


class Kind(StrEnum):
    """The kinds of principal; each but ANONYMOUS has an audience of its own."""

    MEMBER = "member"
    STAFF = "staff"
    HQ = "hq"
    DEVICE = "device"
    SERVICE = "service"
    GUEST = "guest"
    ANONYMOUS = "anonymous"


AUDIENCES: Mapping[str, Kind] = {
    "shop": Kind.MEMBER,
    "staff": Kind.STAFF,
    "hq": Kind.HQ,
    "device": Kind.DEVICE,
    "service": Kind.SERVICE,
    "guest": Kind.GUEST,
}


class NotSignedIn(Fault):
    code = Code.UNAUTHENTICATED
    reason = "UNAUTHENTICATED"


class Denied(Fault):
    code = Code.PERMISSION_DENIED
    reason = "PERMISSION_DENIED"


class NotYours(Fault):
    """Said as NOT_FOUND, so that nobody learns by asking what exists."""

    code = Code.NOT_FOUND
    reason = "NOT_FOUND"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it, as it is written beside every change."""

    kind: Kind
    id: str
    terminal_id: str = ""

    def to_proto(self) -> actor_pb2.Actor:
        """The actor as events carry it."""
        return actor_pb2.Actor(
            kind=actor_pb2.ActorKind.Value(f"ACTOR_KIND_{self.kind.name}"), id=self.id, terminal_id=self.terminal_id
        )

    @classmethod
    def from_proto(cls, message: actor_pb2.Actor) -> "Actor":
        """The actor of an event; one without a kind is anonymous."""
        name = actor_pb2.ActorKind.Name(message.kind).removeprefix("ACTOR_KIND_")
        kind = Kind[name] if name in Kind.__members__ else Kind.ANONYMOUS
        return cls(kind, message.id, message.terminal_id)

    def encode(self) -> str:
        """One line for call metadata and event headers: `kind:terminal:id`."""
        return f"{self.kind.value}:{self.terminal_id}:{self.id}"

    @classmethod
    def decode(cls, text: str) -> "Actor | None":
        """What `encode` wrote, or None when it is not that."""
        kind, _, rest = text.partition(":")
        terminal_id, separator, identity = rest.partition(":")
        if not separator or kind not in set(Kind):
            return None
        return cls(Kind(kind), identity, terminal_id)


@dataclass(frozen=True, slots=True)
class Principal:
    """The verified caller; `actor` is the caller too, or whom a service acts for."""

    kind: Kind
    id: str
    audience: str = ""
    roles: frozenset[str] = frozenset()
    location_ids: tuple[str, ...] = ()
    terminal_id: str = ""
    staff_code: str = ""
    token: str = field(default="", repr=False)
    acts_for: Actor | None = None

    @property
    def actor(self) -> Actor:
        """Whom to write down as the one who did it."""
        identity = self.staff_code if self.kind is Kind.STAFF and self.staff_code else self.id
        return self.acts_for or Actor(self.kind, identity, self.terminal_id)


ANONYMOUS = Principal(Kind.ANONYMOUS, "")

_current: ContextVar[Principal] = ContextVar("omo_principal", default=ANONYMOUS)


def current() -> Principal:
    """The principal of this task: the verified caller, or whoever `acting_as` named; else ANONYMOUS."""
    return _current.get()


def become(principal: Principal) -> None:
    """Names the principal for the rest of this task: for the wrap point, which owns its task."""
    _current.set(principal)


@contextmanager
def acting_as(principal: Principal) -> Iterator[Principal]:
    """Names the principal for a block: consumers, timers and resumers act as their service."""
    token = _current.set(principal)
    try:
        yield principal
    finally:
        _current.reset(token)


def service(name: str, actor: Actor | None = None) -> Principal:
    """A service acting by itself, or for `actor` (who started what it now finishes)."""
    return Principal(Kind.SERVICE, name, audience="service", acts_for=actor)


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may call one RPC; built by `allow`."""

    anonymous: bool = False
    shop: bool = False
    staff: frozenset[str] | bool = False
    hq: frozenset[str] | bool = False
    device: bool = False
    service: frozenset[str] | bool = False
    guest: bool = False

    def permits(self, principal: Principal) -> bool:
        """True if the rule allows this principal; `anonymous` allows everybody but guests, who are always named.

        Much of what asks whether somebody is a member takes everybody else for staff: a guest is let in only where
        somebody has thought of him.
        """
        if principal.kind is Kind.GUEST:
            return self.guest
        allowed: dict[Kind, frozenset[str] | bool] = {
            Kind.MEMBER: self.shop,
            Kind.STAFF: self.staff,
            Kind.HQ: self.hq,
            Kind.DEVICE: self.device,
            Kind.SERVICE: self.service,
        }
        held = frozenset({principal.id}) if principal.kind is Kind.SERVICE else principal.roles
        return self.anonymous or _any_of(allowed.get(principal.kind, False), held)


def _any_of(allowed: frozenset[str] | bool, held: frozenset[str]) -> bool:
    return allowed if isinstance(allowed, bool) else not allowed.isdisjoint(held)


def allow(
    *,
    anonymous: bool = False,
    shop: bool = False,
    staff: Collection[str] | bool = False,
    hq: Collection[str] | bool = False,
    device: bool = False,
    service: Collection[str] | bool = False,
    guest: bool = False,
) -> Rule:
    """A rule; sets name the roles (or services) of which one is enough, True means any."""
    return Rule(anonymous, shop, _frozen(staff), _frozen(hq), device, _frozen(service), guest)


def _frozen(names: Collection[str] | bool) -> frozenset[str] | bool:
    return names if isinstance(names, bool) else frozenset(names)


# method path -> (permission, rule), as in {"/omo.x.v1.XService/Verb": ("x.verb", allow(shop=True))}
Permissions = Mapping[str, tuple[str, Rule]]


def decide(permissions: Permissions, method: str, principal: Principal) -> None:
    """Refuses unless the table holds the method and its rule permits the principal."""
    permission, rule = permissions.get(method, ("", Rule()))
    if permission and rule.permits(principal):
        return
    if principal.kind is Kind.ANONYMOUS:
        raise NotSignedIn("sign in first", permission=permission or method)
    raise Denied(f"a {principal.kind} may not do this", permission=permission or method)


def require_member(member_id: str) -> None:
    """Refuses a member who names another, as if that member did not exist; nobody and guests may name none."""
    principal = current()
    foreign = principal.kind is Kind.MEMBER and principal.id != member_id
    if foreign or principal.kind in (Kind.ANONYMOUS, Kind.GUEST):
        raise NotYours("no such member", field="member_id", member_id=member_id)


def require_location(location_id: str) -> None:
    """Refuses staff and devices that name a location which is not theirs, and members any."""
    principal = current()
    if principal.kind in (Kind.HQ, Kind.SERVICE) or location_id in principal.location_ids:
        return
    raise NotYours("no such location", field="location_id", location_id=location_id)


def require_terminal(terminal_id: str) -> None:
    """Refuses a device that names another one; services speak for the devices that they have let in."""
    principal = current()
    if principal.kind is Kind.DEVICE and terminal_id != (principal.terminal_id or principal.id):
        raise NotYours("no such terminal", field="terminal_id", terminal_id=terminal_id)
