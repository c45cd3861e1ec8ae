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
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

from stamgast.errors import UserError
from stamgast.language.reader import Document, LanguageSettings, SourceFile, read_documents
from stamgast.language.reader.issues import Issues, Place
from stamgast.language.reader.source import load

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from stamgast.language.ast import Definitions

Names: TypeAlias = "str | Sequence[str]"
PLACE = "python"
"""The file name in issues of definitions that were built."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition on a profile: ``plain`` as a file has it, and the unnamed traits it needs.

    ``&``, ``|`` and ``~`` make all, any and not.
    """

    plain: dict[str, Any]
    traits: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __and__(self, other: Condition) -> Condition:
        """Both hold."""
        return all_of(self, other)

    def __or__(self, other: Condition) -> Condition:
        """At least one holds."""
        return any_of(self, other)

    def __invert__(self) -> Condition:
        """It does not hold."""
        return Condition({"not": self.plain}, self.traits)

    def ignoring_case(self) -> Condition:
        """A comparison of texts in which A-Z and a-z are the same."""
        return Condition({**self.plain, "ignore_case": True}, self.traits)

    def __bool__(self) -> bool:
        """A condition has no truth by itself: ``and``, ``or``, ``1 < x < 3`` would lose a part."""
        raise UserError(
            "builders.truth",
            "a condition is neither true nor false by itself",
            hint="use & | ~ with parentheses, and between(1, 3)",
        )


@dataclass(frozen=True, slots=True)
class Value:
    """A trait, an attribute or an aggregate, to be compared; every comparison is a ``Condition``."""

    head: dict[str, Any]
    traits: dict[str, dict[str, Any]] = field(default_factory=dict)

    def _compare(self, key: str, value: object) -> Condition:
        other = value.traits if isinstance(value, Value) else {}
        return Condition({**self.head, key: _plain(value)}, {**self.traits, **other})

    def __eq__(self, other: object) -> Condition:  # type: ignore[override] # a condition, not a truth
        """Equal."""
        return self._compare("is", other)

    def __ne__(self, other: object) -> Condition:  # type: ignore[override] # a condition, not a truth
        """Not equal, or missing."""
        return self._compare("is_not", other)

    __hash__ = None  # type: ignore[assignment] # what is not compared cannot be a key

    def __gt__(self, other: object) -> Condition:
        """Greater."""
        return self._compare("gt", other)

    def __ge__(self, other: object) -> Condition:
        """Greater or equal."""
        return self._compare("gte", other)

    def __lt__(self, other: object) -> Condition:
        """Less."""
        return self._compare("lt", other)

    def __le__(self, other: object) -> Condition:
        """Less or equal."""
        return self._compare("lte", other)

    def between(self, low: object, high: object) -> Condition:
        """From low up to and including high."""
        return self._compare("between", [low, high])

    def is_in(self, values: Iterable[object]) -> Condition:
        """Equal to one of the values."""
        return self._compare("in", list(values))

    def not_in(self, values: Iterable[object]) -> Condition:
        """Equal to none of the values, or missing."""
        return self._compare("not_in", list(values))

    def contains(self, text: str) -> Condition:
        """The text holds this."""
        return self._compare("contains", text)

    def starts_with(self, text: str) -> Condition:
        """The text begins with this."""
        return self._compare("starts_with", text)

    def ends_with(self, text: str) -> Condition:
        """The text ends with this."""
        return self._compare("ends_with", text)

    def present(self) -> Condition:
        """There is a value."""
        return self._compare("present", value=True)

    def missing(self) -> Condition:
        """There is no value."""
        return self._compare("present", value=False)

    def older_than(self, duration: str | timedelta) -> Condition:
        """The instant lies longer ago."""
        return self._compare("older_than", duration)

    def newer_than(self, duration: str | timedelta) -> Condition:
        """The instant lies so long ago or less."""
        return self._compare("newer_than", duration)

    def within_next(self, duration: str | timedelta) -> Condition:
        """The instant comes within this time."""
        return self._compare("within_next", duration)

    def anniversary_within_next(self, duration: str | timedelta) -> Condition:
        """The yearly return of the day is today or comes within this time."""
        return self._compare("anniversary", {"within_next": duration})


@dataclass(frozen=True, slots=True, eq=False)
class Aggregate(Value):
    """An aggregate: a trait to name (``plain``), or to compare at once without a name."""

    plain: dict[str, Any] = field(default_factory=dict)

    def _compare(self, key: str, value: object) -> Condition:
        bounds = _did_bounds(key, value) if "count" in self.plain else None
        if bounds is not None:
            rows = {k: v for k, v in self.plain.items() if k != "count"}
            return Condition({"did": self.plain["count"], **rows, **bounds})
        return Value._compare(self, key, value)  # noqa: SLF001 - super() fails in slotted dataclasses


@dataclass(frozen=True, slots=True, eq=False)
class Extension(Value):
    """An extension: its value, to be compared, or whether it is carried."""

    def carried(self) -> Condition:
        """It is carried, whatever its value."""
        return Condition(dict(self.head))


def _did_bounds(key: str, value: object) -> dict[str, Any] | None:
    """A count compared with a whole number as ``did``; None where it says it otherwise."""
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    low = {"gte": value, "gt": value + 1}.get(key, 0)
    if low > 0:
        return {"at_least": low}
    high = {"lte": value, "lt": value - 1}.get(key, -1)
    if high >= 0:
        return {"at_least": 0, "at_most": high}
    return {"exactly": value} if key == "is" and value >= 0 else None


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
    plain: dict[str, Any] = {"percentile": _plain(percent), "of": of}
    if times is not None:
        plain["times"] = _plain(times)
    if among is not None:
        plain["among"] = among.plain
    return Value(plain, {} if among is None else among.traits)


def count(of: Names, **rows: Any) -> Aggregate:  # noqa: ANN401 - the keys of a file
    """How many rows; ``rows``: within, between, from_, until, where, label, about."""
    return _aggregate({"count": _plain(of)}, rows)


def visits(of: Names, **rows: Any) -> Aggregate:  # noqa: ANN401 - the keys of a file
    """How many visits; ``gap`` and as for ``count``."""
    return _aggregate({"visits": _plain(of)}, rows)


def visit_days(of: Names, **rows: Any) -> Aggregate:  # noqa: ANN401 - the keys of a file
    """On how many local days a visit starts; ``gap`` and as for ``count``."""
    return _aggregate({"visit_days": _plain(of)}, rows)


def recurring(name: str, of: Names, *, at_least: int, **rows: Any) -> Aggregate:  # noqa: ANN401 - the keys of a file
    """The value of a property that is in at least so many visits and orders; within, gap, visits_of, last_only, since."""
    return _aggregate({"recurring": name, "of": _plain(of), "at_least": at_least}, rows)


def days(of: Names, **rows: Any) -> Aggregate:  # noqa: ANN401 - the keys of a file
    """On how many local days there is a row."""
    return _aggregate({"days": _plain(of)}, rows)


def only_season(of: Names, **rows: Any) -> Aggregate:  # noqa: ANN401 - the keys of a file
    """The season and year that all rows lie in; where, unless_left_edge, label, about."""
    return _aggregate({"only_season": _plain(of)}, rows)


def season_returns(of: Names, **rows: Any) -> Aggregate:  # noqa: ANN401 - the keys of a file
    """When that season next begins; as for ``only_season``."""
    return _aggregate({"season_returns": _plain(of)}, rows)


def sale_first_days_hit(of: Names, **rows: Any) -> Aggregate:  # noqa: ANN401 - the keys of a file
    """On how many of the ``latest`` first days of sales there was a row."""
    return _aggregate({"sale_first_days_hit": _plain(of)}, rows)


def sale_first_days_seen(of: Names, **rows: Any) -> Aggregate:  # noqa: ANN401 - the keys of a file
    """How many of the ``latest`` first days of sales ended after the first row."""
    return _aggregate({"sale_first_days_seen": _plain(of)}, rows)


def rhythm(of: Names, **rows: Any) -> Aggregate:  # noqa: ANN401 - the keys of a file
    """The usual days of a yearly rhythm; slot, slots, recent, reach, least_days, share, share_from."""
    return _aggregate({"rhythm": _plain(of)}, rows)


def rhythm_day(of: Names, **rows: Any) -> Aggregate:  # noqa: ANN401 - the keys of a file
    """The usual day that is waited for; before, after, and as for ``rhythm``."""
    return _aggregate({"rhythm_day": _plain(of)}, rows)


def mean_gap(of: Names, **rows: Any) -> Aggregate:  # noqa: ANN401 - the keys of a file
    """The mean time between the days with a row."""
    return _aggregate({"mean_gap": _plain(of)}, rows)


def last_gap(of: Names, **rows: Any) -> Aggregate:  # noqa: ANN401 - the keys of a file
    """The time between the last two days with a row."""
    return _aggregate({"last_gap": _plain(of)}, rows)


def first_gap(of: Names, **rows: Any) -> Aggregate:  # noqa: ANN401 - the keys of a file
    """The time between the first two days with a row."""
    return _aggregate({"first_gap": _plain(of)}, rows)


def aggregate(op: str, name: str, of: Names, **rows: Any) -> Aggregate:  # noqa: ANN401 - as above
    """``aggregate("sum", "amount", of="revenue")``: sum, mean, min, max, first, last, distinct, ..."""
    return _aggregate({op: name, "of": _plain(of)}, rows)


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
    written = [{"when": when.plain, "then": _plain(then)} for when, then in branches]
    head: dict[str, Any] = {"case": written}
    if otherwise is not None:
        head["else"] = _plain(otherwise)
    made = _aggregate(head, texts)
    traits = dict(made.traits)
    for when, then in branches:
        traits |= when.traits | (then.traits if isinstance(then, Value) else {})
    traits |= otherwise.traits if isinstance(otherwise, Value) else {}
    return Aggregate(made.head, traits, made.plain)


def _aggregate(head: dict[str, Any], rows: Mapping[str, Any]) -> Aggregate:
    plain = {**head, **_keys(rows)}
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
    return Condition({"did": _plain(of), **_keys(keys)})


def follow(event: Names, **keys: Any) -> dict[str, Any]:  # noqa: ANN401 - the keys of a file
    """What follows, for ``followed_by`` and ``not_followed_by``: within, where, strictly."""
    return {"event": _plain(event), **_keys(keys)}


def top(
    share: str,
    by: Names,
    *,
    among: Condition | None = None,
    provided: Condition | None = None,
) -> Condition:
    """Among the best: ``sg.top("20%", by="net_revenue", among=sg.trait("orders") >= 1)``."""
    plain: dict[str, Any] = {"top": share, "by": _plain(by)}
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
    return _several("all", conditions)


def any_of(*conditions: Condition) -> Condition:
    """At least one holds."""
    return _several("any", conditions)


def _several(key: str, conditions: Sequence[Condition]) -> Condition:
    items: list[Any] = []
    traits: dict[str, dict[str, Any]] = {}
    for condition in conditions:
        same = set(condition.plain) == {key}
        items.extend(condition.plain[key] if same else [condition.plain])
        traits |= condition.traits
    return Condition({key: items}, traits)


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
        written[name] = {key: _plain(text) for key, text in texts.items() if text is not None}
        written[name]["where"] = one.where.plain
        named |= one.where.traits
    whole: dict[str, Any] = {"version": 1, **{key: _plain(v) for key, v in sections.items()}}
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


# --- Python values as a file has them -------------------------------------------------------------


def _keys(keys: Mapping[str, Any]) -> dict[str, Any]:
    """Keyword arguments as keys: without the underscore that Python asks for (from_)."""
    given = {key.rstrip("_"): value for key, value in keys.items() if value is not None}
    return {key: _plain(value) for key, value in given.items()}


def _plain(value: object) -> Any:  # noqa: ANN401 - any value of a file
    if isinstance(value, Value):
        return dict(value.head)
    if isinstance(value, Condition):
        return value.plain
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, timedelta):
        return _duration(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value


def _duration(value: timedelta) -> str:
    seconds, rest = divmod(value, timedelta(seconds=1))
    if rest:
        raise UserError("builders.duration", f"{value} is not whole seconds", hint="round it")
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "m")):
        if seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"
