"""Takes the names of the six databases on their servers, gives the URNs DataHub knows them by."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from dhub.errors import UsageError

PLATFORM = "urn:li:dataPlatform:postgres"
PROCEDURES = "stored_procedures"  # the client's name for the flow that holds a schema's procedures

# The client's FabricType; another word stops an ingestion.
ENVIRONMENTS = (
    "DEV", "TEST", "QA", "UAT", "EI", "PRE", "STG", "NON_PROD", "PROD", "CORP", "RVW", "PRD", "TST",
    "SIT", "SBX", "SANDBOX", "CERT",
)  # fmt: skip
_INSTANCE = re.compile(r"[A-Za-z0-9_.-]+")
_RESERVED = re.compile("[,()␟]")


@dataclass(frozen=True)
class Naming:
    """How all artefacts name things: `names` maps each of the six to its name on its server."""

    names: Mapping[str, str]
    env: str = "PROD"
    instance: str | None = None

    def name(self, database: str, *parts: str) -> str:
        """The dotted name, below the platform instance if there is one."""
        return ".".join(filter(None, (self.instance, self.names[database], *parts)))

    def dataset(self, database: str, schema: str, table: str) -> str:
        """A table or view."""
        name = _encoded(self.name(database, schema, table))
        return f"urn:li:dataset:({PLATFORM},{name},{self.env})"

    def field(self, database: str, schema: str, table: str, column: str) -> str:
        """A column."""
        return f"urn:li:schemaField:({self.dataset(database, schema, table)},{_encoded(column)})"

    def container(self, database: str, schema: str | None = None) -> str:
        """A database, or a schema of it: the MD5 of its key as the client writes it."""
        key = {"database": self.names[database], "platform": "postgres"}
        # The client takes the environment for the instance where none is set.
        key |= {"instance": self.instance or self.env} | ({"schema": schema} if schema else {})
        text = json.dumps(key, sort_keys=True, separators=(",", ":"))
        return f"urn:li:container:{md5(text)}"

    def flow(self, database: str, schema: str) -> str:
        """The flow that holds the procedures of a schema."""
        return f"urn:li:dataFlow:(postgres,{self.name(database, schema, PROCEDURES)},{self.env})"

    def job(self, database: str, schema: str, procedure: str) -> str:
        """A procedure that has no namesake with other arguments."""
        return f"urn:li:dataJob:({self.flow(database, schema)},{procedure})"


def checked_naming(names: Mapping[str, str], env: str, instance: str | None) -> Naming:
    """A Naming; raises UsageError for what DataHub would refuse or could not tell apart."""
    if env.upper() not in ENVIRONMENTS:
        raise UsageError(f"--env {env}: DataHub knows {', '.join(ENVIRONMENTS)}.")
    if instance is not None and not _INSTANCE.fullmatch(instance):
        raise UsageError(f"--platform-instance {instance}: letters, digits, dots, - and _.")
    doubled = [name for name in names.values() if list(names.values()).count(name) > 1]
    if doubled:
        raise UsageError(
            f"Two of the databases are called {doubled[0]}, each on its own server, so that DataHub"
            " would take them for one.\nGive them names of their own."
        )
    return Naming(dict(names), env.upper(), instance)


def _encoded(text: str) -> str:
    return _RESERVED.sub(lambda found: quote(found.group()), text)


def md5(text: str) -> str:
    """A stable name for what has none of its own; no secret hangs on it."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def tag(name: str) -> str:
    return f"urn:li:tag:{name}"


def term(name: str) -> str:
    return f"urn:li:glossaryTerm:{name}"


def node(name: str) -> str:
    return f"urn:li:glossaryNode:{name}"


def domain(name: str) -> str:
    return f"urn:li:domain:{name}"


def group(name: str) -> str:
    return f"urn:li:corpGroup:{name}"


def user(name: str) -> str:
    return f"urn:li:corpuser:{name}"


def product(name: str) -> str:
    return f"urn:li:dataProduct:{name}"


def query(name: str) -> str:
    return f"urn:li:query:{name}"


def structured_property(name: str) -> str:
    return f"urn:li:structuredProperty:{name}"
