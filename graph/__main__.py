"""``python -m graph`` is the command ``articlegraph``."""

from .cli import main

if __name__ == "__main__":
    main()
