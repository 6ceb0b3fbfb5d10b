"""Lets `python -m engine` be the command `fteng`."""

from engine.cli import main

if __name__ == "__main__":
    main()
