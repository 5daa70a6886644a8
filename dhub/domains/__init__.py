"""The six domains: each takes a shard and gives the rows of its own tables."""
