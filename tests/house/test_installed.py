"""What `make demo` installs holds what its processes import: whoever develops has everything, and would not notice."""

import re
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, packages_distributions, requires

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.tree import ROOT, Source, imports, planted, sources

_RUN = {"kit", "services", "gateway", "cli", "simulators", "omo_pricing", "omo_storelink"}
# processes of their own, which say themselves what they lack
_APART = ("services.inventory.planner", "cli.completejourney", "cli.commands.weeks")
_OURS = {*_RUN, "omo", "tests", "tools", "benchmarks"}
_PROVIDED = packages_distributions()


def fleet_extras(makefile: str) -> set[str]:
    """The extras that the fleet is installed with."""
    (line,) = re.findall(r"^FLEET := (.*)$", makefile, re.MULTILINE)
    return set(re.findall(r"--extra (\w+)", line))


def closure(extras: Iterable[str]) -> set[str]:
    """Every distribution that comes with these extras of ours."""
    waiting = {("omo", frozenset(extras))}
    found: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        found.add(one := waiting.pop())
        each = {(canonicalize_name(need.name), frozenset(need.extras)) for need in _needed(*one)}
        waiting |= each - found
    return {name for name, _ in found}


def _needed(name: str, extras: Iterable[str]) -> Iterator[Requirement]:
    try:
        given = requires(name) or []
    except PackageNotFoundError:
        return
    for requirement in map(Requirement, given):
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in (*extras, "")):
            yield requirement


def strangers(given: Iterable[Source], installed: set[str]) -> list[str]:
    """Imports of the fleet's code that no installed distribution provides."""
    return [
        f"{source.path}:{line} imports {name}"
        for source in given
        if source.parts[0] in _RUN and not source.module.startswith(_APART)
        for line, name in imports(source)
        if (top := name.split(".")[0]) not in sys.stdlib_module_names and top not in _OURS
        if not installed & {canonicalize_name(each) for each in _PROVIDED.get(top, ())}
    ]


def test_the_fleet_has_what_it_imports() -> None:
    extras = fleet_extras((ROOT / "Makefile").read_text())
    assert strangers(sources(), closure(extras)) == []


def test_a_planted_import_is_found() -> None:
    source = planted("services/member/planted.py", "import py_vapid")
    assert strangers(source, closure({"gateway"})) == ["services/member/planted.py:1 imports py_vapid"]
    assert strangers(source, closure({"member"})) == []
