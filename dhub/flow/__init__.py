"""Moves any table into any sink: plan, encode, load, ledger, resume."""
