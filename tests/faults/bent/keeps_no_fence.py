"""An order whose saga's holder stalls, and then changes what is no longer its own: nobody compares the fence."""

from kit import leases
from services.order.checkout import store_placing
from tests.faults.bent import running, stalls

__all__ = ["stalls"]


def _unfenced(statement: str, fence: str, anything: str) -> str:
    assert fence in statement, f"a switch that changes nothing: no {fence} in {statement}"
    return statement.replace(fence, anything)


for _name in ("_RENEW", "_FINISH", "_AGAIN"):
    setattr(leases, _name, _unfenced(getattr(leases, _name), "fence = $3", "$3::bigint IS NOT NULL"))
for _name in ("_CONFIRM", "_REFUSE"):
    setattr(store_placing, _name, _unfenced(getattr(store_placing, _name), "timers.fence = given.fence", "true"))

if __name__ == "__main__":
    running.run()
