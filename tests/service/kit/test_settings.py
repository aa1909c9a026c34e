"""A process with bad settings does not start."""

import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[3]


def test_a_process_with_bad_settings_ends_with_78_and_one_line() -> None:
    code = "from kit import settings; settings.load(settings.ProcessSettings)"
    environment = {"OMO_ENVY": "x", "PYTHONPATH": "gen"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=_ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 78
    assert done.stderr == "cannot start: OMO_ENVY is no setting of this process; did you mean OMO_ENV?\n"
