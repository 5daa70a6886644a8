"""What the tables of the bank mean, whose they are and how they are to be guarded.

Declared once, in the TOML files beside the migrations; `load_catalog` gives it as frozen values.
"""

from dhub.catalog.loader import load_catalog
from dhub.catalog.model import Catalog

__all__ = ["Catalog", "load_catalog"]
