"""`omoctl import products|components|prices|locations`: a file of masters, checked row by row."""

from pathlib import Path
from typing import Annotated

import typer

from cli import shown
from cli.goods import loading
from cli.stack.home import Home

File = Annotated[Path, typer.Argument(help="CSV (UTF-8, first line names the columns) or JSON lines (.jsonl).")]
Mapping = Annotated[Path | None, typer.Option(help="JSON of column to field; none: columns are fields.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Check every row and change nothing.")]
Errors = Annotated[Path | None, typer.Option(help="Write every error as CSV here.")]


def products(file: File, mapping: Mapping = None, dry_run: DryRun = False, errors: Errors = None) -> None:
    """Load products from a file; what is applied already changes nothing when it is applied again."""
    _load("PRODUCTS", file, mapping, errors, dry_run)


def components(file: File, mapping: Mapping = None, dry_run: DryRun = False, errors: Errors = None) -> None:
    """Load what kits are made of: kit_sku, sku, quantity; 0 takes a part out."""
    _load("COMPONENTS", file, mapping, errors, dry_run)


def prices(file: File, mapping: Mapping = None, dry_run: DryRun = False, errors: Errors = None) -> None:
    """Load prices: price_list_id, sku, amount in minor units (or removed); currency_code of a new list."""
    _load("PRICES", file, mapping, errors, dry_run)


def locations(file: File, mapping: Mapping = None, dry_run: DryRun = False, errors: Errors = None) -> None:
    """Load places: location_id, and what of kind, name, groups, ships, pickup and so on is to change."""
    _load("LOCATIONS", file, mapping, errors, dry_run)


def _load(kind: str, file: Path, mapping: Path | None, errors: Path | None, dry_run: bool) -> None:
    if not shown.run(loading.load(Home.open(), file, mapping, errors, kind=kind, dry_run=dry_run)):
        raise typer.Exit(1)
