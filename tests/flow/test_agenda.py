"""Steps of one course wait for each other's stages, and for nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from threading import Barrier, Lock

import pytest

from dhub.flow.agenda import Agenda

Step = Callable[[list[str]], None]


def say(word: str) -> Step:
    return lambda said: said.append(word)


def stages(*words: str) -> Iterator[list[Step]]:
    """A stage for each word, a step for each letter."""
    return iter([[say(letter) for letter in word] for word in words])


def worked(agenda: Agenda[list[str]], threads: int) -> list[str]:
    said: list[str] = []
    lock = Lock()

    def do(course: str, step: Step) -> None:
        with lock:
            step(said)

    agenda.complete()
    with ThreadPoolExecutor(threads) as pool:
        for each in [pool.submit(agenda.work, do) for _ in range(threads)]:
            each.result(60)
    return said


def test_one_thread_takes_what_was_added_first() -> None:
    agenda = Agenda[list[str]]()
    agenda.add("large", stages("ab", "", "c"))
    agenda.add("small", stages("x"))
    assert worked(agenda, 1) == ["a", "b", "c", "x"]


@pytest.mark.parametrize("threads", [2, 5])
def test_a_stage_begins_when_the_one_before_has_ended(threads: int) -> None:
    agenda = Agenda[list[str]]()
    courses = {"0": ("abc", "AB"), "1": ("defgh", "D"), "2": ("i", "IJKL"), "3": ("mn", "MN")}
    for name, words in courses.items():
        agenda.add(name, stages(*words))
    said = worked(agenda, threads)
    assert sorted(said) == sorted("".join(a + b for a, b in courses.values()))
    for first, second in courses.values():
        assert max(map(said.index, first)) < min(map(said.index, second))


def test_steps_of_a_stage_are_done_side_by_side() -> None:
    both = Barrier(2, timeout=30)  # neither passes without the other
    agenda, said = Agenda[list[str]](), list[str]()

    def meet(said: list[str]) -> None:
        both.wait()
        said.append("met")

    agenda.add("one", iter([[meet, meet]]))
    agenda.complete()
    with ThreadPoolExecutor(2) as pool:
        done = [pool.submit(agenda.work, lambda course, step: step(said)) for _ in range(2)]
        for each in done:
            each.result(60)
    assert said == ["met", "met"]


def test_what_fails_ends_its_course_and_no_other() -> None:
    def fail(said: list[str]) -> None:
        raise ValueError("a row of a user's")

    agenda, said = Agenda[list[str]](), list[str]()
    agenda.add("broken", iter([[fail], [say("never")]]))
    agenda.add("sound", stages("x", "y"))
    agenda.complete()
    with pytest.raises(ValueError, match="a row of a user's"):
        agenda.work(lambda course, step: step(said))
    assert said == ["x", "y"]


def test_who_waits_for_a_stage_goes_when_all_is_stopped() -> None:
    agenda = Agenda[list[str]]()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(agenda.work, lambda course, step: step([]))
        agenda.add("late", stages("a"))
        agenda.stop()
        assert not wait([waiting], timeout=60).not_done
