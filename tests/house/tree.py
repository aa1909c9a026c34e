"""The project's own files, parsed once."""

import ast
import gc
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ("kit", "services", "gateway", "cli", "omo_pricing", "omo_storelink", "simulators")
CODE = (*SHIPPED, "tools", "tests", "benchmarks")


@dataclass(frozen=True, slots=True)
class Source:
    """One Python file under its path from the root of the tree."""

    path: str
    text: str

    @property
    def module(self) -> str:
        """The dotted name under which the file is imported."""
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @property
    def parts(self) -> tuple[str, ...]:
        """The folders and the file's name."""
        return tuple(self.path.split("/"))

    def tree(self) -> ast.Module:
        """The file as syntax."""
        return _parsed(self.text, self.path)


# the rules run in one worker (xdist_group "syntax"), which parses the whole tree once
@cache
def _parsed(text: str, path: str) -> ast.Module:
    parsed = ast.parse(text, path)
    gc.freeze()  # it stays: a collector that looks through millions of nodes again and again takes half of the time
    return parsed


def planted(path: str, text: str) -> list[Source]:
    """A tree of one file, for the test that a rule bites."""
    return [Source(path, text)]


@cache
def files() -> tuple[str, ...]:
    """Every file that is, or would be, under version control."""
    # a clone may belong to another user than the one who tests it
    git = ["git", "-c", f"safe.directory={ROOT}"]
    command = [*git, "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return tuple(sorted(name for name in listed.split("\0") if name and (ROOT / name).is_file()))


@cache
def sources(folders: Sequence[str] = SHIPPED) -> tuple[Source, ...]:
    """The hand-written Python files of some top folders."""
    wanted = [name for name in files() if name.endswith(".py") and name.split("/")[0] in folders]
    return tuple(Source(name, (ROOT / name).read_text()) for name in wanted)


def services() -> list[str]:
    """The services that stand in the tree."""
    return sorted({name.split("/")[1] for name in files() if name.startswith("services/") and name.count("/") > 1})


def imports(source: Source) -> Iterator[tuple[int, str]]:
    """Each imported module, or member of a module, with its line."""
    for node in ast.walk(source.tree()):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)
