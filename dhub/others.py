"""The catalogues beside the bank, each for the command that makes it.

Apart from the bank's: to load them took a third of what `dhub seed all` has to load.
"""

from dhub.domains import plaid, warehouse
from dhub.estate.beside import Beside
from dhub.model import Domain
from dhub.plaid import postgres as plaid_files
from dhub.warehouse import beside as star_beside

# What the bank's people have at other institutions; `dhub plaid` makes it.
PLAID: tuple[Domain, ...] = (plaid.DOMAIN,)

# A star of the same bank, and what can be found in it; `dhub warehouse` makes it.
WAREHOUSE: tuple[Domain, ...] = (warehouse.DOMAIN, warehouse.TRUTH)

# The star as a database has no ground truth in it.
STAR: tuple[Domain, ...] = (warehouse.DOMAIN,)

# Databases beside the six, which their own commands make.
BESIDE: tuple[Beside, ...] = (star_beside.BESIDE, plaid_files.BESIDE)
