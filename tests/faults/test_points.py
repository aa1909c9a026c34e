"""The process dies at every registered fault point, once each, during a day's trade (F1)."""

import asyncio
import importlib

import pytest

from cli.stack.databases import SERVICES
from kit import faultpoints
from tests.depth import PATIENCE, SOAK
from tests.faults import trade
from tests.faults.world import World

pytestmark = pytest.mark.xdist_group("faults")
REPEATS = 1  # a sweep of many deaths is repetition enough

for _service in SERVICES:  # their modules register their points
    importlib.import_module(f"services.{_service}.main")

# the machinery's points, in the services where they mean something else each time
_EVERYWHERE = {
    "consumer": ("inventory", "member", "attribution", "order"),
    "relay": ("order", "member", "inventory", "attribution"),
    "requests": ("order", "member"),
    "timers": ("order",),
}
_OWNERS = {
    "order": "order",
    "payment": "order",
    "fulfilment": "order",
    "pickups": "order",
    "sales": "order",
    "returns": "order",
    "shipping": "order",
    "invoices": "order",
    "edits": "order",
    "preorders": "order",
    "counter": "order",
    "rerouting": "order",
    "tryouts": "order",
    "transfers": "order",
    "inventory": "inventory",
    "member": "member",
}
# a day's trade speaks to nobody and forgets nobody: test_campaign_process.py and test_privacy_process.py of
# tests/service/member die at these; nor does a pack's month end in it: test_prepaid_due.py of tests/service/order
_ELSEWHERE = {"tests", "campaigns", "messages", "packs", "privacy"}
_FEW = {
    ("order", "order.after_hold"),
    ("order", "order.after_authorise"),
    ("order", "order.before_confirm"),
    ("order", "order.after_confirm"),
    ("inventory", "consumer.before_commit"),
    ("member", "consumer.after_commit"),
    ("order", "returns.before_commit"),
}


def _sweep() -> list[tuple[str, str]]:
    """Every (service, point): a new point is swept without anybody's asking."""
    found = []
    for point in faultpoints.registered():
        first = point.partition(".")[0]
        if first in _ELSEWHERE:
            continue
        services = _EVERYWHERE.get(first) or (_OWNERS[first],)
        found += [(service, point) for service in services]
    return sorted(found)


def _case(service: str, point: str) -> object:
    few = (service, point) in _FEW
    return pytest.param(service, point, id=f"{service}-{point}", marks=() if few else pytest.mark.soak)


def test_the_few_are_points_that_exist() -> None:
    assert set(_sweep()) >= _FEW


@pytest.mark.parametrize(("service", "point"), [_case(*one) for one in _sweep()])
async def test_death_at_a_fault_point(world: World, service: str, point: str) -> None:
    async with await world.counter() as counter:
        await world.arm(service, f"{point}=exit9")
        death = asyncio.create_task(world.revived(service))
        # at its shortest a checkout dies in the morning; in a soak every death is in a whole day
        await (trade.day if SOAK or not point.startswith("order.") else trade.morning)(world, counter)
        if not death.done():  # what falls due later: quotes are swept, stores are late
            await world.fleet.clock.advance(trade.LATER)
            await world.settled(hurry=True)
        async with asyncio.timeout(PATIENCE):
            code = await death
        assert code == 9, f"{service} ended with {code}, and not at {point}"
    await world.settled(hurry=True)
    await world.promises_hold()
