"""Facts that two or more databases state, each decided once as a pure function."""
