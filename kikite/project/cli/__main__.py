"""`python -m kikite.project.cli` is `kikite`."""

from kikite.project.cli import main

if __name__ == "__main__":
    main()
