"""Takes catalog, naming and a verification, gives all that DataHub is told beside a crawl."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from dhub.catalog import Catalog
from dhub.datahub import assets, governance
from dhub.datahub.assets import Procedures
from dhub.datahub.lineage import lineage
from dhub.datahub.proof import Proof
from dhub.datahub.proposals import Proposal
from dhub.datahub.quality import quality
from dhub.datahub.queries import queries
from dhub.datahub.urns import Naming
from dhub.datahub.used.scene import Scene
from dhub.datahub.used.sections import earlier, used
from dhub.errors import UsageError
from dhub.estate.connections import LOOKING, connect
from dhub.estate.databases import Estate
from dhub.estate.ledger import Connection
from dhub.output import check_output, check_room, placed, write_output

Sections = Mapping[str, Sequence[Proposal]]

_PROCEDURES = """
SELECT n.nspname::text, min(p.proname)::text FROM pg_proc p
JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE p.prokind = 'p' AND n.nspname IN ('public', 'reporting')
GROUP BY n.nspname, p.proname HAVING count(*) = 1 ORDER BY 1, 2
"""


def procedures_of(estate: Estate) -> Procedures:
    """The procedures of the business schemas, those without a namesake."""
    return {database: _procedures(estate, database) for database in estate.databases}


def _procedures(estate: Estate, database: str) -> list[tuple[str, str]]:
    with connect(estate, database, lock_timeout=LOOKING) as conn:
        return [(schema, name) for schema, name in _asked(conn)]


def _asked(conn: Connection) -> list[tuple[str, str]]:
    return conn.execute(_PROCEDURES).fetchall()


def metadata(
    catalog: Catalog,
    naming: Naming,
    procedures: Procedures,
    proof: Proof,
    scene: Scene | None = None,
) -> Sections:
    """The proposals by subject; what others point to comes first. A scene adds its fiction."""
    told = _declared(catalog, naming, procedures, proof)
    return told if scene is None else {**earlier(scene), **told, **used(scene, proof)}


def _declared(
    catalog: Catalog, naming: Naming, procedures: Procedures, proof: Proof
) -> dict[str, Sequence[Proposal]]:
    return {
        "people": list(governance.people(catalog)),
        "domains": list(governance.domains(catalog)),
        "tags": list(governance.tags(catalog)),
        "glossary": list(governance.glossary(catalog)),
        "properties": list(governance.properties(catalog)),
        "containers": list(assets.containers(catalog, naming)),
        "tables": list(assets.tables(catalog, naming)),
        "procedures": list(assets.procedures(catalog, naming, procedures)),
        "lineage": list(lineage(catalog, naming)),
        "products": list(assets.products(catalog, naming)),
        "queries": list(queries(catalog, naming)),
        "quality": list(quality(catalog, naming, proof)),
    }


def targets(path: Path, sections: Iterable[str]) -> dict[str, Path]:
    """The file of each section: all in one when the path ends with .json, else a folder of them."""
    whole = path.suffix == ".json"
    return {name: path if whole else path / f"{name}.json" for name in sections}


def check_targets(path: Path, replace: bool) -> None:
    """Raises UsageError where they cannot be written, Refused where one is there already."""
    if path.suffix == ".json":
        check_output(path, replace=replace)
        return
    if path.exists() and not path.is_dir():
        raise UsageError(f"{path} is a file. Name a folder, or a file that ends with .json.")
    check_room(path, path)
    for each in sorted(path.glob("*.json")) if path.is_dir() else ():
        check_output(each, replace=replace)


def write(path: Path, sections: Sections) -> dict[Path, int]:
    """Write them; gives the files with the proposals in each."""
    written: dict[Path, list[Proposal]] = {}
    for name, target in targets(path, sections).items():
        written.setdefault(target, []).extend(sections[name])
    for target, proposals in written.items():
        make_folder(target.parent)
        write_json(target, proposals)
    return {target: len(proposals) for target, proposals in written.items()}


def write_json(path: Path, value: object) -> None:
    """Write a file that has its name only when it is whole."""
    write_output(path, json.dumps(value, indent=1, ensure_ascii=False) + "\n")


def make_folder(path: Path) -> None:
    """Make it unless it is there; raises UsageError when it cannot be one."""
    with placed(path):
        path.mkdir(parents=True, exist_ok=True)
