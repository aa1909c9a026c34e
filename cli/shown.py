"""How omoctl speaks: progress with rich, and a failure as one line with what to do."""

import asyncio
import sys
from collections.abc import Coroutine
from typing import Any, TypeVar

import typer
from rich.console import Console

from cli.stack.trouble import Trouble

console = Console(highlight=False, soft_wrap=True)
_errors = Console(stderr=True, highlight=False, soft_wrap=True)
T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    """Runs a command's work; what its reader can act on is shown without a traceback."""
    try:
        return asyncio.run(work)
    except Trouble as trouble:
        complain(trouble)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


def complain(trouble: Trouble) -> None:
    """One line that says what went wrong, one that says what to do."""
    _errors.print(trouble.what, style="bold red", markup=False)
    _errors.print(f"→ {trouble.remedy}", markup=False)


def line(text: str) -> None:
    """One line of progress."""
    console.print(text, markup=False)
    sys.stdout.flush()
