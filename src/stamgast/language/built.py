"""What is built in Python: conditions and values, which hold what a definition file would say.

``builders`` makes them; comparisons and ``&``, ``|``, ``~`` make more.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from stamgast.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition on a profile: ``plain`` as a file has it, and the unnamed traits it needs.

    ``&``, ``|`` and ``~`` make all, any and not.
    """

    plain: dict[str, Any]
    traits: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __and__(self, other: Condition) -> Condition:
        """Both hold."""
        return several("all", (self, other))

    def __or__(self, other: Condition) -> Condition:
        """At least one holds."""
        return several("any", (self, other))

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
        return Condition({**self.head, key: plain_value(value)}, {**self.traits, **other})

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
            named = ("count", "label", "about")  # what the trait is called; a condition has no name
            rows = {k: v for k, v in self.plain.items() if k not in named}
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


def several(key: str, conditions: Sequence[Condition]) -> Condition:
    """All (or any) of them as one condition; one of the same kind is taken apart."""
    items: list[Any] = []
    traits: dict[str, dict[str, Any]] = {}
    for condition in conditions:
        same = set(condition.plain) == {key}
        items.extend(condition.plain[key] if same else [condition.plain])
        traits |= condition.traits
    return Condition({key: items}, traits)


# --- Python values as a file has them -------------------------------------------------------------


def plain_keys(keys: Mapping[str, Any]) -> dict[str, Any]:
    """Keyword arguments as keys: without the underscore that Python asks for (from_)."""
    given = {key.rstrip("_"): value for key, value in keys.items() if value is not None}
    return {key: plain_value(value) for key, value in given.items()}


def plain_value(value: object) -> Any:  # noqa: ANN401 - any value of a file
    """A Python value as a file has it."""
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
        return {str(key): plain_value(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain_value(inner) for inner in value]
    return value


def _duration(value: timedelta) -> str:
    seconds, rest = divmod(value, timedelta(seconds=1))
    if rest:
        raise UserError("builders.duration", f"{value} is not whole seconds", hint="round it")
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "m")):
        if seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"
