"""Logs: one JSON object per line, holding only allowed keys and no telephone number."""

import logging
import re
import sys
import time
from collections.abc import Mapping, MutableMapping
from contextvars import ContextVar
from typing import Any, TextIO

from kit import access, lean
from kit.telemetry import places, traces

with lean.without("rich"):
    import structlog
    from structlog.typing import FilteringBoundLogger, Processor

# Keys of the machinery; a service adds its own ids by `allow`. Whatever else is
# passed is dropped and only its name is kept, so that nobody logs a person by accident.
_ALLOWED = set(
    "event level logger timestamp service env pid trace_id request_id principal actor exception dropped "
    "method code reason domain field rule permission seconds attempt error address metrics_address target "
    "stream subject consumer durable event_id event_type sequence count size lag timer step state fence "
    "signal version point dependency fetched pool status path".split()
)

# E.164, or a national number that begins with 0, with or without separators; keeps the last three digits
_PHONE = re.compile(r"(?<![\w.-])(\+\d|886|0)([\s()-]{0,2}\d){7,13}(?![\w-])")

request_id: ContextVar[str] = ContextVar("omo_request_id", default="")


def get(name: str) -> FilteringBoundLogger:
    """The logger of a module: `_log = logs.get(__name__)`, then `_log.info("said once", count=3)`."""
    logger: FilteringBoundLogger = structlog.get_logger(name)
    return logger


def allow(*keys: str) -> None:
    """Lets these keys through; for ids, never for what a person typed."""
    _ALLOWED.update(keys)


def mask(text: str) -> str:
    """The text with every telephone number but its last three digits hidden."""
    return _PHONE.sub(_hidden, text)


def configure(service: str, *, level: str = "INFO", env: str = "", stream: TextIO | None = None) -> None:
    """Sends structlog's and the standard library's records through the same processors."""
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _Context(service, env),
        _placed,
        _only_allowed,
        _masked,
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processor=structlog.processors.JSONRenderer(ensure_ascii=False),
            foreign_pre_chain=shared,
            keep_exc_info=False,
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # asyncpg writes a traceback for every connection that a lost database fails to refill
    logging.getLogger("asyncpg.pool").addFilter(OncePer(30.0))


class OncePer(logging.Filter):
    """Lets one record per period through, in one line, and says nothing of the rest."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds
        self._last = float("-inf")

    def filter(self, record: logging.LogRecord) -> bool:
        """True for the first record of each period, which loses its traceback."""
        now = time.monotonic()
        if now - self._last < self._seconds:
            return False
        self._last = now
        if record.exc_info and record.exc_info[1] is not None:
            record.msg = f"{record.getMessage()}: {record.exc_info[1]}"
            record.args, record.exc_info, record.exc_text = (), None, None
        return True


class _Context:
    """Adds what the task knows: trace, request, principal."""

    def __init__(self, service: str, env: str) -> None:
        self._fixed = {"service": service} | ({"env": env} if env else {})

    def __call__(self, _logger: Any, _method: str, record: MutableMapping[str, Any]) -> Mapping[str, Any]:
        for key, value in self._fixed.items():
            record.setdefault(key, value)
        principal = access.current()
        found = {
            "trace_id": traces.trace_id(),
            "request_id": request_id.get(),
            "principal": f"{principal.kind}:{principal.id}" if principal.id else "",
        }
        for key, value in found.items():
            if value:
                record.setdefault(key, value)
        return record


def _placed(_logger: Any, _method: str, record: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """An exception by its kind and its places: what it says may be somebody's name or number."""
    given = record.pop("exc_info", None)
    error = given[1] if isinstance(given, tuple) else given if isinstance(given, BaseException) else sys.exc_info()[1]
    if given and error is not None:
        record["exception"] = places.traced(error)
    return record


def _only_allowed(_logger: Any, _method: str, record: MutableMapping[str, Any]) -> Mapping[str, Any]:
    unknown = [key for key in record if key not in _ALLOWED and not key.startswith("_")]
    for key in unknown:
        del record[key]
    if unknown:
        record["dropped"] = sorted(unknown)
    return record


def _masked(_logger: Any, _method: str, record: MutableMapping[str, Any]) -> Mapping[str, Any]:
    for key, value in record.items():
        if key != "timestamp" and not key.startswith("_"):
            record[key] = _mask_value(value)
    return record


def _mask_value(value: Any) -> Any:
    match value:
        case bool() | int() | float() | None:
            return value
        case list() | tuple() | set() | frozenset():
            return [_mask_value(item) for item in value]
        case _:
            return mask(str(value))


def _hidden(match: re.Match[str]) -> str:
    digits = [character for character in match.group() if character.isdigit()]
    return "*" * (len(digits) - 3) + "".join(digits[-3:])
