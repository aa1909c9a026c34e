"""`omoctl`: one command per file of cli/commands."""

import importlib
import pkgutil

import typer

from cli import commands

app = typer.Typer(
    name="omoctl",
    help="Runs and looks after an OMO suite.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

for found in sorted(pkgutil.iter_modules(commands.__path__), key=lambda module: module.name):
    importlib.import_module(f"cli.commands.{found.name}").register(app)

if __name__ == "__main__":
    app()
