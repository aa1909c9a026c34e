"""Who did something, as a journal kept it, for those who may be told."""

from kit.access import Actor, Kind, Principal
from omo.type.v1 import actor_pb2

_SHOPPERS = frozenset({Kind.MEMBER, Kind.GUEST, Kind.ANONYMOUS})


def actor(kind: str, identity: str, terminal_id: str) -> actor_pb2.Actor | None:
    """None where it was not kept yet."""
    return Actor(Kind(kind), identity, terminal_id).to_proto() if kind else None


def may_be_told(principal: Principal) -> bool:
    """Whoever works for the brand; shoppers are not told who did it, or at which terminal."""
    return principal.kind not in _SHOPPERS
