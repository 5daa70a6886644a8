"""The bank's insurance policies: who holds which, since when, for how much, and how they ended."""

from dhub.world.cover.claims import Claims, claims
from dhub.world.cover.policies import Policies, policies
from dhub.world.cover.premiums import Premiums, premiums

__all__ = ["Claims", "Policies", "Premiums", "claims", "policies", "premiums"]
