"""``python -m healthlint``: the command line without its installed script."""

import sys

from healthlint.cli import main

if __name__ == "__main__":
    sys.exit(main())
