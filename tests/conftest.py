"""What all tests have in common."""

from __future__ import annotations

import gc
import os

os.environ.pop("COLUMNS", None)  # tables are as wide as when nobody asked for another width

# Statements are trees of many thousand nodes that live for a moment: looking for rubbish after every
# 700 new objects, as Python does, takes a tenth of the time.
gc.set_threshold(50_000, 20, 20)
