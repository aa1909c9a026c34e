"""The till's journal on its disk: what survives, who may hold it, what shows as damage."""

from pathlib import Path

import pytest

from omo_storelink import Journal, JournalDamaged, JournalInUse


def test_facts_survive_the_process(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path / "j")
    journal.record(1, "a", b"one")
    journal.acknowledge(1, 1)
    journal.record(1, "b", b"two")
    journal.close()
    again = Journal.open(tmp_path / "j")
    assert again.read(1, 1, 10) == [(1, b"one"), (2, b"two")]
    assert (again.head(1).head, again.head(1).acked) == (2, 1)
    again.close()


def test_one_process_holds_it(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path / "j")
    journal.record(1, "a", b"one")
    with pytest.raises(JournalInUse):
        Journal.open(tmp_path / "j")
    journal.close()


def test_what_was_changed_behind_our_back_shows(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path / "j")
    for number in range(3):
        journal.record(1, f"k{number}", b"sale of 100")
    journal._db.execute("UPDATE facts SET payload = ? WHERE sequence = 2", (b"sale of 10!",))
    with pytest.raises(JournalDamaged, match="fact 2"):
        journal.verify(1)
    journal._db.execute("DELETE FROM facts WHERE sequence = 2")
    with pytest.raises(JournalDamaged, match="fact 3"):
        journal.verify(1)
    journal._db.execute("DELETE FROM facts WHERE sequence = 3")
    with pytest.raises(JournalDamaged, match="at the end"):
        journal.verify(1)
    journal.close()


def test_a_file_that_is_no_journal_is_damage(tmp_path: Path) -> None:
    (tmp_path / "j").write_bytes(b"not a database at all" * 100)
    with pytest.raises(JournalDamaged):
        Journal.open(tmp_path / "j")


def test_every_commit_is_synced_to_disk(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path / "j")
    assert journal._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert journal._db.execute("PRAGMA synchronous").fetchone() == (2,)
    journal.close()


def test_numbers_are_given_once_and_none_is_lost(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path / "j")
    assert journal.record_numbered(1, "a", lambda number: f"R{number}".encode()) == (1, b"R1")
    with pytest.raises(ZeroDivisionError):
        journal.record_numbered(1, "b", lambda number: b"%d" % (number // 0))
    assert journal.record_numbered(1, "a", lambda number: f"R{number}".encode()) == (1, b"R1")
    assert journal.record_numbered(1, "c", lambda number: f"R{number}".encode()) == (2, b"R2")
    journal.close()
