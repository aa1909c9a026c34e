"""The tables of the checkout's section."""

import statistics
from collections.abc import Mapping

from benchmarks import fleet, report
from benchmarks.checkout.figures import BARE, CART, CASES, CLIENTS, ORDER, Figures
from benchmarks.processes import Memory


def rates(figures: Figures) -> list[str]:
    """Every case at every number of clients."""
    rows = [
        [
            case,
            clients,
            f"{figures.median(case, clients, 'rate'):,.0f}",
            f"{figures.median(case, clients, 'p50'):.1f}",
            f"{figures.median(case, clients, 'p99'):.1f}",
            "" if case == BARE else f"{figures.ratio(case, clients):.2f}",
            f"{sum(one.refused for one in figures.outcomes[case, clients])}",
        ]
        for case in CASES
        for clients in CLIENTS
    ]
    return report.table(("case", "clients", "orders/s", "p50 ms", "p99 ms", "of bare", "refused"), rows)


def limits(figures: Figures) -> list[str]:
    """The machine's own limits in the same turns, and what of each an order comes to."""
    rows = [
        [
            limit,
            " / ".join(f"{statistics.median(figures.limits[limit, one]):,.0f}" for one in CLIENTS),
            " / ".join(f"{figures.of_limit(ORDER, one, limit):.3f}" for one in CLIENTS),
            " / ".join(f"{figures.of_limit(CART, one, limit):.3f}" for one in CLIENTS),
        ]
        for limit in dict.fromkeys(name for name, _ in figures.limits)
    ]
    return report.table(("limit, 1 / 8 / 32 clients", "a second", f"{ORDER}, of it", f"{CART}, of it"), rows)


def cpu(figures: Figures) -> list[str]:
    """Where the processor time of an order goes."""
    used = {case: figures.cpu_of(case) for case in CASES}
    rows = [
        [case, f"{sum(one.values()) - one['(the clients)']:.2f}", ", ".join(f"{n} {ms:.2f}" for n, ms in one.items())]
        for case, one in used.items()
    ]
    return report.table(("CPU ms an order, until settled", "sum", "by process"), rows)


def memory(idle: Mapping[str, Memory], loaded: Mapping[str, Memory]) -> list[str]:
    """What each process holds, and those of ours together."""
    rows = [
        [name, f"{idle[name].rss:.0f} / {idle[name].pss:.0f}", f"{loaded[name].rss:.0f} / {loaded[name].pss:.0f}"]
        for name in idle
    ]
    ours = [[sum(getattr(one[name], kind) for name in fleet.OURS) for kind in ("rss", "pss")] for one in (idle, loaded)]
    rows.append(["six processes of ours", *(f"{rss:.0f} / {pss:.0f}" for rss, pss in ours)])
    return report.table(("memory MB, RSS / PSS", "idle", "after the load"), rows)
