"""Takes a scene, gives the pages that people look at: dashboards, charts, and who opened them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from dhub.catalog.model import Column
from dhub.datahub.proposals import Proposal, domains, ownership, proposal
from dhub.datahub.used.declared import Chart, Dashboard
from dhub.datahub.used.scene import DAYS, Scene
from dhub.datahub.used.usage import DAY

PLATFORM = "urn:li:dataPlatform:superset"
_FAVOURED = 0.35  # of who opens a page keeps it (assumed)


def dashboard_urn(scene: Scene, page: Dashboard) -> str:
    return f"urn:li:dashboard:(superset,{_prefix(scene)}{page.id})"


def chart_urn(scene: Scene, page: Dashboard, number: int) -> str:
    return f"urn:li:chart:(superset,{_prefix(scene)}{page.id}.{number})"


def _prefix(scene: Scene) -> str:
    """Another environment or instance has pages of its own."""
    parts = filter(None, (scene.naming.instance, scene.naming.env.lower()))
    return "".join(f"{part}." for part in parts)


def dashboards(scene: Scene) -> Iterator[Proposal]:
    """Charts first, since pages point at them."""
    for page in scene.use.dashboards.values():
        for number, chart in enumerate(page.charts, 1):
            yield from _chart(scene, page, number, chart)
        yield from _page(scene, page)


def _chart(scene: Scene, page: Dashboard, number: int, chart: Chart) -> Iterator[Proposal]:
    urn, dataset = chart_urn(scene, page, number), scene.dataset(chart.reads)
    about = {
        "title": chart.title,
        "description": f"{chart.title}, from {chart.reads}.",
        "lastModified": _changed(scene, page),
        "inputs": [{"string": dataset}],
        "type": chart.type,
        "customProperties": {},
    }
    yield proposal(urn, "chartInfo", about)
    fields = [_field(scene, chart.reads, name) for name in chart.columns]
    yield proposal(urn, "inputFields", {"fields": fields})
    yield from _governed(scene, urn, page)


def _field(scene: Scene, place: str, name: str) -> dict[str, object]:
    database, schema, table = place.split(".")
    column = scene.catalog.databases[database].tables[f"{schema}.{table}"].columns[name]
    return {
        "schemaFieldUrn": scene.naming.field(database, schema, table, name),
        "schemaField": _shown(column),
    }


def _shown(column: Column) -> dict[str, object]:
    """The column as the page knows it: by its name."""
    return {
        "fieldPath": column.name,
        "nullable": True,
        "type": {"type": {"com.linkedin.schema.StringType": {}}},
        "nativeDataType": "",
        "recursive": False,
        "isPartOfKey": False,
    }


def _page(scene: Scene, page: Dashboard) -> Iterator[Proposal]:
    urn = dashboard_urn(scene, page)
    charts = [chart_urn(scene, page, n) for n in range(1, len(page.charts) + 1)]
    about = {
        "title": page.title,
        "description": page.description,
        "charts": charts,
        "datasets": [],
        "lastModified": _changed(scene, page),
        "customProperties": {},
    }
    yield proposal(urn, "dashboardInfo", about)
    yield from _governed(scene, urn, page)


def _changed(scene: Scene, page: Dashboard) -> dict[str, object]:
    author = scene.people(page.team, f"author.{page.id}", 1)[0]
    made = scene.stamp(scene.at(DAYS + 60, 10), author)
    return {"created": made, "lastModified": scene.stamp(scene.at(20 + len(page.id), 15), author)}


def _governed(scene: Scene, urn: str, page: Dashboard) -> Iterator[Proposal]:
    yield proposal(urn, "domains", domains(page.domain))
    yield proposal(urn, "ownership", ownership({"business": page.team}, scene.catalog.groups))
    yield proposal(urn, "dataPlatformInstance", {"platform": PLATFORM})
    yield proposal(urn, "status", {"removed": False})


def views(scene: Scene) -> Iterator[Proposal]:
    """Who opened each page on which day, and all in all; a chart is seen with its page."""
    for page in scene.use.dashboards.values():
        counts = scene.counts(f"page.{page.id}", page.views, page.peak)
        who = iter(scene.people(page.team, f"page.{page.id}", int(counts.sum())))
        days = [[next(who) for _ in range(count)] for count in counts.tolist()]
        for ago, users in enumerate(days, 1):
            if users:
                yield _viewed(scene, page, ago, users)
        yield _in_all(scene, page, days)
        for number in range(1, len(page.charts) + 1):
            for ago, users in enumerate(days[:30], 1):
                if users:
                    yield _seen(scene, chart_urn(scene, page, number), ago, users)


def _viewed(scene: Scene, page: Dashboard, ago: int, users: list[str]) -> Proposal:
    told = {
        "timestampMillis": scene.at(ago),
        "eventGranularity": DAY,
        "viewsCount": len(users),
        "uniqueUserCount": len(set(users)),
        "userCounts": _counted(users),
    }
    return proposal(dashboard_urn(scene, page), "dashboardUsageStatistics", told)


def _in_all(scene: Scene, page: Dashboard, days: list[list[str]]) -> Proposal:
    users = [user for day in days for user in day]
    last = next((ago for ago, day in enumerate(days, 1) if day), DAYS)
    told = {
        "timestampMillis": scene.at(1, 23, 59),
        "viewsCount": len(users),
        "uniqueUserCount": len(set(users)),
        "favoritesCount": round(_FAVOURED * len(set(users)) + 0.5),
        "lastViewedAt": scene.at(last, 16, 40),
        "userCounts": _counted(users),
    }
    return proposal(dashboard_urn(scene, page), "dashboardUsageStatistics", told)


def _counted(users: list[str]) -> list[dict[str, object]]:
    found = sorted(Counter(users).items(), key=lambda each: (-each[1], each[0]))
    return [{"user": user, "viewsCount": count} for user, count in found]


def _seen(scene: Scene, chart: str, ago: int, users: list[str]) -> Proposal:
    told = {
        "timestampMillis": scene.at(ago),
        "eventGranularity": DAY,
        "viewsCount": len(users),
        "uniqueUserCount": len(set(users)),
        "userCounts": _counted(users),
    }
    return proposal(chart, "chartUsageStatistics", told)
