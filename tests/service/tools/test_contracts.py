"""The compiler of contracts says what is broken."""

import pytest

from tools import contracts


def test_a_broken_contract_is_told_with_its_place() -> None:
    with pytest.raises(contracts.GenerationFailed, match="no_such_file"):
        contracts.run(["--descriptor_set_out=/dev/null", "no_such_file.proto"])
