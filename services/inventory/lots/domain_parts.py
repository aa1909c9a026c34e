"""Lots that were named of a kit: a kit has none, the goods that it is made of have them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from services.inventory.lots.domain import Units


def of_parts(
    named: Sequence[Units], made_of: Collection[str], tracked: Collection[str]
) -> tuple[Mapping[str, tuple[Units, ...]], tuple[Units, ...]]:
    """The units of each part, and those of which nobody can say what they are of.

    Whoever does not say which part means the one that asks for lots, if it is one.
    """
    asking = [sku for sku in made_of if sku in tracked]
    found: dict[str, list[Units]] = {}
    strange = []
    for one in named:
        sku = one.sku or (asking[0] if len(asking) == 1 else "")
        if sku in made_of:
            found.setdefault(sku, []).append(replace(one, sku=""))
        else:
            strange.append(one)
    return {sku: tuple(units) for sku, units in found.items()}, tuple(strange)
