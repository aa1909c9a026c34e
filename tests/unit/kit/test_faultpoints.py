"""Fault points do nothing until they are armed, and then what they were told."""

import time

import pytest

from kit import consumer, faultpoints, relay, requests, timers
from kit.faultpoints import FaultInjected


@pytest.fixture(autouse=True)
def disarmed():
    yield
    faultpoints.arm("")


def test_nothing_is_armed_by_itself() -> None:
    for name in faultpoints.registered():
        faultpoints.hit(name)


def test_the_machinerys_points_are_known_for_the_sweep() -> None:
    assert {module.__name__ for module in (consumer, relay, requests, timers)} == {
        "kit.consumer", "kit.relay", "kit.requests", "kit.timers",
    }  # fmt: skip
    assert {"relay.after_publish", "consumer.after_commit", "requests.after_commit", "timers.before_commit"} <= set(
        faultpoints.registered()
    )


def test_an_armed_point_does_what_it_was_told() -> None:
    faultpoints.arm("a.b=raise, c.d=sleep:0.05")
    with pytest.raises(FaultInjected, match=r"a\.b"):
        faultpoints.hit("a.b")
    started = time.monotonic()
    faultpoints.hit("c.d")
    assert time.monotonic() - started >= 0.05
    faultpoints.hit("e.f")


@pytest.mark.parametrize("text", ["a.b", "a.b=explode", "=raise,x"])
def test_nonsense_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="OMO_FAULTS"):
        faultpoints.arm(text)
