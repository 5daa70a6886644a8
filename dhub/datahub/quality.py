"""Takes a verification, gives its checks as assertions about tables, its findings as their results.

A check that was only told, not judged, stays an assertion without a result.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dhub.catalog import Catalog
from dhub.catalog.model import Table
from dhub.datahub import urns
from dhub.datahub.proof import Proof
from dhub.datahub.proposals import UNDATED, Proposal, proposal
from dhub.datahub.urns import Naming, md5
from dhub.verify.model import FAILED, MOST_KEYS, OK, REFERENCES, Finding, Result

PLATFORM = "urn:li:dataPlatform:dhub"

# Of a whole database, told for each of its tables; the columns are what the schema promises.
_OF_DATABASE = ("rows", "constraints", "foreign_keys", "columns")
_SCHEMA = "columns"
_RESULTS = {OK: "SUCCESS", FAILED: "FAILURE"}

# PostgreSQL's types as DataHub's, by the first word.
_TYPES = {
    "bigint": "Number", "integer": "Number", "smallint": "Number", "numeric": "Number",
    "double": "Number", "date": "Date", "timestamp": "Time", "boolean": "Boolean",
    "jsonb": "Record", "json": "Record",
}  # fmt: skip
# As the service writes it. Of Avro's `com.linkedin.pegasus2avro.schema` the client knows no branch,
# takes the first that an empty record fits, and every column is a BooleanType.
_UNION = "com.linkedin.schema"


@dataclass(frozen=True)
class About:
    """A table as assertions speak of it."""

    database: str
    table: Table
    naming: Naming

    @property
    def urn(self) -> str:
        return self.naming.dataset(self.database, self.table.schema, self.table.name)

    @property
    def prefix(self) -> str:
        """What the ids of checks of its columns begin with."""
        return f"{self.database}.{self.table.name}."

    def assertion(self, check: str) -> str:
        return f"urn:li:assertion:{md5(f'{self.urn} {check}')}"


def quality(catalog: Catalog, naming: Naming, proof: Proof) -> Iterator[Proposal]:
    """Assertions of every table with the results of this verification, then the contracts."""
    about = {"name": "dhub", "displayName": "dhub verify", "type": "OTHERS"}
    yield proposal(PLATFORM, "dataPlatformInfo", about | {"datasetNameDelimiter": "."})
    for database, table in catalog.tables():
        subject = About(database.name, table, naming)
        found = list(findings_of(subject, proof.result))
        for each in found:
            yield from _assertion(subject, each, proof)
        if table.contract:
            yield from _contract(subject, found)


def findings_of(about: About, result: Result) -> Iterator[Finding]:
    """What was found about a table: checks it names, references of its columns, its database."""
    public = about.table.schema == "public"
    of_database = {f"{about.database}.{each}" for each in _OF_DATABASE}
    for each in result.findings:
        reference = each.section == REFERENCES and each.id.startswith(about.prefix)
        named = each.id in about.table.checks
        if named or (public and (reference or each.id in of_database)):
            yield each


def _assertion(about: About, found: Finding, proof: Proof) -> Iterator[Proposal]:
    urn = about.assertion(found.id)
    columns = proof.columns.get(about.database, {}).get(about.table.name, ())
    schema = found.id == f"{about.database}.{_SCHEMA}" and columns
    info = {
        "description": found.title,
        "customProperties": {"check": found.id, "section": found.section},
        "source": {"type": "EXTERNAL"},
        "lastUpdated": UNDATED,
    }
    kind = _schema(about, proof) if schema else _custom(about, found, proof)
    yield proposal(urn, "assertionInfo", kind | info)
    yield proposal(urn, "dataPlatformInstance", {"platform": PLATFORM})
    if found.status in _RESULTS:
        yield proposal(urn, "assertionRunEvent", _event(about, found, proof))


def _custom(about: About, found: Finding, proof: Proof) -> dict[str, object]:
    what: dict[str, object] = {"type": f"dhub verify: {found.section}", "entity": about.urn}
    if column := _column(about, found):
        what["field"] = about.naming.field(
            about.database, about.table.schema, about.table.name, column
        )
    if sql := proof.questions.get(found.id):
        what["logic"] = sql
    return {"type": "CUSTOM", "customAssertion": what}


def _column(about: About, found: Finding) -> str | None:
    """The column that a check of references is about, which its id names."""
    if found.section != REFERENCES or not found.id.startswith(about.prefix):
        return None
    name = found.id.removeprefix(about.prefix).partition(".")[0]
    return name if name in about.table.columns else None


def _schema(about: About, proof: Proof) -> dict[str, object]:
    """The columns that must be there; more are welcome."""
    fields = [
        {
            "fieldPath": each.name,
            "nullable": not each.required,
            "nativeDataType": each.kind,
            "recursive": False,
            "isPartOfKey": False,
            "type": {"type": {f"{_UNION}.{_type(each.kind)}Type": {}}},
        }
        for each in proof.columns[about.database][about.table.name]
    ]
    schema = {
        "schemaName": about.naming.name(about.database, about.table.schema, about.table.name),
        "platform": urns.PLATFORM,
        "version": 0,
        "hash": "",
        "created": UNDATED,
        "lastModified": UNDATED,
        "platformSchema": {f"{_UNION}.MySqlDDL": {"tableSchema": ""}},
        "fields": fields,
    }
    about_schema = {"entity": about.urn, "schema": schema, "compatibility": "SUPERSET"}
    return {"type": "DATA_SCHEMA", "schemaAssertion": about_schema}


def _type(kind: str) -> str:
    """`timestamp with time zone` and `numeric(15,2)` are told apart by their first word."""
    return _TYPES.get(kind.partition("(")[0].partition(" ")[0], "String")


def _event(about: About, found: Finding, proof: Proof) -> dict[str, object]:
    status = found.status if _concerns(about, found) else OK
    facts = proof.result.facts
    told = {"check": found.id, "run": f"seed {facts.seed}, as of {facts.as_of}"}
    if status == FAILED:
        told["offending"] = ", ".join(found.keys)
        off = [each for each in found.parts if not each.holds]
        told |= {each.name: f"{each.found} for {each.asked}" for each in off}
    if found.note:
        told["note"] = found.note
    return {
        "timestampMillis": proof.when,
        "runId": f"dhub-verify-{proof.when}",
        "asserteeUrn": about.urn,
        "assertionUrn": about.assertion(found.id),
        "status": "COMPLETE",
        "result": {
            "type": _RESULTS[status],
            "rowCount": found.examined,
            "unexpectedCount": found.broken if status == FAILED else 0,
            "nativeResults": told,
        },
    }


def _concerns(about: About, found: Finding) -> bool:
    """Whether a finding about a whole database is one about this table, as far as it says."""
    if found.id not in {f"{about.database}.rows", f"{about.database}.{_SCHEMA}"}:
        return True
    whole = len(found.keys) < MOST_KEYS  # else there may be more than it names
    name = about.table.name
    return not whole or any(each.startswith((f"{name}:", f"{name}.")) for each in found.keys)


def _contract(about: About, found: list[Finding]) -> Iterator[Proposal]:
    """The promise in words, and the assertions that keep it; without any it is pending."""
    urn = f"urn:li:dataContract:{md5(about.urn)}"
    schema = f"{about.database}.{_SCHEMA}"
    promised = {
        "entity": about.urn,
        "schema": [{"assertion": about.assertion(e.id)} for e in found if e.id == schema] or None,
        "dataQuality": [{"assertion": about.assertion(e.id)} for e in found if e.id != schema],
        "rawContract": about.table.contract,
    }
    yield proposal(urn, "dataContractProperties", promised)
    yield proposal(urn, "dataContractStatus", {"state": "ACTIVE" if found else "PENDING"})
