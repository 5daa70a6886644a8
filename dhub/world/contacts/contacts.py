"""Takes a shard, gives its contacts in order of customer and time, complaints among them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dhub.draw import child, exp, expand, one_of, ordered, spread, stream
from dhub.memo import of_shard
from dhub.model import SHARD_CUSTOMERS, Run, Shard
from dhub.world.contacts.cases import CRITICAL, RESOLVED, Cases, cases
from dhub.world.contacts.hours import instants
from dhub.world.contacts.mixes import one_hot, permitted
from dhub.world.contacts.relations import Relations, relations
from dhub.world.people import ACTIVE, in_order, people
from dhub.world.personas import kinds, personas_of
from dhub.world.places import zone_of_branch

Int = NDArray[np.int64]
Bools = NDArray[np.bool_]

CHANNELS = ("phone", "email", "web", "mobile_app", "branch")
PHONE, EMAIL, WEB, MOBILE, BRANCH = range(5)
TYPES = ("call", "email", "branch_visit", "chat", "complaint")
CALL, MAIL, VISIT, CHAT, COMPLAINT = range(5)
OUTCOMES = ("resolved", "escalated", "follow_up_needed")
SOLVED, ESCALATED, FOLLOW_UP = range(3)

_TYPE_OF_CHANNEL = np.array([CALL, MAIL, CHAT, CHAT, VISIT])
_CHANNEL_OF_TYPE = np.array([PHONE, EMAIL, BRANCH, WEB])  # a chat is WEB or MOBILE
# Leaning of contacts of those who left or fell silent to have been passed on (assumed): it annoys.
_ANNOYED = 0.25
MOST_CONTACTS = 30  # of a customer: as many as a profile may ask for
CONTACT_KEYS = SHARD_CUSTOMERS * MOST_CONTACTS  # set aside for a shard
_SPREAD = 0.5  # standard deviation of the logarithm of durations (assumed)


@dataclass(frozen=True)
class Contacts:
    """Contacts of a whole shard, ordered by customer, then by time."""

    owner: Int  # customer within the shard
    place: Int
    interaction_type: Int
    channel: Int
    interaction_date: NDArray[np.datetime64]  # [us]
    handled: Bools  # by an employee, who is on record
    outcome: Int
    complaint: Int  # row of the contact's complaint in `cases`, -1 for none
    cases: Cases

    @property
    def day(self) -> NDArray[np.datetime64]:
        return self.interaction_date.astype("datetime64[D]")


@of_shard()
def contacts(run: Run, index: int) -> Contacts:
    """The contacts of a shard; of a customer's contacts the first drawn are the complaints."""
    related = relations(run, index)
    owner, seq = expand(related.contacts)
    place = child(people(Shard(run, index)).place[owner], seq)
    complaining = seq < related.complaints[owner]
    case = np.where(complaining, np.cumsum(complaining) - 1, -1)
    about = cases(run, index, owner[complaining], related)
    if kinds(run):
        channel, kind = _of_personas(run, index, owner, place, complaining)
    else:
        channel, kind = _channels(run, index, complaining)
    handled = _handled(run, index, channel, complaining)
    first, last = _days(related, owner, complaining, about)
    office = handled | one_of(channel, (PHONE, BRANCH))
    zone = zone_of_branch()[people(Shard(run, index)).branch[owner]]
    instant = instants(run, index, place, first, last, office, channel == BRANCH, zone)
    left = people(Shard(run, index)).status[owner] != ACTIVE
    outcome = _outcomes(run, index, handled, left, case, about)
    order = ordered(owner, instant, seq)
    return Contacts(
        owner, place[order], kind[order], channel[order], instant[order], handled[order],
        outcome[order], case[order], about,
    )  # fmt: skip


def _days(
    related: Relations, owner: Int, complaining: Bools, about: Cases
) -> tuple[NDArray[np.datetime64], NDArray[np.datetime64]]:
    first, last = related.first_day[owner], related.last_day[owner]
    first[complaining], last[complaining] = about.first_day, about.last_day
    return first, last


def _channels(run: Run, index: int, complaining: Bools) -> tuple[Int, Int]:
    """Channel and type of each contact; complaints come through any channel, in the same mix."""
    crm = run.profile.crm
    mix = in_order(crm.channel, CHANNELS)
    of_complaint = spread(
        stream(run.seed, f"crm.complaint_channel.{index}"), mix, int(complaining.sum())
    )
    channel = np.full(len(complaining), -1)
    channel[complaining] = of_complaint
    if crm.interaction_from == "channel":
        draw = stream(run.seed, f"crm.channel.{index}")
        channel = spread(draw, mix, len(channel), score=one_hot(channel, len(mix), 3.0))
        return channel, np.where(complaining, COMPLAINT, _TYPE_OF_CHANNEL[channel])
    kind = np.full(len(complaining), COMPLAINT)
    kind[~complaining] = _types(run, index, int((~complaining).sum()))
    rest = ~complaining
    channel[rest] = _CHANNEL_OF_TYPE[kind[rest]]
    chat = np.flatnonzero(kind == CHAT)
    web = [crm.channel.share("web"), crm.channel.share("mobile_app")]
    web = web if sum(web) > 0 else [0.5, 0.5]
    channel[chat] = WEB + spread(stream(run.seed, f"crm.chat.{index}"), web, len(chat))
    return channel, kind


def _of_personas(
    run: Run, index: int, owner: Int, place: Int, complaining: Bools
) -> tuple[Int, Int]:
    """Channel and type of each contact, as such people talk to a bank."""
    persona, draw = personas_of(run, index)[owner], stream(run.seed, "crm.persona_channel")
    edges = np.cumsum([in_order(kind.channel, CHANNELS) for kind in kinds(run)], axis=1)
    channel = (draw.uniform(place)[:, None] >= edges[persona, :-1]).sum(axis=1)
    return channel, np.where(complaining, COMPLAINT, _TYPE_OF_CHANNEL[channel])


def _types(run: Run, index: int, rows: int) -> Int:
    """Types of the contacts that are no complaints."""
    weights = in_order(run.profile.crm.type, TYPES)[:COMPLAINT]
    draw = stream(run.seed, f"crm.type.{index}")
    return spread(draw, weights, rows) if rows else np.zeros(0, dtype=np.int64)


def _handled(run: Run, index: int, channel: Int, complaining: Bools) -> Bools:
    """Nobody telephones or visits without staff; chats and mails may be answered by machine."""
    handled = run.profile.crm.handled
    allowed = np.ones((len(channel), 2), dtype=bool)
    allowed[:, 1] = ~one_of(channel, (PHONE, BRANCH))
    score = np.zeros((len(channel), 2))
    score[:, 1] = 0.3 * one_of(channel, (WEB, MOBILE)) - 0.5 * complaining
    draw = stream(run.seed, f"crm.handled.{index}")
    return np.asarray(permitted(draw, [handled, 1 - handled], allowed, score) == 0)


def _outcomes(run: Run, index: int, handled: Bools, left: Bools, case: Int, about: Cases) -> Int:
    """A complaint is passed on more often, and so were the matters of those who left; one that is
    still pending was not resolved at once."""
    rows = np.flatnonzero(case >= 0)
    which = case[rows]
    allowed = np.ones((len(case), len(OUTCOMES)), dtype=bool)
    allowed[rows, SOLVED] = about.status[which] >= RESOLVED
    score = np.zeros((len(case), len(OUTCOMES)))
    score[rows, ESCALATED] = 0.4 + 0.4 * (about.priority[which] == CRITICAL)
    score[rows, FOLLOW_UP] = 0.3
    score[~handled, SOLVED] += 0.3
    score[left, ESCALATED] += _ANNOYED
    weights = in_order(run.profile.crm.outcome, OUTCOMES)
    return permitted(stream(run.seed, f"crm.outcome.{index}"), weights, allowed, score)


def durations(run: Run, made: Contacts) -> Int:
    """Minutes: log-normal about the median of the channel, longer where there is trouble."""
    crm = run.profile.crm
    medians = [crm.duration_median.get(channel, 1) for channel in CHANNELS]
    noise = stream(run.seed, "crm.duration").normal(made.place)
    minutes = np.array(medians)[made.channel] * exp(_SPREAD * noise)
    minutes *= np.where(made.interaction_type == COMPLAINT, 1.3, 1.0)
    minutes *= np.where(made.outcome == ESCALATED, 1.2, 1.0)
    whole = np.floor(minutes + 0.5).astype(np.int64)
    return np.clip(whole, crm.duration.low, crm.duration.high)
