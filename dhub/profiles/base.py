"""What every section of a profile is: a frozen pydantic model that takes no unknown key."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

from dhub.profiles.values import refuse


class Section(BaseModel):
    """A table of figures. Strict: 12.0 is no count, "0.5" is no share, nan is no number."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


def must(true: bool, message: str) -> None:
    """Refuse the figure with `message` unless the condition holds."""
    if not true:
        refuse([((), message)])


def earlier(info: Any, name: str) -> Any:
    """A figure stated earlier in the section, or None when it has a fault of its own."""
    return info.data.get(name)
