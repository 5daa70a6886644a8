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
from dhub.datahub.records import Fact, dangling, read
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
    """Crawl the servers and read the metadata, both by the client, into one temporary file."""
    started = monotonic()
    with tempfile.TemporaryDirectory(prefix="dhub-datahub-") as folder:
        place = Path(folder)
        (parts := place / "parts").mkdir()
        everything = [each for proposals in sections.values() for each in proposals]
        write_json(parts / "9-metadata.json", everything)
        warnings: list[str] = []
        for number, server in enumerate(servers):
            recipe = recipes.crawl(server, naming, catalog)
            guarded = channel.guard({"host": server.host, **server.options})
            recipe["source"]["config"]["options"]["connect_args"] |= guarded
            recipe["sink"] = _file(parts / f"{number}-crawl.json")
            secrets = {recipes.PASSWORD: server.password or ""}
            warnings += _run([recipe], secrets, watch, "crawling")
        whole = place / "whole.json"
        warnings += _run(
            [{"source": _read(parts), "sink": _file(whole)}], {}, watch, "adding the metadata"
        )
        facts, told = read(whole), tuple(dict.fromkeys(warnings))
        took = monotonic() - started
        yield Gathered(whole, facts, len(facts), told, dangling(facts), took)


def send(path: Path, url: str, token: str | None, watch: Watch) -> tuple[str, ...]:
    """Send a file to a DataHub server; gives what the client warned of."""
    recipe = {"source": _read(path), "sink": recipes.rest(url)}
    recipe["sink"]["config"] = {"server": url} | (
        {"token": f"${{{recipes.TOKEN}}}"} if token else {}
    )
    return tuple(_run([recipe], {recipes.TOKEN: token or ""}, watch, "sending"))


def deliver(whole: Path, output: Path) -> None:
    """Leave the file where it was asked for."""
    write_output(output, whole.read_text(encoding="utf-8"))


def _file(path: Path) -> dict[str, Any]:
    return {"type": "file", "config": {"filename": str(path)}}


def _read(path: Path) -> dict[str, Any]:
    # Snapshots become proposals, so that all records are alike.
    unpack = {"unpack_mces_into_mcps": True}
    return {
        "type": "file",
        "config": {"path": str(path)},
        "extractor": "generic",
        "extractor_config": unpack,
    }


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
