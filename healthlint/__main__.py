"""``python -m healthlint``, and the installed script: an interrupted start is one line too."""

import sys


def main() -> int:
    """Run the command line and return its exit code."""
    try:
        from healthlint.cli import main as run

        return run()
    except KeyboardInterrupt:  # while it was imported
        sys.stderr.write("interrupted\n")
        return 130


if __name__ == "__main__":
    sys.exit(main())
