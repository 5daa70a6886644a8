"""A fictional bank in six PostgreSQL databases that agree with each other."""

__version__ = "0.2.0"
