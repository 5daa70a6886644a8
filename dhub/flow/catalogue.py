"""Takes the name of a catalogue, which travels to workers, gives its domains, which do not."""

from __future__ import annotations

from importlib import import_module

from dhub.model import Domain

CATALOGUE = "dhub.bank:BANK"


def bank_of(name: str) -> tuple[Domain, ...]:
    """The catalogue that a name such as "dhub.bank:BANK" stands for."""
    module, _, attribute = name.partition(":")
    bank: tuple[Domain, ...] = getattr(import_module(module), attribute)
    return bank
