"""Where encoded rows go: a PostgreSQL COPY, or memory."""
