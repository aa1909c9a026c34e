"""What a checkout must do (performance.md, T1 and T10), and whether it did: said by the program, not by its reader."""

from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks import fleet, report
from benchmarks.checkout.figures import BARE, CART, CLIENTS, ORDER, Figures
from benchmarks.processes import Memory

_RATIO, _P99_MS = 0.6, 100.0
_IDLE_MB, _LOADED_MB = 600.0, 900.0


@dataclass(frozen=True, slots=True)
class Peer:
    """Its full checkouts a second at 1, 8 and 32 clients, and how many times its best ours must be."""

    name: str
    rates: tuple[float, float, float]
    times: float


# performance.md: measured once, on a machine of this kind, two application processes each; they drift by 30 %
_PEERS = (
    Peer("Medusa 2.21.2", (0.61, 1.29, 1.35), 75),
    Peer("Saleor 3.23.28", (0.69, 1.16, 1.16), 75),
    Peer("Vendure 3.7.3", (3.8, 8.3, 7.9), 12),
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One target: what it is, what must be, what was found."""

    target: str
    wanted: str
    found: str
    met: bool

    @property
    def row(self) -> list[str]:
        return [self.target, self.wanted, self.found, "met" if self.met else "MISSED"]


def judge(figures: Figures, idle: Mapping[str, Memory], loaded: Mapping[str, Memory], oversold: int) -> list[Verdict]:
    """Every target that this benchmark measures."""
    ratio, p99 = figures.ratio(ORDER, 32), figures.median(ORDER, 8, "p99")
    rate = figures.median(CART, 32, "rate")
    flows = [
        Verdict(
            f"T1: whole flow at 32 clients, times {peer.name} at its best",
            f"≥ {peer.times:g}",
            f"{rate / max(peer.rates):.0f}",
            rate >= peer.times * max(peer.rates),
        )
        for peer in _PEERS
    ]
    return [
        Verdict(f"T1: one call, of the {BARE}, 32 clients", f"≥ {_RATIO}", f"{ratio:.2f}", ratio >= _RATIO),
        Verdict("T1: one call, p99 at 8 clients", f"< {_P99_MS:.0f} ms", f"{p99:.0f} ms", p99 < _P99_MS),
        *flows,
        Verdict("T1: oversold", "0", f"{oversold}", not oversold),
        _memory("idle", idle, _IDLE_MB),
        _memory("after the load", loaded, _LOADED_MB),
    ]


def table(verdicts: list[Verdict]) -> list[str]:
    """Each target in words."""
    return report.table(("target", "wanted", "found", ""), [one.row for one in verdicts])


def peers(figures: Figures) -> list[str]:
    """The whole flow beside the peers' at the same number of clients."""
    head = ("whole flow: cart, two lines, delivery, payment, complete", *(f"{count} clients" for count in CLIENTS))
    ours = [figures.median(CART, count, "rate") for count in CLIENTS]
    rows = [["ours, orders/s", *(f"{rate:,.0f}" for rate in ours)]]
    for peer in _PEERS:
        rows.append([f"{peer.name}, orders/s", *(f"{rate:g}" for rate in peer.rates)])
        pairs = zip(ours, peer.rates, strict=True)
        rows.append([f"ours, times {peer.name}", *(f"{rate / theirs:,.0f}" for rate, theirs in pairs)])
    return report.table(head, rows)


def _memory(when: str, held: Mapping[str, Memory], most: float) -> Verdict:
    """By RSS, the harder of the two: it counts pages that processes share once for each of them."""
    rss = sum(held[name].rss for name in fleet.OURS)
    pss = sum(held[name].pss for name in fleet.OURS)
    name = f"T10: our {len(fleet.OURS)} Python processes {when}, RSS"
    return Verdict(name, f"< {most:.0f} MB", f"{rss:.0f} MB (PSS {pss:.0f})", rss < most)
