"""Single values as a form shows them and as a definition file has them.

What is shown and read again is the same value; what cannot be shown so is for the row of text.
"""

from __future__ import annotations

import csv
import io
import re
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, TypeAlias

from stamgast.language.reader.parameters import PARAMETER
from stamgast.language.types import Type

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stamgast.report.words import Language

Plain: TypeAlias = "bool | int | Decimal | str"
UNITS = ("d", "w", "h", "m", "s")
NUMBERS = frozenset({Type.INTEGER, Type.MONEY, Type.DECIMAL, Type.NUMBER})
SPANS = frozenset({Type.DURATION, Type.AGE})
_MARK = {"en": ".", "nl": ","}
_WHOLE = re.compile(r"-?(0|[1-9]\d{0,38})", re.ASCII)
_THOUSANDS = {
    "en": re.compile(r"-?\d{1,3}(,\d{3})+", re.ASCII),
    "nl": re.compile(r"-?\d{1,3}(\.\d{3})+", re.ASCII),
}
_DECIMAL = re.compile(r"-?\d{1,38}[.,]\d{1,38}", re.ASCII)
_SHARE = re.compile(r"-?\d{1,9}([.,]\d{1,9})?%", re.ASCII)
SPAN = re.compile(r"(\d{1,15})([smhdw])", re.ASCII)
"""A length of time as a file has it."""


class NotShown(Exception):  # noqa: N818 - no error: it is for the row of text
    """A value that the fields of a form cannot hold as it is."""


def is_parameter(text: str) -> bool:
    """Whether a text names a parameter: ``$lost_after``."""
    return PARAMETER.fullmatch(text) is not None


def shown(value: object, type_: Type | None, language: Language) -> str:
    """A value as a text field has it: decimals with the mark of the language.

    >>> from decimal import Decimal
    >>> shown(Decimal("19.95"), Type.MONEY, "nl")
    '19,95'
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return str(value).replace(".", _MARK[language])
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str) and type_ in NUMBERS and _SHARE.fullmatch(value):
        return value.replace(".", _MARK[language])
    if isinstance(value, str):
        return value
    raise NotShown


def read(text: str, type_: Type | None, language: Language) -> Plain:
    """What a text field means beside a value of that type; None: the type is not known.

    A text that is no number stays text: what reads definitions says then what is wrong with it.

    >>> read("1.250", Type.MONEY, "nl"), read("19,95", Type.MONEY, "nl"), read("7", Type.TEXT, "nl")
    (1250, Decimal('19.95'), '7')
    """
    if type_ is Type.BOOLEAN and text in {"true", "false"}:
        return text == "true"
    if type_ in NUMBERS:
        return _number(text, language)
    if type_ is None:
        return text == "true" if text in {"true", "false"} else _number(text, language)
    return text


def _number(text: str, language: Language) -> Plain:
    plain = text.strip().replace("\u00a0", "").replace(" ", "")
    if _WHOLE.fullmatch(plain):
        return int(plain)
    if _THOUSANDS[language].fullmatch(plain):
        return int(plain.replace(",", "").replace(".", ""))
    if _SHARE.fullmatch(plain):
        return plain.replace(",", ".")
    if _DECIMAL.fullmatch(plain):
        try:
            return Decimal(plain.replace(",", "."))
        except InvalidOperation:
            return text
    return text


def list_shown(values: Sequence[object], type_: Type | None, language: Language) -> str:
    """Values as one text field has them: with commas between, and quotes around what holds one."""
    out = io.StringIO()
    texts = [shown(value, type_, language) for value in values]
    csv.writer(out, delimiter=_between(type_, language), lineterminator="").writerow(texts)
    text = out.getvalue()
    return (
        text
        if '"' in text
        else text.replace(_between(type_, language), f"{_between(type_, language)} ")
    )


def list_read(text: str, type_: Type | None, language: Language) -> list[Plain] | str:
    """The values of such a text field; a parameter stands for its list."""
    if is_parameter(text.strip()):
        return text.strip()
    rows = csv.reader([text], delimiter=_between(type_, language), skipinitialspace=True)
    return [read(one.strip(), type_, language) for row in rows for one in row if one.strip()]


def _between(type_: Type | None, language: Language) -> str:
    """A comma; where it is the mark of decimals, a semicolon."""
    return ";" if language == "nl" and type_ in NUMBERS else ","


def span_shown(value: object) -> tuple[str, str]:
    """Number and unit of ``30d``; a parameter stands in the place of the number."""
    if not isinstance(value, str):
        raise NotShown
    if is_parameter(value):
        return value, "d"
    found = SPAN.fullmatch(value)
    if found is None:
        raise NotShown
    return found[1], found[2]


def span_read(number: str, unit: str) -> str:
    """``30`` and ``d`` as a file has them."""
    number = number.strip()
    return number if is_parameter(number) else f"{number}{unit if unit in UNITS else 'd'}"


def count_read(text: str) -> Plain:
    """A whole number; else the text as it is."""
    plain = text.strip()
    return int(plain) if _WHOLE.fullmatch(plain) else plain


def same(one: Any, other: Any) -> bool:  # noqa: ANN401 - any values of a file
    """Equal, also in type: 1, true and 1.0 are three things, and so are 1.5 and 1.50."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return set(one) == set(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return str(one) == str(other)
