"""A fault as it is told: where it is, what it is, in words and by its code."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Found:
    """A fault; `line` is 0 where there is no file, `column` empty where no column is to blame."""

    file: str
    line: int
    column: str
    code: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.column or '-'}: {self.code}: {self.message}"
