"""The databases and what stands in them: where they are, whose they are, and what dhub seeded."""
