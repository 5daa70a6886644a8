"""Takes the servers and the naming, gives recipes of `datahub ingest`, without any password."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from dhub.catalog import Catalog
from dhub.catalog.model import Column
from dhub.datahub import urns
from dhub.datahub.servers import Server
from dhub.datahub.urns import Naming
from dhub.server.home import READER

Recipe = dict[str, Any]

PASSWORD = "DHUB_READER_PASSWORD"
TOKEN = "DATAHUB_GMS_TOKEN"
GMS = "http://localhost:8080"  # of `datahub docker quickstart`
# The service of docker-compose.yml, on DataHub's network.
CONTAINER_HOST = ("bank-postgres", "5432")

_HOST = """The bank's databases into a DataHub on this machine, run on this machine:

  export DATAHUB_TELEMETRY_ENABLED=false
  export DHUB_READER_PASSWORD="$(dhub db url --reader --only-password)"
  datahub ingest run --strict-warnings -c {file}

DATAHUB_GMS_TOKEN is needed where DataHub asks for a token. `dhub datahub ingest` does the same,
and adds the metadata: glossary, owners, tags, lineage between databases, assertions."""

_CONTAINER = """The bank's databases, crawled from DataHub's own containers: paste it into its web
page (Ingestion, Create new source, Custom), and make a secret DHUB_READER_PASSWORD there of what
`dhub db url --reader --only-password` prints. It has no sink: there DataHub is its own."""

# What is nobody's business data: the client's own default, dhub's bookkeeping, extensions.
DENIED_SCHEMAS = ("information_schema", "dhub", "monitoring", "partitions", "pg_.*")

_PROFILING = {
    "enabled": True,
    # Many columns in one scan: half the time on a million rows.
    "query_combiner_flatten_enabled": True,
    "include_field_quantiles": True,
    "include_field_histogram": True,
    "include_field_distinct_value_frequencies": True,
}


# Kinds of personal data of which one value, without its row, already tells of somebody.
_TELLING = frozenset({"direct", "indirect", "free_text"})


def crawl(server: Server, naming: Naming, catalog: Catalog) -> Recipe:
    """The recipe of one server, without a sink."""
    names = list(server.names.values())
    config: Recipe = {
        **_address(server),
        "username": READER,
        "password": f"${{{PASSWORD}}}",
        # The list of databases is read here; the usual `postgres` may be shut or missing.
        "initial_database": names[0],
        "env": naming.env,
        **({"platform_instance": naming.instance} if naming.instance else {}),
        # One database that may not be entered ends the whole run: exactly these.
        "database_pattern": {"allow": [_whole(name) for name in names]},
        "schema_pattern": {"deny": [f"^{each}$" for each in DENIED_SCHEMAS]},
        "include_tables": True,
        "include_views": True,
        "include_view_lineage": True,
        "include_view_column_lineage": True,
        "include_stored_procedures": True,
        "domain": _domains(server, naming, catalog),
        "profiling": dict(_PROFILING),
        "profile_pattern": {"deny": _unprofiled(server, catalog)},
    }
    return {"pipeline_name": pipeline_name(server, naming), "source": _source("postgres", config)}


def _source(kind: str, config: Recipe) -> Recipe:
    return {"type": kind, "config": config}


def recipe_files(servers: Sequence[Server], naming: Naming, catalog: Catalog) -> dict[str, str]:
    """The files of recipes, by name: two for each server."""
    files = {}
    for server in servers:
        suffix = "" if len(servers) == 1 else f"-{next(iter(server.names))}"
        name, here = f"host{suffix}.yml", crawl(server, naming, catalog)
        files[name] = written(here | {"sink": rest(GMS)}, _HOST.format(file=name))
        there = _from_container(server, sum(each.is_here for each in servers))
        files[f"container{suffix}.yml"] = written(crawl(there, naming, catalog), _CONTAINER)
    return files


def _from_container(server: Server, here: int) -> Server:
    """The same server as DataHub's containers reach it: the one of this machine is compose's."""
    if not server.is_here:
        return server
    host, port = CONTAINER_HOST if here == 1 else ("host.docker.internal", server.port)
    return replace(server, host=host, port=port, options={})


def pipeline_name(server: Server, naming: Naming) -> str:
    """The same for each run of the same bank: DataHub remembers by it what it saw last."""
    part = None if len(server.names) == len(naming.names) else next(iter(server.names))
    return "_".join(filter(None, ("dhub", naming.instance, part)))


def rest(url: str) -> Recipe:
    """The sink that is a DataHub server."""
    return {"type": "datahub-rest", "config": {"server": url, "token": f"${{{TOKEN}:-}}"}}


def _address(server: Server) -> Recipe:
    # With public on the search path PostgreSQL writes views' tables without their schema, and the
    # client looks for them in the schema of the view.
    words = filter(None, (server.options.get("options"), "-c search_path=pg_catalog"))
    # Said here, or the crawler's own PGCLIENTENCODING would spell names and descriptions.
    options = {**server.options, "client_encoding": "UTF8", "options": " ".join(words)}
    if server.is_plain:
        address: Recipe = {"host_port": f"{server.host}:{server.port}"}
    else:
        # The client cannot write such an address, libpq's own words override what it writes.
        options = {"host": server.host, "port": server.port, **options}
        address = {"host_port": "localhost:5432"}
    return address | {"options": {"connect_args": options}}


def _whole(name: str) -> str:
    return f"^{re.escape(name)}$"


def _domains(server: Server, naming: Naming, catalog: Catalog) -> Recipe:
    """Which tables lie in which domain; a table that says nothing lies in its database's."""
    found: dict[str, list[str]] = {}
    for database, table in catalog.tables():
        if database.name in server.names and table.domain != database.domain:
            found.setdefault(table.domain, []).append(_table(server, database.name, table))
    rules = {urns.domain(each): {"allow": tables} for each, tables in sorted(found.items())}
    for database in (catalog.databases[name] for name in server.names):
        others = [name for tables in found.values() for name in tables]
        rule = rules.setdefault(urns.domain(database.domain), {"allow": []})
        rule["allow"].append(rf"^{re.escape(server.names[database.name])}(\..*)?$")
        if others:
            rule["deny"] = sorted({*rule.get("deny", []), *others} - set(rule["allow"]))
    return rules


def _unprofiled(server: Server, catalog: Catalog) -> list[str]:
    """The columns that no sample, extreme or frequency may show, a pattern for each table.

    All that are restricted, and of the confidential ones those that name or quote a person: of the
    others (amounts, states) a catalogue needs figures, and a value alone leads to nobody.
    """
    return [
        f"^{re.escape(f'{server.names[database.name]}.{table.schema}.{table.name}')}"
        rf"\.({'|'.join(shut)})$"
        for database, table in catalog.tables()
        if database.name in server.names
        and (shut := [each.name for each in table.columns.values() if _is_shut(each)])
    ]


def _is_shut(column: Column) -> bool:
    if column.classification == "confidential":
        return column.pii in _TELLING
    return column.classification == "restricted"


def _table(server: Server, database: str, table: Any) -> str:
    return _whole(f"{server.names[database]}.{table.schema}.{table.name}")


def written(recipe: Mapping[str, Any], head: str) -> str:
    """A recipe as YAML below a comment: mappings as lines, all else as JSON, which is YAML."""
    comment = "".join(f"# {line}".rstrip() + "\n" for line in head.splitlines())
    return comment + "\n".join(_lines(recipe, 0)) + "\n"


def _lines(value: Mapping[str, Any], depth: int) -> list[str]:
    lines = []
    for key, each in value.items():
        name = key if re.fullmatch(r"\w+", key) else json.dumps(key)
        if isinstance(each, dict) and each:
            lines += [f"{'  ' * depth}{name}:", *_lines(each, depth + 1)]
        elif isinstance(each, list):
            lines += [f"{'  ' * depth}{name}:"]
            lines += [f"{'  ' * (depth + 1)}- {json.dumps(item)}" for item in each]
        else:
            lines.append(f"{'  ' * depth}{name}: {json.dumps(each)}")
    return lines
