"""An order whose saga's holder stalls, and then changes what is no longer its own: nobody compares the fence."""

from kit import leases
from services.order.checkout import store_placing
from tests.faults.bent import running, stalls


def _unfenced(statement: str, fence: str, anything: str) -> str:
    assert fence in statement, f"a switch that changes nothing: no {fence} in {statement}"
    return statement.replace(fence, anything)


def bend() -> None:
    stalls.bend()
    for name in ("_RENEW", "_FINISH", "_AGAIN"):
        setattr(leases, name, _unfenced(getattr(leases, name), "fence = $3", "$3::bigint IS NOT NULL"))
    for name in ("_CONFIRM", "_REFUSE"):
        setattr(store_placing, name, _unfenced(getattr(store_placing, name), "timers.fence = given.fence", "true"))


if __name__ == "__main__":
    bend()
    running.run()
