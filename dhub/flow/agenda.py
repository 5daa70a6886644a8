"""Takes the courses of several databases, gives threads their next step: none waits for another's.

A course is a list of stages, a stage a list of steps that may be done side by side; the next stage
begins when the last step of the one before is done. Steps of the courses that were added first come
first, so the largest database should be.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from threading import Condition
from typing import Generic, TypeVar

T = TypeVar("T")

Stages = Iterator[list[Callable[[T], None]]]


@dataclass
class _Course(Generic[T]):
    """What is ready to be done, how much is being done, and what comes after."""

    stages: Stages[T]
    ready: deque[Callable[[T], None]] = field(default_factory=deque)
    busy: int = 0

    def advance(self) -> bool:
        """Begin the next stage that has steps, if it is time; whether anything is ready."""
        while not self.ready and not self.busy:
            stage = next(self.stages, None)
            if stage is None:
                return False
            self.ready.extend(stage)
        return bool(self.ready)


class Agenda(Generic[T]):
    """Courses by name; threads call `work` until all are at their end."""

    def __init__(self) -> None:
        self._courses: dict[str, _Course[T]] = {}
        self._changed = Condition()
        self._more = True

    def add(self, name: str, stages: Stages[T]) -> None:
        """Add a course; not after `complete`."""
        with self._changed:
            self._courses[name] = _Course(stages)
            self._changed.notify_all()

    def complete(self) -> None:
        """Nothing is added any more: whoever finds nothing to do may go."""
        with self._changed:
            self._more = False
            self._changed.notify_all()

    def stop(self) -> None:
        """Begin no step any more."""
        with self._changed:
            self._courses.clear()
            self.complete()

    def work(self, do: Callable[[str, Callable[[T], None]], None]) -> None:
        """Let `do` take steps, each with its course's name, until none is left.

        What a step raises ends its course, and is raised when the others are at their end.
        """
        failed: list[Exception] = []
        while taken := self._take():
            name, step, course = taken
            try:
                do(name, step)
                self._done(course)
            except Exception as error:
                failed.append(error)
                self._done(course, ended=name)
        if failed:
            raise failed[0]

    def _done(self, course: _Course[T], ended: str = "") -> None:
        with self._changed:
            course.busy -= 1
            self._courses.pop(ended, None)
            self._changed.notify_all()

    def _take(self) -> tuple[str, Callable[[T], None], _Course[T]] | None:
        """The next step that is ready, waiting for one; None when there will be none."""
        with self._changed:
            while True:
                for name, course in list(self._courses.items()):
                    if course.advance():
                        course.busy += 1
                        return name, course.ready.popleft(), course
                    if not course.busy:
                        del self._courses[name]
                if not self._courses and not self._more:
                    return None
                self._changed.wait()
