"""What DataHub is told of the six databases: recipes, metadata, an ingestion of both, a pack."""
