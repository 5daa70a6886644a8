"""What follows the load is spread over the processors that sort: the server's."""

from __future__ import annotations

import pytest

from dhub.estate.databases import Estate
from dhub.estate.hold import Hold
from dhub.flow import finish
from dhub.flow.crew import processors


def test_a_server_here_has_our_processors(ready_estate: Estate) -> None:
    with Hold(ready_estate) as hold:
        assert finish._sorters(hold, ready_estate.databases) == processors()


def test_another_server_says_what_it_can_do_at_once(
    ready_estate: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finish, "is_here", lambda host, address: False)
    with Hold(ready_estate) as hold:
        hold.each(lambda conn, _: conn.execute("SET max_parallel_workers = 5"))
        hold.each(lambda conn, _: conn.execute("SET max_parallel_workers = 3"), ["loans_db"])
        assert finish._sorters(hold, ready_estate.databases) == 3
        hold.each(lambda conn, _: conn.execute("SET max_parallel_workers = 0"), ["loans_db"])
        assert finish._sorters(hold, ready_estate.databases) == 1
