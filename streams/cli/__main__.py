"""`python -m streams.cli` is `cuestream`."""

from streams.cli import main

if __name__ == "__main__":
    main()
