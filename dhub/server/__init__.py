"""The embedded PostgreSQL server: its programs, its data folder, its process and who uses it."""
