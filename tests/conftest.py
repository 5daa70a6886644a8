"""Fixtures by subject, in tests/fixtures."""

import gc
import signal

pytest_plugins = [
    "fixtures.command",
    "fixtures.server",
    "fixtures.logins",
    "fixtures.older_server",
    "fixtures.small_bank",
    "fixtures.catalogue",
    "fixtures.estates",
    "fixtures.bucket",
    "fixtures.cluster",
]

# A suite that runs in the background is started with Ctrl-C ignored, and so are its children: the
# tests that interrupt a run need it as it is at a terminal.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    """What is loaded stays: to look through it for garbage again and again took 0.2 s each time."""
    gc.collect()
    gc.freeze()
