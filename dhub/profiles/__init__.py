"""Profiles: every figure the bank is drawn from, validated whole, each with its source."""

from dhub.profiles.loader import load_profile, profile_from_json
from dhub.profiles.model import Figure, Profile
from dhub.profiles.values import By, Counts, Dollars, Mix, Range, Shares, Span, cents

__all__ = [
    "By",
    "Counts",
    "Dollars",
    "Figure",
    "Mix",
    "Profile",
    "Range",
    "Shares",
    "Span",
    "cents",
    "load_profile",
    "profile_from_json",
]
