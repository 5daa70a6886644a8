"""Fixtures by subject, in tests/fixtures."""

pytest_plugins = ["fixtures.server", "fixtures.command", "fixtures.small_bank"]
