"""The rule on what ships: only permissive licences, and MPL-2.0 unmodified."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from typing import Any

from packaging.markers import Marker

_GOOD = re.compile(
    r"\b(MIT|BSD|Apache|ISC|PSF|Python Software Foundation|MPL[- ]2\.0|Mozilla Public License 2\.0|CC0|Zlib|"
    r"0BSD|Unlicense|HPND)\b",
    re.IGNORECASE,
)
_BAD = re.compile(r"\b(A?GPL|LGPL|GNU|SSPL|BUSL|Commons Clause|Elastic|Proprietary|non-?commercial)\b", re.IGNORECASE)
SHIPPED_EXTRAS = ("gateway", "migrate", "cli", "member", "order")


@dataclass(frozen=True, slots=True)
class Licence:
    """What an installed package says of itself."""

    package: str
    text: str


Lock = Mapping[str, Mapping[str, Any]]


def _never_here(dependency: Mapping[str, Any]) -> bool:
    """Whether a marker keeps it off this platform and Python, as it does off the images."""
    return "marker" in dependency and not Marker(dependency["marker"]).evaluate()


def _wants(package: Mapping[str, Any], extras: tuple[str, ...]) -> list[Mapping[str, Any]]:
    optional = package.get("optional-dependencies", {})
    return [*package.get("dependencies", []), *(one for extra in extras for one in optional.get(extra, []))]


def shipped(lock: Lock, root: str = "omo", extras: tuple[str, ...] = SHIPPED_EXTRAS) -> set[str]:
    """Every package that an image or a published wheel brings along."""
    reached: set[str] = set()
    waiting = [(root, extras)]
    while waiting:
        name, wanted = waiting.pop()
        for dependency in _wants(lock[name], wanted):
            if dependency["name"] not in reached and not _never_here(dependency):
                reached.add(dependency["name"])
                waiting.append((dependency["name"], tuple(dependency.get("extra", ()))))
    return reached


def read(package: str) -> Licence:
    """The licence as the installed package's metadata states it."""
    said = metadata.metadata(package)
    # an expression is exact; the free text field may hold a whole licence, of which the first lines are the name
    for expression in said.get_all("License-Expression") or []:
        return Licence(package, expression)
    classifiers = [line for line in said.get_all("Classifier") or [] if line.startswith("License ::")]
    free = [line for text in said.get_all("License") or [] for line in text.splitlines()[:2]]
    return Licence(package, "; ".join([*free, *classifiers]))


def _tolerable(text: str) -> bool:
    """A choice (OR) needs one good side; everything joined (AND) must be good."""
    return any(_GOOD.search(side) and not _BAD.search(side) for side in re.split(r"\bOR\b", text))


def refused(licences: list[Licence]) -> list[str]:
    """Packages that may not ship."""
    return [f"{one.package}: {one.text!r}" for one in licences if not _tolerable(one.text)]
