"""Shows an exception as logs may: what it is and where it arose, never its words, which may be a person's."""

import traceback
from pathlib import PurePath

# what the database tells of a failure without telling whose row it was
_NAMES = ("sqlstate", "constraint_name", "table_name", "column_name", "reason")
_PARTS = 3


def of(error: BaseException) -> str:
    """In one line, such as `UniqueViolationError (23505 members_pkey) at member/identity/store.py:88 in insert`."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "site-packages" not in frame.filename] or frames
    return f"{_kind(error)} at {_place(ours[-1])}" if ours else _kind(error)


def traced(error: BaseException) -> str:
    """With every frame, and with the exceptions that led to it, the first of them first."""
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    inner = error.exceptions if isinstance(error, BaseExceptionGroup) else ()
    frames = (f"  {_place(frame)}" for frame in traceback.extract_tb(error.__traceback__))
    above = [traced(before)] if before is not None else []
    return "\n".join([*above, *map(traced, inner), _kind(error), *frames])


def _kind(error: BaseException) -> str:
    told = [str(value) for name in _NAMES if (value := getattr(error, name, None)) and isinstance(value, str)]
    return f"{type(error).__name__} ({' '.join(told)})" if told else type(error).__name__


def _place(frame: traceback.FrameSummary) -> str:
    return f"{'/'.join(PurePath(frame.filename).parts[-_PARTS:])}:{frame.lineno} in {frame.name}"
