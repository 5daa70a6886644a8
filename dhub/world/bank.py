"""The bank itself: its name, as descriptions, mail domains and reports write it.

Fictional; its domain lies under .test, which nobody can register (RFC 2606).
"""

NAME = "Larkmere Bank"
SHORT_NAME = "LARKMERE"  # as statements abbreviate it
DOMAIN = "larkmere.test"
