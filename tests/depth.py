"""How deep a run goes: `make test` takes each thing once, `make soak` (OMO_DEPTH=soak) repeats and searches."""

import gc
import os
import re
from collections.abc import Generator

import pytest

SOAK = os.environ.get("OMO_DEPTH") == "soak"
# what fails once in ten is broken
REPEATS = int(os.environ.get("OMO_REPEATS", "10"))
EXAMPLES = 10_000 if SOAK else 100
# how long to wait for what must come, in seconds: a soak may have a busy machine, and nobody waits for it
PATIENCE = 180.0 if SOAK else 60.0
_PASSED = re.compile(r"(\d+) passing")
_EXHAUSTED = "nothing left to do"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A soak repeats the fault tests; a module says `REPEATS = 1` where repetition would bring nothing new."""
    times = getattr(metafunc.module, "REPEATS", REPEATS)
    if SOAK and times > 1 and "/faults/" in (metafunc.module.__file__ or ""):
        metafunc.fixturenames.append("repetition")
        metafunc.parametrize("repetition", range(times))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out what only a soak has time for, and what only root can do."""
    left_out = [item for item in items if _left_out(item)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not _left_out(item)]


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is collected stays: to look through a million objects again and again is a fifth of the collection's time.

    And later each look would have the loops of the services under test stand still for half a second.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_sessionfinish() -> None:
    """What was frozen is let go: extension modules report what outlives the interpreter as leaks."""
    gc.unfreeze()


def pytest_collection_finish(session: pytest.Session) -> None:
    """Stops a run whose groups were torn apart, as by pytest 9.2: each worker would start fleets of its own."""
    grouped = getattr(session.config.option, "loadgroup", False)
    torn = [item.nodeid for item in session.items if item.get_closest_marker("xdist_group") and "@" not in item.nodeid]
    if grouped and torn:
        pytest.exit(f"{len(torn)} tests lost their xdist_group, the first is {torn[0]}", returncode=4)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A soak's report tells of each property how many examples it really had: a profile is easily not applied."""
    told = getattr(item, "hypothesis_statistics", "")
    if SOAK and call.when == "call" and told:
        item.user_properties.append(("examples", sum(map(int, _PASSED.findall(told)))))
        item.user_properties.append(("exhausted", _EXHAUSTED in told))
    return (yield)


def first_of_many(request: pytest.FixtureRequest) -> bool:
    """Whether this is the repetition that leaves the broker its real patience; the others hurry it."""
    params: dict[str, object] = getattr(getattr(request.node, "callspec", None), "params", {})
    return params.get("repetition") == 0


def _left_out(item: pytest.Item) -> bool:
    if item.get_closest_marker("soak"):
        return not SOAK
    return item.get_closest_marker("needs_root") is not None and os.geteuid() != 0
