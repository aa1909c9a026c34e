"""What can go wrong at a till, each with what to do."""


class StorelinkError(Exception):
    """Every failure of this library."""


class JournalInUse(StorelinkError):
    """Another process holds the journal; two writers would number the same sequences."""


class JournalDamaged(StorelinkError):
    """A fact in the journal is not what was written: keep the file, call for help."""


class RecordedOtherwise(StorelinkError):
    """The same sale_id or fact_id was recorded before with other content."""


class NotRefused(StorelinkError):
    """Only a fact that the store door could not read may be corrected."""


class Refused(StorelinkError):
    """The server refused a question or a command; `reason` and `details` say why."""

    def __init__(self, code: str, reason: str, message: str, details: dict[str, str] | None = None) -> None:
        super().__init__(f"{reason}: {message}")
        self.code = code
        self.reason = reason
        self.message = message
        self.details = details or {}


class Offline(StorelinkError):
    """The server cannot be asked now."""


class NotAllowedOffline(StorelinkError):
    """The offline limits forbid it; `limit` names which one."""

    def __init__(self, limit: str, message: str) -> None:
        super().__init__(f"{limit}: {message}")
        self.limit = limit


class CannotPrice(StorelinkError):
    """The till's own reference data do not say what this costs."""


class CodeRefused(StorelinkError):
    """What a member showed is no code of his, is too old, or was shown before: have the next one shown."""


class VoucherRefused(StorelinkError):
    """A voucher is no voucher of this till's, is over, or holds less: sell without it, or ask for a line."""
