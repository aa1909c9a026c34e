"""The commands that a README prints, as somebody copies them into a terminal one after another."""

import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
_TYPED = ("curl ", "omoctl ", "TOKEN=")
_PATIENCE = 60.0


def commands(readme: Path) -> Iterator[str]:
    """Each command of its blocks, over as many lines as it takes; not those that start or test the whole."""
    for block in _BLOCK.findall(readme.read_text()):
        typed = ""
        for line in block.splitlines():
            line = line.partition("  #")[0].rstrip()  # noqa: PLW2901  # what is said beside it
            typed = f"{typed}\n{line}" if typed else line
            if typed.count("'") % 2 == 0 and not typed.endswith("\\"):
                if typed.startswith(_TYPED):
                    yield typed
                typed = ""


@dataclass(slots=True)
class Reader:
    """Somebody at a shell beside the demo; what a command leaves open (…) he fills in from what he saw before."""

    gateway_url: str
    environment: Mapping[str, str]
    folder: Path
    token: str = ""
    seen: dict[str, str] = field(default_factory=dict)

    def type(self, command: str, *, refused: bool = False) -> str:
        """What it prints; fails as the command fails, and where the API refuses."""
        if command.startswith("TOKEN="):
            self.token = self.seen["access_token"]
            return self.token
        for name in ("challenge_id", "code"):
            command = command.replace("…", self.seen.get(name, "…"), 1)
        assert "…" not in command, command
        script = command.replace("http://localhost:8080", self.gateway_url).replace("localhost:8080", self.gateway_url)
        done = subprocess.run(
            ["bash", "-c", f"set -euo pipefail\n{script}"],
            env={**self.environment, "TOKEN": self.token, "PATH": f"{self.folder}{os.pathsep}{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            check=False,
            timeout=_PATIENCE,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        assert ("urn:omo:reason" in done.stdout) is refused, f"{command}\n{done.stdout}"
        self._look(done.stdout)
        return done.stdout

    def _look(self, shown: str) -> None:
        """Notes what a later command asks for."""
        if shown.startswith("{"):
            for name, value in _leaves(json.loads(shown)):
                if name in ("challenge_id", "code", "access_token"):
                    self.seen[name] = str(value)


def _leaves(found: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(found, dict):
        for key, value in found.items():
            yield from _leaves(value, key)
    elif isinstance(found, list):
        for value in found:
            yield from _leaves(value, name)
    else:
        yield name, found
