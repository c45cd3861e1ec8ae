"""What all tests have in common."""

from __future__ import annotations

import os

os.environ.pop("COLUMNS", None)  # tables are as wide as when nobody asked for another width
