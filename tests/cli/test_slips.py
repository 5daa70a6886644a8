"""A slip in .env never leads a command to the embedded server: it ends before anything is made."""

from __future__ import annotations

from pathlib import Path

import pytest
from fixtures.command import Dhub

SLIPS = {
    "DHUB_PG_HOST: 127.0.0.1": "line 1 is no DHUB_PG_HOST=value",
    "DHUB_PGHOST=127.0.0.1": "Did you mean DHUB_PG_HOST?",
    "DHUB_PG_HOST=": "DHUB_PG_HOST is empty",
    "dhub_pg_host=127.0.0.1": "Did you mean DHUB_PG_HOST?",
}
COMMANDS = [
    ["seed", "clear", "--confirm"],
    ["seed", "all", "--scale", "0.05", "--replace"],
    ["db", "init"],
    ["db", "url"],
    ["verify"],
    ["server", "start"],
    ["server", "status"],
    ["datahub", "metadata", "bank.json"],
]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("line", SLIPS)
def test_a_slip_ends_the_command(
    line: str, words: list[str], dhub: Dhub, tmp_path: Path, data_dir: Path
) -> None:
    (tmp_path / ".env").write_text(line + "\n")
    done = dhub(*words, env={"DHUB_DATA_DIR": str(data_dir)})
    assert (done.code, done.out) == (2, "")
    assert SLIPS[line] in done.err and len(done.err.splitlines()) == 2
    assert not data_dir.exists()
    assert [each.name for each in tmp_path.iterdir()] == [".env"]
