"""Takes servers, naming and metadata, runs DataHub's client: everything into a file or a server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata as distributions
from pathlib import Path
from time import monotonic
from typing import IO, Any

from dhub.catalog import Catalog
from dhub.datahub import recipes
from dhub.datahub.metadata import Sections, write_json
from dhub.datahub.records import Fact, dangling, facts
from dhub.datahub.servers import Server
from dhub.datahub.urns import Naming
from dhub.errors import DatabaseFailed, Fault, UsageError
from dhub.estate import channel
from dhub.needs import installation, require
from dhub.output import write_output

Watch = Callable[[str], None]

LEAST = (1, 7, 0, 15)  # earlier clients reflect PostgreSQL's types less well
# By the client's own name: dhub may have been installed from a folder, and no index knows it then.
_INSTALL = f"Install it with: {installation('datahub')}"

# Snapshots, the client's older form, become proposals, so that all records are alike.
_UNPACKED = {"extractor": "generic", "extractor_config": {"unpack_mces_into_mcps": True}}


@dataclass(frozen=True)
class Gathered:
    """What the client made of databases and metadata: a file of records while it is open.

    `missing` are URNs that something names and nothing tells of, each with who names it.
    """

    whole: Path
    facts: Sequence[Fact]
    records: int
    warnings: tuple[str, ...]
    missing: Mapping[str, str]
    seconds: float


def check_client() -> None:
    """Raises UsageError where DataHub's client is not installed, or too old."""
    require("datahub")
    found = distributions.version("acryl-datahub")
    numbers = tuple(int(each) for each in found.split(".")[:4] if each.isdigit())
    if numbers < LEAST:
        least = ".".join(map(str, LEAST))
        raise UsageError(f"DataHub's client {found} is older than {least}.\n{_INSTALL}")


@contextmanager
def gathered(
    servers: Sequence[Server],
    naming: Naming,
    catalog: Catalog,
    sections: Sections,
    watch: Watch,
) -> Iterator[Gathered]:
    """Crawl the servers by the client, join the metadata, all in one temporary file.

    The client reads the metadata when it is sent or loaded. To have it written by the client here,
    too, took longer than the crawl, and changed nothing.
    """
    started = monotonic()
    with tempfile.TemporaryDirectory(prefix="dhub-datahub-") as folder:
        place = Path(folder)
        records: list[Any] = []
        warnings: list[str] = []
        for number, server in enumerate(servers):
            target = place / f"{number}-crawl.json"
            warnings += _run(
                [_crawl(server, naming, catalog, target)],
                {recipes.PASSWORD: server.password or ""},
                watch,
                "crawling",
            )
            records += json.loads(target.read_text(encoding="utf-8"))
        records += (each for proposals in sections.values() for each in proposals)
        write_json(whole := place / "whole.json", records)
        told, found = tuple(dict.fromkeys(warnings)), list(facts(records))
        took = monotonic() - started
        yield Gathered(whole, found, len(records), told, dangling(found), took)


def _crawl(server: Server, naming: Naming, catalog: Catalog, target: Path) -> dict[str, Any]:
    """The recipe of one server into a file of proposals, guarded as our own connections are."""
    recipe = recipes.crawl(server, naming, catalog)
    guarded = channel.guard({"host": server.host, **server.options})
    recipe["source"]["config"]["options"]["connect_args"] |= guarded
    recipe["source"] |= _UNPACKED
    recipe["sink"] = {"type": "file", "config": {"filename": str(target)}}
    return recipe


def send(path: Path, url: str, token: str | None, watch: Watch) -> tuple[str, ...]:
    """Send a file to a DataHub server; gives what the client warned of."""
    source = {"type": "file", "config": {"path": str(path)}}
    recipe = {"source": source | _UNPACKED, "sink": recipes.rest(url)}
    recipe["sink"]["config"] = {"server": url} | (
        {"token": f"${{{recipes.TOKEN}}}"} if token else {}
    )
    return tuple(_run([recipe], {recipes.TOKEN: token or ""}, watch, "sending"))


def deliver(whole: Path, output: Path) -> None:
    """Leave the file where it was asked for."""
    write_output(output, whole.read_text(encoding="utf-8"))


def _run(
    wanted: list[dict[str, Any]], secrets: Mapping[str, str], watch: Watch, stage: str
) -> list[str]:
    """Run recipes in a process of the client; gives its warnings, raises what failed."""
    with tempfile.TemporaryFile() as log:
        told = _told(wanted, secrets, watch, stage, log)
        if len(told) < len(wanted):
            raise Fault(f"DataHub's client ended in the middle: {_last_line(log)}")
    if failures := [line for each in told for line in each["failures"]]:
        raise DatabaseFailed("DataHub's client failed: " + "\n".join(failures))
    return [line for each in told for line in each["warnings"]]


def _told(
    wanted: list[dict[str, Any]],
    secrets: Mapping[str, str],
    watch: Watch,
    stage: str,
    log: IO[bytes],
) -> list[dict[str, Any]]:
    """The client's own word on each recipe, its progress passed on."""
    watch(stage)
    debug = os.environ.get("DHUB_DEBUG") == "1"
    told = []
    with subprocess.Popen(
        [sys.executable, "-P", "-m", "dhub.datahub.client"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=None if debug else log,
        text=True,
        env=os.environ | {"DATAHUB_TELEMETRY_ENABLED": "false"},
    ) as process:
        assert process.stdin and process.stdout
        try:
            with process.stdin as into:
                json.dump({"recipes": wanted, "secrets": dict(secrets)}, into)
            for line in process.stdout:
                found = json.loads(line)
                if "records" in found:
                    watch(f"{stage}: {found['records']:,} records")
                else:
                    told.append(found)
        except BaseException:
            process.kill()
            raise
    return told


def _last_line(log: IO[bytes]) -> str:
    log.seek(0)
    lines = log.read().decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it gave no reason"
