"""Fixtures by subject, in tests/fixtures."""

pytest_plugins = ["fixtures.server", "fixtures.command", "fixtures.logins", "fixtures.small_bank"]
