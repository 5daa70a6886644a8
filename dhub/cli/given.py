"""Takes the environment and .env, gives the settings; stderr hears what is passed over."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dhub.settings import Settings


def settings_given() -> Settings:
    """The settings of this command; raises UsageError for what may mean other databases."""
    from dhub.settings import load_settings

    return load_settings(lambda remark: print(f"dhub: {remark}", file=sys.stderr))
