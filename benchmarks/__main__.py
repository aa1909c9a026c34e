"""Every benchmark, or those that are named, one after the other; each writes its section: `python -m benchmarks`."""

import subprocess
import sys

# from the machine's own limits to the whole suite
ALL = (
    "limits",
    "pricing",
    "promises",
    "sourcing",
    "search",
    "planner",
    "hot_sku",
    "availability",
    "members",
    "segments",
    "checkout",
    "effects",
    "orders",
    "replay",
    "newcomer",
)


def main(asked: list[str]) -> int:
    """How many of them missed a target or failed."""
    if unknown := sorted(set(asked) - set(ALL)):
        print(f"no benchmark is called {', '.join(unknown)}; there are {', '.join(ALL)}", file=sys.stderr)
        return 2
    missed = [name for name in asked or ALL if subprocess.call([sys.executable, "-m", f"benchmarks.{name}"])]
    if missed:
        print(f"targets missed, or failed: {', '.join(missed)}", file=sys.stderr)
    return len(missed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
