"""Takes a scene and a verification, gives the last weeks of quality: checks by night, incidents.

Whether data were fresh follows from when they were loaded (`pipelines`). The results of today are
those of the verification alone; nothing here is dated on or after the as-of date.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from dhub.datahub import urns
from dhub.datahub.proof import Proof
from dhub.datahub.proposals import Proposal, proposal
from dhub.datahub.quality import PLATFORM, About, findings_of
from dhub.datahub.urns import md5
from dhub.datahub.used.pipelines import changes
from dhub.datahub.used.scene import Scene
from dhub.verify.model import FAILED, OK, REFERENCES, Finding

NIGHTS = 30
_AT = (5, 45)  # of the morning, when the checks run
_HOURS = 28  # within which a table must have been loaded
_LEAST = 0.95  # of the rows of the last load must be there
_GROWTH = 0.0005  # of its rows a table gains a day, about (assumed)
_CHECKS = 2  # of a table under contract, whose earlier results are told
_HIGH = 1  # of the priorities 0 to 3


@dataclass(frozen=True)
class Watched:
    """An assertion with its results: those of `ago` days back that failed, with what was off."""

    urn: str
    dataset: str
    failed: Mapping[int, int]


def history(scene: Scene, proof: Proof) -> Iterator[Proposal]:
    """Freshness and volume of what is loaded, and what earlier verifications found."""
    for place, moments in loaded(scene).items():
        yield from _freshness(scene, place, moments)
        database, schema, table = place.split(".")
        if schema == "public" and (rows := scene.rows.get(database, {}).get(table)):
            yield from _volume(scene, place, rows)
    for watched in verified(scene, proof):
        yield from _results(scene, watched)


def loaded(scene: Scene) -> dict[str, list[int]]:
    """The moments at which each table was loaded, ascending; what comes once a month is left out,
    since nobody expects it every night."""
    found: dict[str, list[int]] = {}
    for each in changes(scene):
        if each.place.rpartition(".")[2] not in each.line.monthly:
            found.setdefault(each.place, []).append(each.when)
    return {place: sorted(at) for place, at in sorted(found.items())}


def stale(scene: Scene, moments: Sequence[int]) -> list[int]:
    """The mornings on which the last load was too long ago; nights before the first are unknown."""
    found = []
    for ago in range(1, NIGHTS):
        now = scene.at(ago, *_AT)
        last = bisect_right(moments, now)
        if last and now - moments[last - 1] > _HOURS * 3_600_000:
            found.append(ago)
    return found


def freshness_urn(scene: Scene, place: str) -> str:
    return f"urn:li:assertion:{md5(f'{scene.dataset(place)} freshness')}"


def _freshness(scene: Scene, place: str, moments: Sequence[int]) -> Iterator[Proposal]:
    urn, dataset = freshness_urn(scene, place), scene.dataset(place)
    schedule = {"type": "CRON", "cron": {"cron": f"{_AT[1]} {_AT[0]} * * *", "timezone": "UTC"}}
    told: dict[str, object] = {
        "type": "FRESHNESS",
        "freshnessAssertion": {"type": "DATASET_CHANGE", "entity": dataset, "schedule": schedule},
        "description": f"Loaded within {_HOURS} hours",
    }
    yield from _assertion(scene, urn, told)
    failed = {ago: 0 for ago in stale(scene, moments)}
    yield from _results(scene, Watched(urn, dataset, failed))


def _volume(scene: Scene, place: str, rows: int) -> Iterator[Proposal]:
    urn, dataset = f"urn:li:assertion:{md5(f'{scene.dataset(place)} volume')}", scene.dataset(place)
    least = {"value": str(int(rows * _LEAST * (1 - NIGHTS * _GROWTH))), "type": "NUMBER"}
    total = {"operator": "GREATER_THAN_OR_EQUAL_TO", "parameters": {"value": least}}
    told: dict[str, object] = {
        "type": "VOLUME",
        "volumeAssertion": {"type": "ROW_COUNT_TOTAL", "entity": dataset, "rowCountTotal": total},
        "description": "Has not lost rows",
    }
    yield from _assertion(scene, urn, told)
    yield from _results(scene, Watched(urn, dataset, {}), rows)


def _assertion(scene: Scene, urn: str, told: dict[str, object]) -> Iterator[Proposal]:
    info = told | {
        "customProperties": {},
        "source": {"type": "EXTERNAL"},
        "lastUpdated": scene.stamp(scene.at(NIGHTS + 30, 9)),
    }
    yield proposal(urn, "assertionInfo", info)
    yield proposal(urn, "dataPlatformInstance", {"platform": PLATFORM})


def verified(scene: Scene, proof: Proof) -> Iterator[Watched]:
    """Checks of `dhub verify` behind the contracts; one of them was red for some days."""
    red = scene.use.stories.red_check
    for database, table in scene.catalog.tables():
        about = About(database.name, table, scene.naming)
        if not table.contract:
            continue
        found = [e for e in findings_of(about, proof.result) if e.status in (OK, FAILED)]
        was_red = f"{database.name}.{table.schema}.{table.name}" == red.table
        for each in _told(found, was_red):
            days = range(red.days_ago - red.days + 1, red.days_ago + 1)
            failed = {ago: red.rows for ago in days} if was_red and _named(each) else {}
            yield Watched(about.assertion(each.id), about.urn, failed)


def _told(found: list[Finding], was_red: bool) -> list[Finding]:
    named = [each for each in found if _named(each)]
    return (
        [*named[:1], *(e for e in found if not _named(e))][:_CHECKS] if was_red else found[:_CHECKS]
    )


def _named(found: Finding) -> bool:
    """Whether it is a check of references to employees."""
    return found.section == REFERENCES and "assigned_to" in found.id


def red_assertion(scene: Scene, proof: Proof) -> str | None:
    """The assertion that was red, if the verification knows it."""
    return next((each.urn for each in verified(scene, proof) if each.failed), None)


def _results(scene: Scene, each: Watched, rows: int = 0) -> Iterator[Proposal]:
    for ago in range(NIGHTS, 0, -1):
        when, failed = scene.at(ago, *_AT), ago in each.failed
        result: dict[str, object] = {"type": "FAILURE" if failed else "SUCCESS"}
        if failed and each.failed[ago]:
            result["unexpectedCount"] = each.failed[ago]
        if rows:
            result["rowCount"] = int(rows * (1 - _GROWTH * ago))
        told = {
            "timestampMillis": when,
            "runId": f"nightly-{scene.day(ago).isoformat()}",
            "asserteeUrn": each.dataset,
            "assertionUrn": each.urn,
            "status": "COMPLETE",
            "result": result,
        }
        yield proposal(each.urn, "assertionRunEvent", told)


def incidents(scene: Scene, proof: Proof) -> Iterator[Proposal]:
    """What broke: two were resolved, one is open."""
    told = scene.use.stories
    load, late, red = told.failed_load, told.late_mart, told.red_check
    mart = next(p for p in loaded(scene) if p.startswith(f"{load.pipeline}.reporting."))
    yield _incident(
        scene, "load", "OPERATIONAL", load.title, load.description, mart, load.team,
        began=scene.at(load.days_ago - 1, *_AT), source=freshness_urn(scene, mart),
        status=_status(
            scene, "RESOLVED", load.message, scene.at(load.days_ago - 1, 9, 40), load.team
        ),
    )  # fmt: skip
    yield _incident(
        scene, "check", "SQL", red.title, red.description, red.table, red.team,
        began=scene.at(red.days_ago, *_AT), source=red_assertion(scene, proof),
        status=_status(
            scene, "RESOLVED", red.message, scene.at(red.days_ago - red.days, 6, 5), red.team
        ),
    )  # fmt: skip
    yield _incident(
        scene, "late", "FRESHNESS", late.title, late.description, late.table, late.team,
        began=scene.at(late.days - 1, *_AT), source=freshness_urn(scene, late.table),
        status=_status(scene, "ACTIVE", late.message, scene.at(1, 10, 20), late.team),
    )  # fmt: skip


def _status(scene: Scene, state: str, message: str, when: int, team: str) -> dict[str, object]:
    who = urns.user(scene.team(team)[0].user)
    stage = "FIXED" if state == "RESOLVED" else "WORK_IN_PROGRESS"
    return {
        "state": state, "stage": stage, "message": message, "lastUpdated": scene.stamp(when, who),
    }  # fmt: skip


def _incident(
    scene: Scene, name: str, kind: str, title: str, text: str, place: str, team: str, *,
    began: int, source: str | None, status: dict[str, object],
) -> Proposal:  # fmt: skip
    dataset, who = scene.dataset(place), urns.user(scene.team(team)[0].user)
    told = {
        "type": kind,
        "title": title,
        "description": text,
        "entities": [dataset],
        "priority": _HIGH,
        "assignees": [{"actor": who, "assignedAt": scene.stamp(began, who)}],
        "status": status,
        "source": {"type": "ASSERTION_FAILURE", "sourceUrn": source} if source else None,
        "startedAt": began,
        "created": scene.stamp(began, who),
    }
    return proposal(f"urn:li:incident:{md5(f'{dataset} {name}')}", "incidentInfo", told)
