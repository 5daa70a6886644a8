"""The catalogue: the domains of the bank in the order in which they are loaded."""

from dhub.domains import accounts
from dhub.model import Domain

BANK: tuple[Domain, ...] = (accounts.DOMAIN,)
