"""What `dhub seed` and `dhub export` share: their options, where they print, the plan they show."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dhub.cli.given import settings_given
from dhub.cli.paths import some_path
from dhub.cli.streams import forsake_out

if TYPE_CHECKING:
    from dhub.cli.show import Page
    from dhub.estate.databases import Estate
    from dhub.estate.kept import Kept
    from dhub.flow.crew import Hands
    from dhub.flow.plan import Plan
    from dhub.flow.request import Request
    from dhub.model import Domain
    from dhub.settings import Settings

Scale = Annotated[
    str | None,
    typer.Option(metavar="F", help="1.0, the default, is 1,200 customers, 150 employees."),
]
Customers = Annotated[str | None, typer.Option(metavar="N", help="Customers, whatever the scale.")]
Employees = Annotated[str | None, typer.Option(metavar="N", help="Employees, whatever the scale.")]
Seed = Annotated[
    str | None,
    typer.Option(metavar="N", help="The same seed gives the same bank (default: 42)."),
]
AsOf = Annotated[
    str | None,
    typer.Option(
        metavar="DATE",
        help="Nothing happens after it begins (default: as the profile says, else today, UTC).",
    ),
]
ProfileName = Annotated[
    str | None,
    typer.Option(
        metavar="NAME_OR_FILE",
        help="guide (the default), requirements, everyday, warehouse, or a TOML file.",
    ),
]
Workers = Annotated[
    str | None,
    typer.Option(metavar="N", help="Processes that work side by side (default: processors)."),
]
Cluster = Annotated[
    str | None,
    typer.Option(
        metavar="tcp://HOST:PORT",
        help="Work on the workers of a Dask scheduler instead (default: DHUB_CLUSTER).",
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Print the plan and touch nothing.")]
LogFile = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", parser=some_path, help="Keep the whole run as text, at a file's end."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]


@dataclass
class Command:
    """One command: where it prints, and what it was told."""

    page: Page
    as_json: bool
    settings: Settings

    @contextmanager
    def estate(self) -> Iterator[Estate]:
        """The databases, for as long as the command needs them."""
        from dhub.cli import show
        from dhub.estate.opened import open_estate

        with open_estate(self.settings, show.say) as estate:
            yield estate

    @contextmanager
    def kept(self) -> Iterator[Kept]:
        """The databases, and connections to them that the command's steps share."""
        from dhub.estate.kept import Kept

        with self.estate() as estate, Kept(estate) as kept:
            yield kept

    def plan(
        self, asked: Request, kept: Kept | None = None, bank: Sequence[Domain] | None = None
    ) -> Plan:
        """Plan what was asked of the bank or another catalogue; only --append must look at the
        estate."""
        from datetime import UTC, datetime

        from dhub.bank import BANK
        from dhub.flow import orchestrate
        from dhub.flow.plan import make_plan

        there = orchestrate.cohorts(kept.estate, kept) if kept else []
        today = datetime.now(UTC).date()
        return make_plan(asked.scaled(self.settings.scale), bank or BANK, today, there)

    @contextmanager
    def crew(
        self, cluster: str | None, workers: str | None, dry_run: bool = False
    ) -> Iterator[Hands | None]:
        """The workers of the cluster that is asked for; None where none is: work is done here."""
        if not (address := _cluster(cluster, workers)) or dry_run:
            yield None
            return
        from dhub.needs import require

        require("dask")
        from dhub.flow.cluster import DaskCrew

        with DaskCrew(address, self._tell) as crew:
            yield crew

    def _tell(self, text: str) -> None:
        # Not by a console of its own: bars that are shown make room for what is printed.
        print(text, file=sys.stderr)
        self.page.note(text)

    def loading(self) -> Any:
        """A listener that shows progress while it is open."""
        from dhub.cli import progress, show

        return progress.loading(self.page, show.console_of(stderr=True))

    def end(self, shown: Any, document: dict[str, Any]) -> None:
        """Print the result: for people, or as one JSON document."""
        self.page.put(*(shown if isinstance(shown, list) else [shown]))
        if self.as_json:
            import json

            put(json.dumps(document, indent=2, default=str) + "\n")

    def show_plan(self, plan: Plan) -> None:
        """Print a plan as the result."""
        from dhub.cli import show

        self.end(show.plan_page(plan), planned(plan))


def _settle_libraries() -> None:
    """Say to libraries what they read when they are imported, which is before a command begins."""
    # One thread is all our arrays need, and workers are forked from a process that has no other:
    # OpenBLAS starts one for each processor, Arrow's jemalloc one, both when they are imported.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("JE_ARROW_MALLOC_CONF", "background_thread:false")
    # Arrow's own allocators keep some 50 MB a process of what was freed, and cost more page faults.
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    # pydantic looks through all that is installed for plugins, which our settings do not want.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")


_settle_libraries()


@contextmanager
def command(log_file: Path | None, as_json: bool) -> Iterator[Command]:
    """Settings, output and signals of a command."""
    # What psycopg has to say about connections that broke is in the errors it raises.
    logging.getLogger("psycopg").addHandler(logging.NullHandler())
    from dhub.cli.show import Page
    from dhub.output import open_log

    settings = settings_given()
    with Page(open_log(log_file) if log_file else None, quiet=as_json) as page:
        yield Command(page, as_json, settings)


def _cluster(cluster: str | None, workers: str | None) -> str | None:
    """The scheduler that is asked for; --workers, when typed, says against the environment that
    work is to be done here."""
    if cluster is not None and workers is not None:
        from dhub.errors import UsageError

        raise UsageError(
            "--workers are processes of this machine, --cluster has workers of its own; "
            "leave one of them out."
        )
    return cluster or (None if workers is not None else os.environ.get("DHUB_CLUSTER"))


def put(text: str) -> None:
    """Print what is computed whole; a reader who has gone (head, less) changes nothing else."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        forsake_out()


def figures(plan: Plan) -> dict[str, Any]:
    """What makes the bank of a plan, as JSON."""
    return {
        "scale": plan.scale,
        "customers": plan.customers,
        "employees": plan.run.employees,
        "seed": plan.run.seed,
        "profile": plan.run.profile.name,
        "as_of": plan.run.as_of.isoformat(),
        "cohort": plan.cohort,
    }


def planned(plan: Plan) -> dict[str, Any]:
    """A plan as JSON."""
    return {
        **figures(plan),
        "foundation": plan.foundation,
        "first_shard": plan.first_shard,
        "shards": plan.shard_count,
        "rows": plan.rows,
        "phases": {str(phase): rows for phase, rows in plan.phases.items()},
        "tables": [asdict(each) for each in plan.tables],
    }
