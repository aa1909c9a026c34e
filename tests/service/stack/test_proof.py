"""In which order the proof of all services asks what was recorded and what was taken."""

from typing import Any

from cli.fleet.proof import Prover
from omo.audit.v1 import audit_service_pb2 as pb

HEARERS = {"order": {"inventory": ["omo.inventory.v1.SourcingDecided"]}}


class Trading:
    """Audits of services that go on trading: between any two questions one more event is recorded and taken."""

    def __init__(self, *never_taken: str) -> None:
        self._events = ["e0", *never_taken]
        self._never_taken = set(never_taken)

    async def ListEventIds(self, asked: pb.ListEventIdsRequest, **_: Any) -> pb.ListEventIdsResponse:
        known = [one for one in self._events if asked.side == pb.EVENT_SIDE_PUBLISHED or one not in self._never_taken]
        self._events.append(f"e{len(self._events)}")
        return pb.ListEventIdsResponse(event_ids=known)


async def test_what_is_recorded_while_the_proof_runs_is_no_loss() -> None:
    trading: Any = Trading()
    (proved,) = await Prover({"order": trading, "inventory": trading}, ()).events(HEARERS)
    assert (proved.examined, proved.drifts) == (1, ())


async def test_what_was_never_taken_is_named_with_its_repair() -> None:
    trading: Any = Trading("lost")
    (proved,) = await Prover({"order": trading, "inventory": trading}, ()).events(HEARERS)
    assert [drift.repair for drift in proved.drifts] == ["omoctl republish inventory --event lost"]
