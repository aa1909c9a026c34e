"""Compares what the chain's own data say with what the suite answers, figure by figure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from cli.completejourney.source import Source, Weeks

K = TypeVar("K")
COMPARED = ("revenue", "units", "baskets")
ALL = (*COMPARED, "lines", "base_units")

# Asked of the raw columns, by another way than the mapping's (exact decimals here, integer cents there), so that a
# mistake of the mapping shows as a difference.
_FIGURES = """
SELECT {key} AS key,
       CAST(sum(CAST(sales_value AS DECIMAL(18, 2))) * 100 AS BIGINT) AS revenue,
       CAST(sum(if(product_id IN (FROM measured), least(quantity, 1), quantity)) AS BIGINT) AS units,
       count(DISTINCT basket_id) AS baskets,
       count(*) AS lines,
       CAST(sum(if(product_id IN (FROM measured),
                   (quantity::HUGEINT * 3785411784 + 500000000) // 1000000000, quantity)) AS BIGINT) AS base_units
  FROM rows WHERE week BETWEEN $first AND $last
 GROUP BY {key} ORDER BY {key}
"""


@dataclass(frozen=True, slots=True, order=True)
class Figures:
    """What was sold: cents, units (a good sold by measure is one), baskets, receipt lines, pieces and millilitres."""

    revenue: int = 0
    units: int = 0
    baskets: int = 0
    lines: int = 0
    base_units: int = 0

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(
            self.revenue + other.revenue,
            self.units + other.units,
            self.baskets + other.baskets,
            self.lines + other.lines,
            self.base_units + other.base_units,
        )


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure on which the two sides disagree; a missing key counts as nothing."""

    key: object
    figure: str
    source: int
    system: int


def by_store(source: Source, weeks: Weeks) -> dict[str, Figures]:
    return dict(_figures(source, "CAST(store_id AS VARCHAR)", weeks))


def by_week(source: Source, weeks: Weeks) -> dict[int, Figures]:
    return dict(_figures(source, "week", weeks))


def by_store_and_week(source: Source, weeks: Weeks) -> dict[tuple[str, int], Figures]:
    return dict(_figures(source, "(CAST(store_id AS VARCHAR), week)", weeks))


def by_household(source: Source, weeks: Weeks) -> dict[str, Figures]:
    return dict(_figures(source, "CAST(household_id AS VARCHAR)", weeks))


def differences(
    source: Mapping[K, Figures], system: Mapping[K, Figures], figures: Sequence[str] = COMPARED
) -> list[Difference]:
    """Every figure of every key of either side that is not the same on both."""
    nothing = Figures()
    return [
        Difference(key, figure, wanted, found)
        for key in keys(source, system)
        for figure in figures
        if (wanted := getattr(source.get(key, nothing), figure)) != (found := getattr(system.get(key, nothing), figure))
    ]


def table(source: Mapping[K, Figures], system: Mapping[K, Figures], figures: Sequence[str] = COMPARED) -> Iterator[str]:
    """Both sides, a line per key and one for the whole; lines that differ are marked."""
    nothing = Figures()
    yield f"{'':<12}" + "".join(f"{name + ' source':>18}{name + ' system':>18}" for name in figures)
    for key in keys(source, system):
        yield _row(str(key), source.get(key, nothing), system.get(key, nothing), figures)
    yield _row("all", sum(source.values(), nothing), sum(system.values(), nothing), figures)


def keys(source: Mapping[K, Figures], system: Mapping[K, Figures]) -> list[K]:
    """The keys of either side: numeric codes in their own order, others after them."""
    return sorted(source.keys() | system.keys(), key=lambda key: (not str(key).isdigit(), len(str(key)), str(key)))


def _row(name: str, source: Figures, system: Figures, figures: Sequence[str]) -> str:
    cells = [(figure, getattr(source, figure), getattr(system, figure)) for figure in figures]
    text = "".join(f"{_shown(figure, wanted):>18}{_shown(figure, found):>18}" for figure, wanted, found in cells)
    return f"{name:<12}{text}" + ("" if all(wanted == found for _, wanted, found in cells) else "  <-- differs")


def _shown(figure: str, value: int) -> str:
    if figure != "revenue":
        return f"{value:,}"
    return f"{'-' if value < 0 else ''}{abs(value) // 100:,}.{abs(value) % 100:02}"


def _figures(source: Source, key: str, weeks: Weeks) -> Iterator[tuple[Any, Figures]]:
    for value, *figures in source.db.execute(_FIGURES.format(key=key), weeks.bounds()).fetchall():
        yield value, Figures(*figures)
