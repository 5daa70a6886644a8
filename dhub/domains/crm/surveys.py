"""Takes a shard, gives the rows of `satisfaction_surveys`: scores that agree, words that fit."""

from __future__ import annotations

import re
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dhub.domains.crm.interactions import STRIDE
from dhub.domains.crm.interactions import TABLE as INTERACTIONS
from dhub.draw import pools, spread, stream, text
from dhub.draw.pools import Bank
from dhub.model import Column, Rows, Run, Shard, Table
from dhub.world.calendar import DAY
from dhub.world.contacts.contacts import (
    BRANCH,
    EMAIL,
    PHONE,
    Contacts,
    contacts,
)
from dhub.world.contacts.scores import scores
from dhub.world.people import people

Int = NDArray[np.int64]
Float = NDArray[np.float64]

BANDS = ("low", "middle", "high")
_BAND_OF_RATING = np.array([0, 0, 1, 2, 2])
# What a comment speaks of, hence the kinds of contact that it fits.
ON_PHONE, BY_MAIL, BY_CHAT, AT_BRANCH, ALONE = KINDS = range(5)
_SPEAKS_OF: tuple[tuple[re.Pattern[str], set[int]], ...] = (
    (re.compile(r"\b(line|calls?|called|disconnected)\b", re.I), {ON_PHONE}),
    (re.compile(r"\b(branch is|at the branch|one visit|parking|smile|opening hours)\b", re.I),
     {AT_BRANCH}),
    (re.compile(r"\b(app|website|chat|drive to the branch)\b", re.I), {BY_CHAT, ALONE}),
    (re.compile(r"\b(wait|waiting)\b", re.I), {ON_PHONE, BY_CHAT, AT_BRANCH}),
    (re.compile(r"\b(mon|tues|wednes|thurs|fri|satur|sun)day\b", re.I), set()),  # of any day
    (re.compile(r"\b(agents?|team|s?he|her|friendly|unfriendly|polite|patien\w+|somebody|someone|"
                r"person|people|supervisor|professional|advice|jos\w+|seriously|every person|"
                r"competent|they said)\b", re.I), {ON_PHONE, BY_MAIL, BY_CHAT, AT_BRANCH}),
    (re.compile(r"\b(form|simple|fast|safe|paperwork)\b", re.I),
     {BY_MAIL, BY_CHAT, AT_BRANCH, ALONE}),
)  # fmt: skip


def survey_rows(shard: Shard) -> Rows:
    """One row a surveyed contact, ordered by customer and time of the contact."""
    run, made = shard.run, contacts(shard.run, shard.index)
    rated = scores(run, shard.index)
    row, rating = rated.contact, rated.rating
    columns = {
        "survey_id": TABLE.first_key(shard.index) + np.arange(len(row)),
        "interaction_id": INTERACTIONS.first_key(shard.index) + row,
        "customer_id": people(shard).customer_id[made.owner[row]],
        "nps_score": rated.nps,
        "satisfaction_rating": rating + 1,
        "comments": _comments(run, shard.index, made, row, rating),
        "survey_date": _dates(run, made, row),
    }
    return Rows(columns, made.owner[row])


def _dates(run: Run, made: Contacts, row: Int) -> NDArray[np.datetime64]:
    """The day of the answer, yesterday at the latest."""
    wait = run.profile.crm.survey_days
    days = stream(run.seed, "crm.survey_date").between(made.place[row], wait.low, wait.high)
    return np.asarray(np.minimum(made.day[row] + days * DAY, run.today - DAY))


def _comments(run: Run, index: int, made: Contacts, row: Int, rating: Int) -> object:
    """Words for some, fitting the rating and the kind of contact."""
    share = run.profile.crm.survey_comments
    silent = spread(stream(run.seed, f"crm.comments.{index}"), [share, 1 - share], len(row))
    bank = comment_bank()
    key = _BAND_OF_RATING[rating] * len(KINDS) + _kinds(made, row)
    draw = stream(run.seed, "crm.comment").uniform(made.place[row])
    codes = text.choose(bank, np.where(silent == 1, -1, key), draw)
    return text.text(text.Picked(codes, bank.texts))


def _kinds(made: Contacts, row: Int) -> Int:
    """The kind of each contact, as an index of KINDS."""
    channel = made.channel[row]
    kind = np.full(len(row), BY_CHAT)
    for code, one in ((PHONE, ON_PHONE), (EMAIL, BY_MAIL), (BRANCH, AT_BRANCH)):
        kind[channel == code] = one
    return np.where(made.handled[row], kind, ALONE)


@lru_cache(maxsize=1)
def comment_bank() -> Bank:
    """The pool's comments by band and kind of contact, key = band · KINDS + kind."""
    groups = [
        [line for line in pools.pool(f"survey_comments/{band}") if kind in kinds_of(line)]
        for band in BANDS
        for kind in KINDS
    ]
    count = tuple(len(group) for group in groups)
    first = tuple(sum(count[:k]) for k in range(len(count)))
    return Bank(tuple(line for group in groups for line in group), first, count)


def kinds_of(line: str) -> set[int]:
    """The kinds of contact that a comment may follow."""
    fits = set(KINDS)
    for words, kinds in _SPEAKS_OF:
        if words.search(line):
            fits &= kinds
    return fits


TABLE = Table(
    name="satisfaction_surveys",
    phase=3,
    key="survey_id",
    columns=(
        Column("survey_id", "bigint"),
        Column("interaction_id", "bigint"),
        Column("customer_id", "bigint"),
        Column("nps_score", "smallint"),
        Column("satisfaction_rating", "smallint"),
        Column("comments", "text", null=True),
        Column("survey_date", "date"),
    ),
    expected=lambda run, customers: (
        customers * run.profile.crm.interactions.mean * run.profile.crm.survey_share
    ),
    rows=survey_rows,
    stride=STRIDE,
)
