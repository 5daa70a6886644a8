"""Reads the six databases and says what is wrong with them; knows no domain."""
