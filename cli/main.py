"""`omoctl`: one command per file of cli/commands, named by the file's first word."""

import importlib
import pkgutil
import sys

import typer

from cli import commands

app = typer.Typer(
    name="omoctl",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


@app.callback()
def omoctl() -> None:
    """Runs and looks after an OMO suite."""  # also keeps an app of one command from being that command


def _wanted(words: list[str]) -> list[str]:
    """The asked command's file alone, as others cost imports; all where none or help is asked for."""
    files = sorted(found.name for found in pkgutil.iter_modules(commands.__path__))
    return [name for name in files if name.partition("_")[0] in words[:1]] or files


for _name in _wanted(sys.argv[1:]):
    importlib.import_module(f"cli.commands.{_name}").register(app)

if __name__ == "__main__":
    app()
