"""A lifecycle stage's rule, in words, with the thresholds in force."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stamgast.language.ast import StageTerm
from stamgast.report.words import word

if TYPE_CHECKING:
    from stamgast.language.ast import Lifecycle
    from stamgast.report.formats import Formats


def rule_of(lifecycle: Lifecycle, stage: str, formats: Formats) -> str:
    """When a profile is in ``stage``, with what the rules before it leave.

    The stage is that of the first rule that holds: a term that asks for a purchase within 90 days
    means "between 30 and 90 days ago" for the numbers of purchases that an earlier one takes up to
    30 days.
    """
    earlier: list[StageTerm] = []
    for rule in lifecycle.rules:
        if rule.stage == stage:
            terms = rule.any_of or (StageTerm(at_least=0, within_us=None),)
            parts = [part for term in terms for part in _term(term, earlier, formats)]
            if not parts:
                return word(formats.language, "rule.none")
            text = parts[0]
            for part in parts[1:]:
                text += word(formats.language, "rule.or", text=part)
            return text
        earlier += rule.any_of
    return ""


def _term(term: StageTerm, earlier: list[StageTerm], formats: Formats) -> list[str]:
    """The term, apart for each run of numbers of purchases that has the same bounds in time."""
    if term.at_least > 1 and term.within_us is not None:
        window = formats.duration(term.within_us)
        return [word(formats.language, "rule.in_window", n=term.at_least, days=window)]
    top = 1 + max([one.ever_max or one.ever_min for one in [*earlier, term]] + [0])
    runs: list[tuple[int, int | None, int | None]] = []
    for n in range(top + 1):
        lower = _lower(n, term, earlier)
        high = None if n == top else n
        if lower is None:
            continue
        if runs and runs[-1][2] == lower and runs[-1][1] == n - 1:
            runs[-1] = (runs[-1][0], high, lower)
        else:
            runs.append((n, high, lower))
    return [_run(run, term, formats) for run in runs]


def _lower(n: int, term: StageTerm, earlier: list[StageTerm]) -> int | None:
    """How long ago the last of ``n`` purchases is at least; None: n is not of this term."""
    if n < max(term.ever_min, term.at_least) or (term.ever_max is not None and n > term.ever_max):
        return None
    taken = 0
    for one in earlier:
        if n < one.ever_min or (one.ever_max is not None and n > one.ever_max):
            continue
        if one.at_least == 0 or one.within_us is None:
            return None
        if one.at_least == 1:
            taken = max(taken, one.within_us)
    return taken if term.within_us is None or taken < term.within_us else None


def _run(run: tuple[int, int | None, int | None], term: StageTerm, formats: Formats) -> str:
    low, high, lower = run
    language = formats.language
    count = _range(low, high, formats)
    if high == 0:
        return count
    if term.within_us is None:
        if not lower:
            return count
        return f"{count}, {word(language, 'rule.last_over', days=formats.duration(lower))}"
    window = formats.duration(term.within_us)
    if not lower:
        return f"{count}, {word(language, 'rule.last_within', days=window)}"
    stretch = formats.stretch(lower, term.within_us)
    return f"{count}, {word(language, 'rule.last_between', stretch=stretch)}"


def _range(low: int, high: int | None, formats: Formats) -> str:
    language = formats.language
    if high == 0:
        return word(language, "rule.no_purchase")
    if high is None:
        return word(language, "rule.any" if low <= 1 else "rule.from", n=low)
    if low == high:
        return word(language, "rule.exactly", n=low, count=low)
    return word(language, "rule.from_to", low=max(low, 1), high=high)
