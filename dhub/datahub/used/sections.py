"""Takes a scene and a verification, gives all fiction of use by subject."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from urllib.parse import urlsplit

from dhub.catalog import Catalog
from dhub.datahub.proof import Proof
from dhub.datahub.proposals import Proposal
from dhub.datahub.urns import Naming
from dhub.datahub.used import dashboards, governance, history, people, pipelines, usage
from dhub.datahub.used.declared import load_use
from dhub.datahub.used.scene import Scene
from dhub.errors import UsageError
from dhub.estate.databases import Estate


def earlier(scene: Scene) -> Mapping[str, Sequence[Proposal]]:
    """What is told before all else, since what is told later replaces it."""
    return {"before": list(governance.before(scene))}


def used(scene: Scene, proof: Proof) -> Mapping[str, Sequence[Proposal]]:
    """The proposals by subject; what others point to comes first."""
    return {
        "analysts": list(people.users(scene)),
        "stories": list(governance.governance(scene)),
        "pipelines": list(pipelines.pipelines(scene)),
        "operations": list(pipelines.operations(scene)),
        "dashboards": list(dashboards.dashboards(scene)),
        "views": list(dashboards.views(scene)),
        "asked": list(usage.queries(scene)),
        "usage": list(usage.usage(scene)),
        "history": list(history.history(scene, proof)),
        "incidents": list(history.incidents(scene, proof)),
    }


def scene_of(estate: Estate, catalog: Catalog, naming: Naming, proof: Proof, manual: str) -> Scene:
    """The scene of a bank that was verified."""
    facts = proof.result.facts
    staff = people.analysts(estate, catalog, facts.as_of)
    as_of = date.fromisoformat(facts.as_of)
    return Scene(
        facts.seed,
        as_of,
        catalog,
        naming,
        load_use().of(catalog.databases),
        staff,
        manual,
        proof.result.rows,
    )


def checked_manual(url: str) -> str:
    """The address that pages of the manual stand below; raises UsageError for what is none."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(f"--docs-url {url}: must be like https://example.org/manual/.")
    return url.rstrip("/") + "/"
