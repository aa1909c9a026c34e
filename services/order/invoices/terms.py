"""The brand's terms as this process holds them: a few seconds old at most."""

from time import monotonic

from kit.postgres import Tx
from services.order.invoices import store
from services.order.invoices.domain_terms import Terms

_SECONDS = 5.0


class Held:
    """Whoever must not ask the database each time whether there is anything to ask asks here."""

    def __init__(self) -> None:
        self._terms = Terms()
        self._read_at = -_SECONDS

    async def now(self, tx: Tx) -> Terms:
        """Those in force a moment ago."""
        if monotonic() - self._read_at >= _SECONDS:
            self._terms, self._read_at = await store.terms(tx), monotonic()
        return self._terms

    def forget(self) -> None:
        """They were changed here just now."""
        self._read_at = -_SECONDS
