"""What only the star of the warehouse shows of the bank's world: personas and credit cards."""
