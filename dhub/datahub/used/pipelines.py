"""Takes a scene, gives the nightly loads: flows, jobs, their runs, and what they changed when.

The flow of a database loads its tables, then fills its reports in the order of reports.toml.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dhub.datahub import urns
from dhub.datahub.proposals import Proposal, domains, ownership, proposal
from dhub.datahub.urns import md5
from dhub.datahub.used.declared import Pipeline
from dhub.datahub.used.scene import DAYS, Scene
from dhub.draw import stream
from dhub.estate.reporting import MART, reports_of

SCHEDULER = "urn:li:dataPlatform:airflow"
NIGHTS, RUNS = 30, 12  # of which changes are told, and single runs
HOURS = tuple(range(7, 21))  # in which tables come in all day, on the last days
_HOURLY_DAYS = 5
_MINUTE = 60_000
_RERUN = (9, 12)  # the morning on which the broken load was run again


@dataclass(frozen=True)
class Job:
    """A job of a flow: what it writes, and the procedure that it calls if it does."""

    line: Pipeline
    name: str
    title: str
    writes: tuple[str, ...]  # database.schema.table
    procedure: str | None = None


@dataclass(frozen=True)
class Run:
    """One run of a job: when it began, how long it took, in milliseconds."""

    job: Job
    ago: int
    began: int
    lasted: int
    failed: bool = False
    attempt: int = 1


def jobs_of(line: Pipeline) -> list[Job]:
    """Loading, then each report."""
    loads = tuple(f"{line.id}.public.{table}" for table in line.tables)
    found = [Job(line, "load", "Load the tables", loads)]
    for each in reports_of(line.id):
        place = (f"{line.id}.reporting.{each.name}",)
        procedure = each.procedure if each.kind == MART else None
        found.append(Job(line, f"refresh_{each.name}", f"Refresh {each.name}", place, procedure))
    return found


def flow_urn(scene: Scene, line: Pipeline) -> str:
    name = ".".join(filter(None, (scene.naming.instance, scene.naming.names[line.id], "nightly")))
    return f"urn:li:dataFlow:(airflow,{name},{scene.naming.env})"


def job_urn(scene: Scene, job: Job) -> str:
    return f"urn:li:dataJob:({flow_urn(scene, job.line)},{job.name})"


def pipelines(scene: Scene) -> Iterator[Proposal]:
    """Flows and jobs with their runs."""
    for line in scene.use.pipelines.values():
        yield from _flow(scene, line)
        before: Job | None = None
        for job in jobs_of(line):
            yield from _job(scene, job, before)
            before = before or job
    for run in runs(scene):
        if run.ago <= RUNS or run.failed or run.attempt > 1:
            yield from _run(scene, run)


def _flow(scene: Scene, line: Pipeline) -> Iterator[Proposal]:
    urn = flow_urn(scene, line)
    about = {
        "name": line.title,
        "description": f"Every night at {line.at} UTC: loads the tables, then fills the reports.",
        "customProperties": {"schedule": f"daily at {line.at} UTC"},
        "env": scene.naming.env,
    }
    yield proposal(urn, "dataFlowInfo", about)
    yield from _governed(scene, urn, line)


def _governed(scene: Scene, urn: str, line: Pipeline) -> Iterator[Proposal]:
    yield proposal(urn, "domains", domains(scene.catalog.databases[line.id].domain))
    owners = ownership({"technical": line.team}, scene.catalog.groups)
    yield proposal(urn, "ownership", owners)
    yield proposal(urn, "status", {"removed": False})


def _job(scene: Scene, job: Job, before: Job | None) -> Iterator[Proposal]:
    """A job waits for the load, and calls the procedure whose lineage the databases tell."""
    urn = job_urn(scene, job)
    waits = [job_urn(scene, before)] if before else []
    if job.procedure:
        waits.append(scene.naming.job(job.line.id, "reporting", job.procedure))
    about = {
        "name": job.title,
        "description": f"Calls `reporting.{job.procedure}`." if job.procedure else None,
        "type": {"string": "COMMAND"},
        "flowUrn": flow_urn(scene, job.line),
        "customProperties": {},
        "env": scene.naming.env,
    }
    yield proposal(urn, "dataJobInfo", about)
    moved = {
        "inputDatasets": [],
        "outputDatasets": [scene.dataset(place) for place in job.writes],
        "inputDatajobs": waits,
    }
    yield proposal(urn, "dataJobInputOutput", moved)
    yield from _governed(scene, urn, job.line)


def runs(scene: Scene) -> list[Run]:
    """Every night's runs, the latest first; one load broke, and was run again in the morning."""
    return [
        run
        for line in scene.use.pipelines.values()
        for ago in range(1, NIGHTS + 1)
        for run in _night(scene, line, ago)
    ]


def _night(scene: Scene, line: Pipeline, ago: int) -> list[Run]:
    told, found, hour, minute = scene.use.stories, [], *map(int, line.at.split(":"))
    broke = told.failed_load.pipeline == line.id and told.failed_load.days_ago == ago
    began = scene.at(ago, hour, minute)
    for number, job in enumerate(jobs_of(line)):
        if told.late_mart.table in job.writes and ago <= told.late_mart.days:
            continue  # skipped: what it waits for has not come
        lasted = _lasts(scene, job, ago)
        if broke and number:
            if number == 1:
                found.append(Run(job, ago, began, lasted // 3, failed=True))
            morning = scene.at(ago - 1, *_RERUN) + (number - 1) * line.minutes * _MINUTE
            found.append(Run(job, ago - 1, morning, lasted, attempt=2))
        else:
            found.append(Run(job, ago, began, lasted))
        began += lasted + _MINUTE // 4
    return found


def _lasts(scene: Scene, job: Job, ago: int) -> int:
    draw = stream(scene.seed, f"used.lasts.{job.line.id}.{job.name}")
    return int(job.line.minutes * _MINUTE * (0.6 + 0.8 * float(draw.uniform([ago])[0])) / 2)


def _run(scene: Scene, run: Run) -> Iterator[Proposal]:
    job = job_urn(scene, run.job)
    urn = f"urn:li:dataProcessInstance:{md5(f'{job} {run.began} {run.attempt}')}"
    about = {
        "name": f"{run.job.name} {scene.day(run.ago).isoformat()}",
        "type": "BATCH_SCHEDULED" if run.attempt == 1 else "BATCH_AD_HOC",
        "created": scene.stamp(run.began),
        "customProperties": {},
    }
    yield proposal(urn, "dataProcessInstanceProperties", about)
    related = {"parentTemplate": job, "upstreamInstances": []}
    yield proposal(urn, "dataProcessInstanceRelationships", related)
    if not run.failed:
        outputs = {"outputs": [scene.dataset(place) for place in run.job.writes]}
        yield proposal(urn, "dataProcessInstanceOutput", outputs)
    started = {"timestampMillis": run.began, "status": "STARTED", "attempt": run.attempt}
    yield proposal(urn, "dataProcessInstanceRunEvent", started)
    result = "FAILURE" if run.failed else "SUCCESS"
    reason = scene.use.stories.failed_load.reason if run.failed else result.lower()
    ended = {
        "timestampMillis": run.began + run.lasted,
        "status": "COMPLETE",
        "attempt": run.attempt,
        "result": {"type": result, "nativeResultType": reason},
        "durationMillis": run.lasted,
    }
    yield proposal(urn, "dataProcessInstanceRunEvent", ended)


@dataclass(frozen=True)
class Change:
    """A table, as database.schema.table, that was changed at a moment (milliseconds)."""

    line: Pipeline
    place: str
    when: int
    kind: str = "INSERT"


def changes(scene: Scene) -> Iterator[Change]:
    """What changed a table, and when: every night's loads, what comes hourly, month ends."""
    for run in runs(scene):
        for place in () if run.failed else run.job.writes:
            kind = "UPDATE" if ".reporting." in place else "INSERT"
            yield Change(run.job.line, place, run.began + run.lasted, kind)
    for line in scene.use.pipelines.values():
        for table in line.hourly:
            for when in _hours(scene):
                yield Change(line, f"{line.id}.public.{table}", when)
        for table in line.monthly:
            for when in _month_ends(scene):
                yield Change(line, f"{line.id}.public.{table}", when)


def _hours(scene: Scene) -> list[int]:
    return [scene.at(ago, hour, 3) for ago in range(1, _HOURLY_DAYS + 1) for hour in HOURS]


def _month_ends(scene: Scene) -> list[int]:
    """The third of each month, when what is written of the month before is there."""
    return [scene.at(ago, 6, 30) for ago in range(1, DAYS) if scene.day(ago).day == 3]


def operations(scene: Scene) -> Iterator[Proposal]:
    """The changes as DataHub keeps them."""
    for each in changes(scene):
        told = {
            "timestampMillis": each.when,
            "lastUpdatedTimestamp": each.when,
            "operationType": each.kind,
            "sourceType": "DATA_PROCESS",
            "actor": urns.user("datahub"),
            "customProperties": {"flow": each.line.title},
        }
        yield proposal(scene.dataset(each.place), "operation", told)
