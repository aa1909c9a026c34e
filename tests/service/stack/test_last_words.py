"""What a process that ended says to whoever started it, in one line."""

import json
from pathlib import Path

from cli.stack.child import Child


def _child(folder: Path, *said: object) -> Child:
    log = folder / "order.log"
    log.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in said))
    return Child("order", 0, "", folder / "order.pid", log)


def test_a_crash_names_what_was_raised_what_led_to_it_and_where(tmp_path: Path) -> None:
    traced = "ConnectionRefusedError (111)\n  a/b.py:1 in open\nAway\n  a/b.py:2 in main\n  a/c.py:3 in reach"
    child = _child(tmp_path, {"event": "listening"}, {"event": "crashed", "exception": traced})
    assert child.last_words(1) == "crashed: ConnectionRefusedError (111): Away: a/c.py:3 in reach"


def test_what_is_no_line_of_ours_is_shown_as_it_is(tmp_path: Path) -> None:
    child = _child(tmp_path, '{"level": 3}', "{cut off", {"event": "stopped", "error": "nobody"})
    assert child.last_words() == '{"level": 3}\n{cut off\nstopped: nobody'
    assert _child(tmp_path, {"event": "crashed", "exception": "OSError"}).last_words() == "crashed: OSError"
