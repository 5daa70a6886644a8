"""Moves any table into any sink: request, plan, encode, load, resume, export."""
