"""Takes a scene, gives who read what on which day, and the queries with which.

A table's figures of a day are those of the queries that read it on that day, and of nothing else.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from dhub.catalog.model import Question
from dhub.datahub import urns
from dhub.datahub.proposals import Proposal, proposal
from dhub.datahub.urns import md5
from dhub.datahub.used.declared import Query
from dhub.datahub.used.scene import DAYS, Scene

DAY = {"unit": "DAY", "multiple": 1}
_OFTEN = {"easy": 0.5, "medium": 0.3, "hard": 0.15}  # a question of the manual, a working day
_TOP = 3


@dataclass
class _Day:
    """What was read of one table on one day."""

    queries: Counter[str] = field(default_factory=Counter)
    users: Counter[str] = field(default_factory=Counter)
    columns: Counter[str] = field(default_factory=Counter)


def queries_of(scene: Scene) -> list[Query]:
    """The teams' own queries, then the manual's questions, asked by who owns what they read."""
    return [
        *scene.use.queries.values(),
        *(_asked(scene, e) for e in scene.catalog.questions.values()),
    ]


def _asked(scene: Scene, each: Question) -> Query:
    database, schema, table = each.reads[0].split(".")
    owners = scene.catalog.databases[database].tables[f"{schema}.{table}"].owners
    team = owners.get("business", "data-governance")
    return Query(
        each.id, each.title, team, _OFTEN[each.level], "even", each.reads, each.sql, each.database
    )


def queries(scene: Scene) -> Iterator[Proposal]:
    """The teams' queries as things of their own; the manual's questions are told elsewhere."""
    for each in scene.use.queries.values():
        subjects = [scene.dataset(place) for place in each.reads]
        urn = urns.query(md5(f"{each.id} {subjects[0]}"))
        author = scene.people(each.team, f"author.{each.id}", 1)[0]
        written = scene.stamp(scene.at(DAYS + 30, 9, 15), author)
        about = {
            "statement": {"value": each.sql.strip(), "language": "SQL"},
            "source": "MANUAL",
            "name": each.title,
            "description": f"Asked by {scene.catalog.groups[each.team].title}.",
            "created": written,
            "lastModified": written,
        }
        yield proposal(urn, "queryProperties", about)
        yield proposal(urn, "querySubjects", {"subjects": [{"entity": e} for e in subjects]})


def usage(scene: Scene) -> Iterator[Proposal]:
    """A record for each table and each day on which somebody read it."""
    emails = {urns.user(each.user): each.email for each in scene.analysts}
    emails |= {urns.user(each.id): each.email for each in scene.catalog.users.values()}
    for (place, ago), day in sorted(_days(scene).items()):
        told = {
            "timestampMillis": scene.at(ago),
            "eventGranularity": DAY,
            "uniqueUserCount": len(day.users),
            "totalSqlQueries": day.queries.total(),
            "topSqlQueries": [sql for sql, _ in _ranked(day.queries)[:_TOP]],
            "userCounts": [
                {"user": user, "count": count, "userEmail": emails[user]}
                for user, count in _ranked(day.users)
            ],
            "fieldCounts": [
                {"fieldPath": path, "count": count} for path, count in _ranked(day.columns)
            ],
        }
        yield proposal(scene.dataset(place), "datasetUsageStatistics", told)


def _days(scene: Scene) -> dict[tuple[str, int], _Day]:
    found: dict[tuple[str, int], _Day] = {}
    for each in queries_of(scene):
        columns = {place: _columns(scene, place, each.sql) for place in each.reads}
        counts = scene.counts(f"query.{each.id}", each.often, each.peak)
        who = iter(scene.people(each.team, each.id, int(counts.sum())))
        for ago, count in enumerate(counts.tolist(), 1):
            users = [next(who) for _ in range(count)]
            if count and ago > each.ends_days_ago:
                for place in each.reads:
                    day = found.setdefault((place, ago), _Day())
                    day.queries[each.sql.strip()] += count
                    day.users.update(users)
                    day.columns.update({path: count for path in columns[place]})
    return found


def _columns(scene: Scene, place: str, sql: str) -> list[str]:
    """The columns of a table that a query names."""
    database, schema, table = place.split(".")
    words = set(re.findall(r"\w+", sql))
    known = scene.catalog.databases[database].tables[f"{schema}.{table}"].columns
    return [name for name in known if name in words]


def _ranked(found: Counter[str]) -> list[tuple[str, int]]:
    """The most frequent first; names decide among equals."""
    return sorted(found.items(), key=lambda each: (-each[1], each[0]))
