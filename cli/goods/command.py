"""`omoctl import products`: a file of goods into the catalogue, checked row by row."""

from pathlib import Path
from typing import Annotated

import typer

from cli import shown
from cli.goods import loading
from cli.stack.home import Home


def products(
    file: Annotated[Path, typer.Argument(help="CSV (UTF-8, first line names the columns) or JSON lines (.jsonl).")],
    mapping: Annotated[Path | None, typer.Option(help="JSON of column to field; none: columns are fields.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check every row and change nothing.")] = False,
    errors: Annotated[Path | None, typer.Option(help="Write every error as CSV here.")] = None,
) -> None:
    """Load products from a file; what is applied already changes nothing when it is applied again."""
    if not shown.run(loading.load(Home.open(), file, mapping, errors, dry_run=dry_run)):
        raise typer.Exit(1)
