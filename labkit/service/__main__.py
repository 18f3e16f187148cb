"""Serves on a free port of loopback, and ends with the process that started it: a notebook's."""

import sys

from labkit.__main__ import main
from labkit.processes import end_with_parent

if __name__ == "__main__":
    end_with_parent()
    sys.exit(main(["service", "--port", "0"]))
