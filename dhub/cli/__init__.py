"""Takes the command line, gives the exit code: the only floor that prints."""
