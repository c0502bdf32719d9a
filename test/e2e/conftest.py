"""Servers and clients for the end-to-end tests."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from peer import connect, serve  # noqa: E402,F401
