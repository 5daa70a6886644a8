"""`python -m dhub` is the command `dhub`."""

from dhub.cli.main import run

if __name__ == "__main__":
    run()
