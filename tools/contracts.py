"""Compiles protos/ into the Python packages of gen/."""

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

from google.protobuf.descriptor_pb2 import FileDescriptorSet

ROOT = Path(__file__).resolve().parent.parent
PROTOS = ROOT / "protos"
GEN = ROOT / "gen"


class GenerationFailed(Exception):
    """The protocol compiler refused the contracts."""


def run(arguments: Sequence[str]) -> None:
    """Runs the compiler over contracts, or says what it refused."""
    includes = [f"-I{PROTOS}", f"-I{resources.files('grpc_tools') / '_proto'}"]
    programs = Path(sys.executable).parent
    plugins = [f"--plugin=protoc-gen-{name}={programs}/protoc-gen-{name}" for name in ("mypy", "mypy_grpc")]
    command = [sys.executable, "-m", "grpc_tools.protoc", *includes, *plugins, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    if done.returncode:
        raise GenerationFailed(done.stderr.strip())


def sources() -> list[str]:
    """Every contract file, named as its imports name it."""
    return sorted(path.relative_to(PROTOS).as_posix() for path in PROTOS.rglob("*.proto"))


def describe() -> FileDescriptorSet:
    """The contracts with their comments, as the compiler understands them."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "contracts.pb"
        run([f"--descriptor_set_out={out}", "--include_source_info", "--include_imports", *sources()])
        return FileDescriptorSet.FromString(out.read_bytes())


def compile_into(folder: Path) -> None:
    """Writes messages for every file, and stubs only for files that hold a service."""
    folder.mkdir(parents=True, exist_ok=True)
    run([f"--python_out={folder}", f"--mypy_out=quiet:{folder}", *sources()])
    own = set(sources())
    served = sorted(file.name for file in describe().file if file.service and file.name in own)
    if served:
        run([f"--grpc_python_out={folder}", f"--mypy_grpc_out=quiet:{folder}", *served])


def stale(fresh: Path, committed: Path = GEN) -> list[str]:
    """Files under omo/ that differ between a fresh run and what is committed."""

    def read(folder: Path) -> dict[str, bytes]:
        paths = [*(folder / "omo").rglob("*.py"), *(folder / "omo").rglob("*.pyi")]
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}

    new, old = read(fresh), read(committed)
    return sorted(name for name in new.keys() | old.keys() if new.get(name) != old.get(name))


def _replace(fresh: Path) -> int:
    changed = stale(fresh)
    for name in changed:
        target, source = GEN / name, fresh / name
        if not source.exists():
            target.unlink()
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(source.read_bytes())
    return len(changed)


def main() -> int:
    """Brings gen/ up to date; unchanged files keep their time stamps."""
    try:
        with tempfile.TemporaryDirectory() as folder:
            compile_into(Path(folder))
            changed = _replace(Path(folder))
    except GenerationFailed as failure:
        print(failure, file=sys.stderr)
        return 1
    print(f"gen: {len(sources())} contracts, {changed} files changed")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
