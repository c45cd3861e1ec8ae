"""Definitions in Python: the same as in files, through the same checks.

Builders make the plain values that a definition file holds; ``definitions`` reads them like a file,
so what a file cannot say a builder cannot say, and every issue is reported in the same words.

>>> import stamgast.language.builders as sg
>>> regulars = (sg.count("order", within="365d") >= 3) & ~sg.stage("at_risk")
>>> regulars.plain
{'all': [{'did': 'order', 'within': '365d', 'at_least': 3}, {'not': {'stage': 'at_risk'}}]}
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from stamgast.language.built import (
    Aggregate,
    Condition,
    Extension,
    Value,
    plain_keys,
    plain_value,
    several,
)
from stamgast.language.reader import Document, LanguageSettings, SourceFile, read_documents
from stamgast.language.reader.issues import Issues, Place
from stamgast.language.reader.source import load

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stamgast.language.ast import Definitions

Names: TypeAlias = "str | Sequence[str]"
PLACE = "python"
"""The file name in issues of definitions that were built."""


# --- values ---------------------------------------------------------------------------------------


def trait(name: str) -> Value:
    """A trait by name."""
    return Value({"trait": name})


def attribute(name: str) -> Value:
    """An attribute by name."""
    return Value({"attribute": name})


def percentile(
    percent: float | str,
    of: str,
    *,
    among: Condition | None = None,
    times: float | str | None = None,
) -> Value:
    """A shop number to compare with: ``sg.trait("spend") > sg.percentile(50, of="spend")``."""
    plain: dict[str, Any] = {"percentile": plain_value(percent), "of": of}
    if times is not None:
        plain["times"] = plain_value(times)
    if among is not None:
        plain["among"] = among.plain
    return Value(plain, {} if among is None else among.traits)


def count(of: Names, **rows: Any) -> Aggregate:  # noqa: ANN401 - the keys of a file
    """How many rows; ``rows``: within, between, from_, until, where, label, about."""
    return _aggregate({"count": plain_value(of)}, rows)


def visits(of: Names, **rows: Any) -> Aggregate:  # noqa: ANN401 - the keys of a file
    """How many visits; ``gap`` and as for ``count``."""
    return _aggregate({"visits": plain_value(of)}, rows)


def visit_days(of: Names, **rows: Any) -> Aggregate:  # noqa: ANN401 - the keys of a file
    """On how many local days a visit starts; ``gap`` and as for ``count``."""
    return _aggregate({"visit_days": plain_value(of)}, rows)


def recurring(name: str, of: Names, *, at_least: int, **rows: Any) -> Aggregate:  # noqa: ANN401 - the keys of a file
    """The value of a property that is in at least so many visits and orders; within, gap, visits_of, last_only, since."""
    return _aggregate({"recurring": name, "of": plain_value(of), "at_least": at_least}, rows)


def days(of: Names, **rows: Any) -> Aggregate:  # noqa: ANN401 - the keys of a file
    """On how many local days there is a row."""
    return _aggregate({"days": plain_value(of)}, rows)


def only_season(of: Names, **rows: Any) -> Aggregate:  # noqa: ANN401 - the keys of a file
    """The season and year that all rows lie in; where, unless_left_edge, label, about."""
    return _aggregate({"only_season": plain_value(of)}, rows)


def season_returns(of: Names, **rows: Any) -> Aggregate:  # noqa: ANN401 - the keys of a file
    """When that season next begins; as for ``only_season``."""
    return _aggregate({"season_returns": plain_value(of)}, rows)


def sale_first_days_hit(of: Names, **rows: Any) -> Aggregate:  # noqa: ANN401 - the keys of a file
    """On how many of the ``latest`` first days of sales there was a row."""
    return _aggregate({"sale_first_days_hit": plain_value(of)}, rows)


def sale_first_days_seen(of: Names, **rows: Any) -> Aggregate:  # noqa: ANN401 - the keys of a file
    """How many of the ``latest`` first days of sales ended after the first row."""
    return _aggregate({"sale_first_days_seen": plain_value(of)}, rows)


def rhythm(of: Names, **rows: Any) -> Aggregate:  # noqa: ANN401 - the keys of a file
    """The usual days of a yearly rhythm; slot, slots, recent, reach, least_days, share, share_from."""
    return _aggregate({"rhythm": plain_value(of)}, rows)


def rhythm_day(of: Names, **rows: Any) -> Aggregate:  # noqa: ANN401 - the keys of a file
    """The usual day that is waited for; before, after, and as for ``rhythm``."""
    return _aggregate({"rhythm_day": plain_value(of)}, rows)


def mean_gap(of: Names, **rows: Any) -> Aggregate:  # noqa: ANN401 - the keys of a file
    """The mean time between the days with a row."""
    return _aggregate({"mean_gap": plain_value(of)}, rows)


def last_gap(of: Names, **rows: Any) -> Aggregate:  # noqa: ANN401 - the keys of a file
    """The time between the last two days with a row."""
    return _aggregate({"last_gap": plain_value(of)}, rows)


def first_gap(of: Names, **rows: Any) -> Aggregate:  # noqa: ANN401 - the keys of a file
    """The time between the first two days with a row."""
    return _aggregate({"first_gap": plain_value(of)}, rows)


def aggregate(op: str, name: str, of: Names, **rows: Any) -> Aggregate:  # noqa: ANN401 - as above
    """``aggregate("sum", "amount", of="revenue")``: sum, mean, min, max, first, last, distinct, ..."""
    return _aggregate({op: name, "of": plain_value(of)}, rows)


def formula(text: str, **texts: Any) -> Aggregate:  # noqa: ANN401 - label and about
    """A value computed from other traits: ``formula("net_revenue / orders")``."""
    return _aggregate({"formula": text}, texts)


def score(
    of: str,
    *,
    among: Condition | None = None,
    bands: int = 5,
    **texts: Any,  # noqa: ANN401 - label and about
) -> Aggregate:
    """The band of the shop, 1 to ``bands``: ``sg.score("net_revenue", among=sg.did("order"))``."""
    head: dict[str, Any] = {"score": of, "bands": bands}
    if among is not None:
        head["among"] = among.plain
    made = _aggregate(head, texts)
    traits = {**made.traits, **(among.traits if among is not None else {})}
    return Aggregate(made.head, traits, made.plain)


def case(
    *branches: tuple[Condition, object],
    otherwise: object = None,
    **texts: Any,  # noqa: ANN401 - type, labels, label and about
) -> Aggregate:
    """The value of the first condition that holds: ``sg.case((sg.trait("orders") > 9, "often"))``."""
    written = [{"when": when.plain, "then": plain_value(then)} for when, then in branches]
    head: dict[str, Any] = {"case": written}
    if otherwise is not None:
        head["else"] = plain_value(otherwise)
    made = _aggregate(head, texts)
    traits = dict(made.traits)
    for when, then in branches:
        traits |= when.traits | (then.traits if isinstance(then, Value) else {})
    traits |= otherwise.traits if isinstance(otherwise, Value) else {}
    return Aggregate(made.head, traits, made.plain)


def _aggregate(head: dict[str, Any], rows: Mapping[str, Any]) -> Aggregate:
    plain = {**head, **plain_keys(rows)}
    name = _unnamed(plain)
    return Aggregate({"trait": name}, {name: plain}, plain)


def _unnamed(plain: Mapping[str, Any]) -> str:
    """A name for an aggregate that was given none, the same for the same aggregate."""
    words = re.findall(r"[a-z0-9]+", str(dict(plain)).lower())
    return "_".join(["unnamed", *words])


# --- conditions -----------------------------------------------------------------------------------


def did(of: Names, **keys: Any) -> Condition:  # noqa: ANN401 - the keys of a file
    """Did it so often: at_least, at_most, exactly, within, between, from_, until, where, followed_by.

    ``sg.did("Product Added", within="7d", not_followed_by=sg.follow("order", within="1h"))``
    """
    return Condition({"did": plain_value(of), **plain_keys(keys)})


def follow(event: Names, **keys: Any) -> dict[str, Any]:  # noqa: ANN401 - the keys of a file
    """What follows, for ``followed_by`` and ``not_followed_by``: within, where, strictly."""
    return {"event": plain_value(event), **plain_keys(keys)}


def top(
    share: str,
    by: Names,
    *,
    among: Condition | None = None,
    provided: Condition | None = None,
) -> Condition:
    """Among the best: ``sg.top("20%", by="net_revenue", among=sg.trait("orders") >= 1)``."""
    plain: dict[str, Any] = {"top": share, "by": plain_value(by)}
    traits: dict[str, dict[str, Any]] = {}
    for key, condition in (("among", among), ("provided", provided)):
        if condition is not None:
            plain[key] = condition.plain
            traits |= condition.traits
    return Condition(plain, traits)


def stage(*names: str) -> Condition:
    """In one of these stages."""
    return Condition({"stage": names[0] if len(names) == 1 else list(names)})


def member(segment: str) -> Condition:
    """A member of another segment."""
    return Condition({"segment": segment})


def extension(name: str) -> Extension:
    """Carries an extension; compared, its value: ``sg.extension("loyalty_status") == "GOLD"``."""
    return Extension({"extension": name})


def consent(name: str) -> Condition:
    """Agreed to a purpose over a channel: ``sg.consent("email_marketing")``."""
    return Condition({"consent": name})


def always(holds: bool) -> Condition:  # noqa: FBT001 - the value is all there is to say
    """Holds for everybody, or for nobody."""
    return Condition({"always": holds})


def identified(*kinds: str) -> Condition:
    """Known by one of these kinds, such as ``sg.identified("email", "phone")``; without: by more than a device."""
    return Condition({"identified": list(kinds) or True})


def all_of(*conditions: Condition) -> Condition:
    """Every one holds."""
    return several("all", conditions)


def any_of(*conditions: Condition) -> Condition:
    """At least one holds."""
    return several("any", conditions)


# --- definitions ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A segment to define: its condition, label and explanation (text, or ``{"en":, "nl":}``)."""

    where: Condition
    label: str | Mapping[str, str] | None = None
    about: str | Mapping[str, str] | None = None


def plain_file(
    *,
    segments: Mapping[str, Segment | Condition] | None = None,
    traits: Mapping[str, Aggregate] | None = None,
    **sections: Mapping[str, Any],
) -> dict[str, Any]:
    """The definition file that says the same: sections of plain values, to be dumped as YAML."""
    named: dict[str, Any] = {name: dict(one.plain) for name, one in (traits or {}).items()}
    for made in (traits or {}).values():
        named |= {name: inner for name, inner in made.traits.items() if inner is not made.plain}
    written: dict[str, Any] = {}
    for name, given in (segments or {}).items():
        one = given if isinstance(given, Segment) else Segment(where=given)
        texts = {"label": one.label, "about": one.about}
        written[name] = {key: plain_value(text) for key, text in texts.items() if text is not None}
        written[name]["where"] = one.where.plain
        named |= one.where.traits
    whole: dict[str, Any] = {"version": 1, **{key: plain_value(v) for key, v in sections.items()}}
    whole |= {"traits": named} if named else {}
    return whole | ({"segments": written} if written else {})


def definitions(
    *,
    segments: Mapping[str, Segment | Condition] | None = None,
    traits: Mapping[str, Aggregate] | None = None,
    files: Sequence[SourceFile] = (),
    settings: LanguageSettings | None = None,
    **sections: Mapping[str, Any],
) -> Definitions:
    """The checked definitions of files (the shipped ones, a shop's) and of what was built.

    What was built overrides shipped files; a name that a file of the shop has too is an issue.
    ``sections``: parameters, attributes, events, lifecycle, as in a file. Raises
    ``InvalidDefinitions`` with every issue.
    """
    issues = Issues()
    documents = [document for file in files if (document := load(file, issues)) is not None]
    data = plain_file(segments=segments, traits=traits, **sections)
    documents.append(Document(data=data, place=Place(file=PLACE, lines={})))
    return read_documents(documents, settings=settings or LanguageSettings(), issues=issues)
