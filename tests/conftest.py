"""Fixtures by subject, in tests/fixtures."""

import gc
import os
import signal
from collections.abc import Generator

import pytest

pytest_plugins = [
    "fixtures.command",
    "fixtures.server",
    "fixtures.logins",
    "fixtures.older_server",
    "fixtures.places",
    "fixtures.small_bank",
    "fixtures.catalogue",
    "fixtures.estates",
    "fixtures.states",
    "fixtures.bucket",
    "fixtures.parts",
    "fixtures.cluster",
]

# A suite that runs in the background is started with Ctrl-C ignored, and so are its children: the
# tests that interrupt a run need it as it is at a terminal.
signal.signal(signal.SIGINT, signal.default_int_handler)


# Tests that wait for patience to end. At the end of a suite they would keep one worker waiting when
# the others have nothing left to do.
_PATIENT = ("test_silence", "test_cluster", "test_cluster_refusals", "test_interrupted")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long by waiting begins."""
    items.sort(key=lambda item: item.path.stem not in _PATIENT)


def pytest_collection_finish() -> None:
    """What is loaded stays: to look through it for garbage again and again took 0.2 s each time."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True, optionalhook=True)
def pytest_xdist_auto_num_workers() -> Generator[None, int, int]:
    """Half as many workers again as there are cores: they wait a third of the time.

    What tests patience waits for it (a silent line, a lock, an interrupted run: test_silence alone
    two minutes for eleven seconds of a core), as do all while a server works for them.
    """
    cores = yield
    return cores if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ else cores + cores // 2
