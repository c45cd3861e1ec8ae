"""CSV line by line: a quote that does not belong there costs its own line, not those below it.

A quoted text may go on over several lines. Where that comes to nothing (a quote is never closed, or
closed in the wrong place) only the first line is bad, and reading goes on at the next one.
"""

from __future__ import annotations

import csv
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_LINES = 10_000
"""Of one record: a quoted text that goes on for longer was not meant to."""


class Lines:
    """The physical lines of a text for a ``csv.reader``; ``record`` are those of the record under way.

    Every line is read three times at most. A record that fails was inside a quoted text at the end of
    each of its lines but the last. If one that begins in between leaves a quote open at the end of its
    first line, it would be in the same place as the one that failed, and fail likewise: it is not
    followed.
    """

    def __init__(self, file: Iterator[str]) -> None:
        self._file = file
        self._again: deque[str] = deque()
        self._doomed = 0
        self.record: list[str] = []
        self.number = 0
        """Of the line that was read last, from 1."""

    def __iter__(self) -> Iterator[str]:
        """Itself."""
        return self

    def __next__(self) -> str:
        """The next line. Raises csv.Error in a record that is to be given up."""
        if self.record and (self.number < self._doomed or len(self.record) >= MOST_LINES):
            raise csv.Error("a quoted text does not end")
        line = self._again.popleft() if self._again else next(self._file)
        self.number += 1
        self.record.append(line)
        return line

    def begin(self) -> int:
        """A record begins; the number of its first line."""
        self.record.clear()
        return self.number + 1

    def give_up(self) -> str:
        """Go on at the second line of the record under way; its first line."""
        first, *others = self.record
        self._doomed = max(self._doomed, self.number)
        self._again.extendleft(reversed(others))
        self.number -= len(others)
        return first
