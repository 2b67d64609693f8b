"""`python -m entrypoints.cli`: the program without its script."""

from entrypoints.cli.main import main

if __name__ == "__main__":
    main()
