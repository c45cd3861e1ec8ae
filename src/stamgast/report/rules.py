"""A lifecycle stage's rule, in words, with the thresholds in force."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stamgast.report.words import word

if TYPE_CHECKING:
    from stamgast.language.ast import Lifecycle, StageTerm
    from stamgast.report.formats import Formats


def rule_of(lifecycle: Lifecycle, stage: str, formats: Formats) -> str:
    """When a profile is in ``stage``; earlier rules that take some of its cases are accounted for.

    The stage is that of the first rule that holds, so a term's lower bound is the widest window of
    the earlier terms over the same numbers of purchases.
    """
    earlier: list[StageTerm] = []
    for rule in lifecycle.rules:
        if rule.stage == stage and rule.any_of:
            parts = [_term(term, earlier, formats) for term in rule.any_of]
            text = parts[0]
            for part in parts[1:]:
                text += word(formats.language, "rule.or", text=part)
            return text
        if rule.stage == stage:
            return _rest(earlier, formats)
        earlier += rule.any_of
    return ""


def _rest(earlier: list[StageTerm], formats: Formats) -> str:
    """The last rule, which always holds: what the earlier ones leave."""
    windows = [term.within_us for term in earlier if term.within_us is not None]
    # Numbers of purchases that an earlier rule takes whatever the time.
    bounds = [term for term in earlier if term.at_least == 0 and term.ever_max is None]
    top = min((term.ever_min for term in bounds), default=None)
    if not windows:
        return word(formats.language, "rule.none")
    widest = max((t.within_us or 0 for t in earlier if top is None or t.ever_min < top), default=0)
    last = word(formats.language, "rule.last_over", days=formats.duration(widest))
    count = _range(1, None if top is None else top - 1, formats)
    return f"{count}, {last}"


def _term(term: StageTerm, earlier: list[StageTerm], formats: Formats) -> str:
    lower = _lower(term, earlier)
    language = formats.language
    if term.at_least == 0 and lower:
        last = word(language, "rule.last_over", days=formats.duration(lower))
        return f"{_range(term.ever_min, term.ever_max, formats)}, {last}"
    if term.at_least == 0 or term.within_us is None:
        return _range(term.ever_min, term.ever_max, formats)
    window = formats.duration(term.within_us)
    if term.at_least > 1:
        return word(language, "rule.in_window", n=term.at_least, days=window)
    ever = _range(max(term.ever_min, 1), term.ever_max, formats)
    if lower:
        last = word(language, "rule.last_between", low=formats.duration(lower), high=window)
    else:
        last = word(language, "rule.last_within", days=window)
    return f"{ever}, {last}"


def _lower(term: StageTerm, earlier: list[StageTerm]) -> int:
    """The widest earlier window that takes every case of this term's numbers of purchases."""
    return max(
        (
            other.within_us or 0
            for other in earlier
            if other.at_least == 1
            and other.ever_min <= max(term.ever_min, 1)
            and (other.ever_max is None or (term.ever_max or 1 << 60) <= other.ever_max)
        ),
        default=0,
    )


def _range(low: int, high: int | None, formats: Formats) -> str:
    language = formats.language
    if high == 0:
        return word(language, "rule.no_purchase")
    if high is None:
        key = "rule.any" if low <= 1 else "rule.from"
        return word(language, key, n=low)
    if low == high:
        return word(language, "rule.exactly", n=low, count=low)
    return word(language, "rule.from_to", low=max(low, 1), high=high)
