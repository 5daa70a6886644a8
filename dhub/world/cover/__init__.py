"""The bank's insurance policies: who holds which, since when, for how much, and how they ended."""

from dhub.world.cover.policies import Policies, policies

__all__ = ["Policies", "policies"]
