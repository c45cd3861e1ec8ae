"""The meaning of definitions, ``docs/meaning.md`` in plain Python: slow and obviously right."""

from stamgast.language.reference.answers import answer, answers
from stamgast.language.reference.changes import next_change
from stamgast.language.reference.moments import canonical, lateness
from stamgast.language.reference.statistics import statistics

__all__ = ["answer", "answers", "canonical", "lateness", "next_change", "statistics"]
