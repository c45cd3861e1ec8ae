"""The meaning of definitions, ``docs/meaning.md`` in plain Python: slow and obviously right."""

from stamgast.language.reference.answers import answer, answer_at
from stamgast.language.reference.changes import next_change
from stamgast.language.reference.moments import canonical, lateness, moment
from stamgast.language.reference.statistics import statistics

__all__ = ["answer", "answer_at", "canonical", "lateness", "moment", "next_change", "statistics"]
