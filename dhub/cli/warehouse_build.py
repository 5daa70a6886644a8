"""`dhub warehouse build`: the star as a database beside the six, of the runs that they record."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from dhub.cli import stopping
from dhub.cli.command import (
    AsJson,
    Cluster,
    Command,
    DryRun,
    LogFile,
    Workers,
    command,
    figures,
    planned,
)

if TYPE_CHECKING:
    from dhub.warehouse.build import Built, Intent

_AGAIN = "`dhub warehouse build` goes on where it was."
_DONE = {
    "nothing": "warehouse_db is current, nothing to do.",
    "finished": "The interrupted build is finished.",
    "added": "What was missing is added.",
    "loaded": "warehouse_db is loaded.",
}


def build(
    workers: Workers = None,
    cluster: Cluster = None,
    dry_run: DryRun = False,
    log_file: LogFile = None,
    as_json: AsJson = False,
) -> None:
    """Make or refresh warehouse_db, the star of the bank that is seeded.

    Of the runs that the six databases record: nothing is done where the star has them, cohorts
    that it lacks are added, and a star of another bank is emptied and loaded anew. An interrupted
    build is finished.

    Examples: dhub warehouse build;
    dhub warehouse build --dry-run
    """
    with command(log_file, as_json) as run:
        _build(run, workers, cluster, dry_run)


def _build(run: Command, workers: str | None, cluster: str | None, dry_run: bool) -> None:
    from dhub.flow.request import read_workers
    from dhub.warehouse.build import build as make
    from dhub.warehouse.build import intended

    count = read_workers(workers) if workers is not None else None
    with run.crew(cluster, workers, dry_run) as crew, run.estate() as estate:
        if dry_run:
            _show(run, intended(estate))
            return
        stopping.afterwards(_AGAIN)
        made = make(estate, count, run.loading, crew)
    run.end(_page(made), _document(made))


def _show(run: Command, intent: Intent) -> None:
    """What a build would do; nothing is touched."""
    from dhub.cli import show

    pages = [part for plan in intent.plans for part in (*show.plan_page(plan), "")]
    if intent.anew:
        pages.append("What warehouse_db holds is of another bank, and would go first.")
    document = {"would": intent.word, "plans": [planned(each) for each in intent.plans]}
    run.end(pages or [_DONE[intent.word]], document)


def _page(made: Built) -> list[Any]:
    """The end of a build: rows of each table over all its cohorts, and how long it took."""
    from dhub.cli.listing import grid
    from dhub.cli.show import title
    from dhub.words import counted

    if not made.outcomes:
        return [_DONE[made.intent.word]]
    rows, seconds = _rows(made), _seconds(made)
    total = sum(rows.values())
    return [
        *(title(each.plan) for each in made.outcomes),
        "",
        grid(("table", "rows"), list(rows.items()), ("total", total)),
        f"\n{_DONE[made.intent.word]} {counted(total, 'row')} in {seconds:.1f} s, "
        f"{total / max(seconds, 1e-3):,.0f} rows/s",
    ]


def _document(made: Built) -> dict[str, Any]:
    rows, seconds = _rows(made), _seconds(made)
    total = sum(rows.values())
    return {
        "database": "warehouse_db",
        "done": made.intent.word,
        "cohorts": [figures(each.plan) for each in made.outcomes],
        "rows": total,
        "seconds": round(seconds, 3),
        "rows_per_second": round(total / max(seconds, 1e-3)),
        "workers": max((each.workers for each in made.outcomes), default=0),
        "retries": sum(each.retries for each in made.outcomes),
        "tables": dict(rows),
    }


def _rows(made: Built) -> Counter[str]:
    """Rows loaded by table, in the order of the star."""
    found: Counter[str] = Counter()
    for each in made.outcomes:
        for table in each.plan.tables:
            found[table.table] += each.rows.get((table.database, table.table), 0)
    return found


def _seconds(made: Built) -> float:
    return sum(each.seconds for each in made.outcomes)
