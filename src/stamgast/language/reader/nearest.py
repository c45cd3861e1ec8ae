"""What somebody meant who wrote a name that is not known: a synonym, or the nearest name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stamgast.errors import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_LISTED = 12
"""More names than this are not listed in a hint."""

SYNONYMS: dict[str, tuple[str, ...]] = {
    # comparisons
    "more_than": ("gt",),
    "greater_than": ("gt",),
    "above": ("gt",),
    "over": ("gt",),
    "at_least": ("gte",),
    "minimum": ("gte", "at_least", "min"),
    "no_less_than": ("gte", "at_least"),
    "less_than": ("lt",),
    "fewer_than": ("lt",),
    "smaller_than": ("lt",),
    "below": ("lt",),
    "under": ("lt",),
    "at_most": ("lte",),
    "maximum": ("lte", "at_most", "max"),
    "no_more_than": ("lte", "at_most"),
    "up_to": ("lte", "at_most", "within"),
    "equals": ("is", "exactly"),
    "equal": ("is", "exactly"),
    "equal_to": ("is",),
    "eq": ("is",),
    "=": ("is",),
    "==": ("is",),
    "!=": ("is_not",),
    "ne": ("is_not",),
    "not_equal": ("is_not",),
    "not_equals": ("is_not",),
    "isnt": ("is_not",),
    ">": ("gt",),
    ">=": ("gte",),
    "<": ("lt",),
    "<=": ("lte",),
    "one_of": ("in", "any"),
    "any_of": ("in", "any"),
    "none_of": ("not_in", "not"),
    "includes": ("contains",),
    "has": ("contains", "did"),
    "like": ("contains",),
    "begins_with": ("starts_with",),
    "exists": ("present",),
    "known": ("present",),
    "filled": ("present",),
    "range": ("between",),
    # rows and windows
    "since": ("within",),
    "last": ("within",),
    "in_last": ("within",),
    "past": ("within",),
    "during": ("in", "within"),
    "times": ("exactly",),
    "min_times": ("at_least",),
    "max_times": ("at_most",),
    "filter": ("where",),
    "if": ("where", "when", "case"),
    "condition": ("where", "when"),
    "then": ("followed_by",),
    "then_not": ("not_followed_by",),
    "before": ("until",),
    "after": ("from",),
    "property": ("of",),
    # conditions
    "and": ("all",),
    "every": ("all",),
    "all_of": ("all",),
    "or": ("any",),
    "either": ("any",),
    "none": ("not",),
    "neither": ("not",),
    "nor": ("not",),
    "without": ("not",),
    "except": ("not",),
    "event": ("did",),
    "done": ("did",),
    "member_of": ("segment",),
    "in_segment": ("segment",),
    "label": ("extension",),
    # traits
    "sum_of": ("sum",),
    "total": ("sum",),
    "count_of": ("count",),
    "number_of": ("count",),
    "mean_of": ("mean",),
    "average": ("mean",),
    "avg": ("mean",),
    "min_of": ("min",),
    "lowest": ("min",),
    "max_of": ("max",),
    "highest": ("max",),
    "first_of": ("first",),
    "earliest": ("first",),
    "oldest": ("first",),
    "last_of": ("last",),
    "latest": ("last",),
    "newest": ("last",),
    "unique": ("distinct",),
    "distinct_of": ("distinct",),
    "count_distinct": ("distinct",),
    "most_common": ("most_frequent",),
    "mode": ("most_frequent",),
    "expression": ("formula",),
    "calculate": ("formula",),
    "switch": ("case",),
    "cases": ("case",),
    "otherwise": ("else",),
    "default": ("else",),
    "rank": ("score",),
    # texts and types
    "name": ("label",),
    "title": ("label",),
    "description": ("about",),
    "string": ("text",),
    "str": ("text",),
    "float": ("number",),
    "double": ("number",),
    "int": ("integer",),
    "bool": ("boolean",),
    "date": ("day",),
    "datetime": ("instant",),
    "timestamp": ("instant",),
    "currency": ("money",),
    "amount": ("money",),
}
"""What other tools and people call a key or type of ours; the first that is possible is meant."""


def meant(name: object, options: Iterable[str]) -> str | None:
    """The option that is meant by a name that is none of them; None when nobody can tell.

    >>> meant("more_than", ["gt", "gte"]), meant("gtt", ["gt", "present"]), meant("x", ["gt"])
    ('gt', 'gt', None)
    """
    known = sorted(options)
    called = SYNONYMS.get(str(name).lower(), ())
    return next((one for one in called if one in known), None) or nearest(name, known)


def suggest(name: object, options: Iterable[str], what: str = "names") -> str:
    """A hint for a name that is not among the options.

    >>> suggest("ordres", ["orders", "revenue"])
    'did you mean `orders`?'
    >>> suggest("x", ["orders", "revenue"], "traits")
    'traits: orders, revenue'
    """
    known = sorted(options)
    found = meant(name, known)
    if found is not None:
        return f"did you mean `{found}`?"
    return f"{what}: {', '.join(known)}" if 0 < len(known) <= MAX_LISTED else ""
