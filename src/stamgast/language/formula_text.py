"""Formulas as text: a small safe part of Python's expressions, checked and typed."""

from __future__ import annotations

import ast as python
import re
import warnings
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

from stamgast.language.ast import AttributeRef, Call, Literal_, TraitRef
from stamgast.language.operators import DATED, FORMULAS, NUMERIC
from stamgast.language.types import SCALE, Type

if TYPE_CHECKING:
    from stamgast.language.ast import Formula, FormulaOp, ShopTotal
    from stamgast.model.log import Scalar


class Names(Protocol):
    """What a formula may name, and what it is told about what is wrong."""

    def trait(self, name: str) -> Type | None:
        """The type of a trait; None when it says that there is none."""

    def attribute(self, name: str) -> Type | None:
        """The type of an attribute; None when it says that there is none."""

    def total(self, name: str) -> ShopTotal | None:
        """The shop's total of a trait; None when it says that there is none."""

    def literal(self, value: object, type_: Type) -> tuple[Scalar, bool]:
        """A literal in the stored form of a type, and whether it could be read as one."""

    def issue(self, code: str, message: str, hint: str = "") -> None:
        """Note something wrong."""

    def suggest(self, name: str, options: list[str]) -> str:
        """A hint for an unknown function."""


@dataclass(frozen=True, slots=True)
class Raw:
    """A literal that has no type yet: it takes that of what it meets."""

    value: int | Decimal | str


OPERATORS: dict[type[python.operator], FormulaOp] = {
    python.Add: "add",
    python.Sub: "subtract",
    python.Mult: "multiply",
    python.Div: "divide",
}
FUNCTIONS: dict[str, tuple[int, int | None]] = {
    "days_since": (1, 1),
    "years_since": (1, 1),
    "coalesce": (2, None),
    "min": (2, None),
    "max": (2, None),
    "ratio": (2, 3),
    "shop": (1, 1),
    "whole": (1, 1),
    "site": (1, 1),
}
"""Functions, with the least and greatest number of values they take."""

MOST_TIMES = 1_000_000
TIMES_PLACES = 10_000
"""The multiplier of a ratio: engines multiply exact numbers by it."""

MAX_LENGTH = 2_000
MAX_DEPTH = 60
MAX_SHOWN = 80


def parse_formula(text: str, names: Names) -> Formula | None:
    """The typed formula of a text; None when something is wrong, which ``names`` is told.

    A number beside money is money (``net_revenue + 5``), text beside a duration a duration
    (``order_gap + '30d'``); alone a whole number is INTEGER, one of four decimals DECIMAL.
    """
    return _Parser(text, names).parse()


def _short(text: str) -> str:
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}..."


def _depth(node: python.expr) -> int:
    """How deep an expression nests, without recursion."""
    deepest, waiting = 0, [(node, 1)]
    while waiting:
        one, depth = waiting.pop()
        deepest = max(deepest, depth)
        children = python.iter_child_nodes(one)
        waiting.extend((c, depth + 1) for c in children if isinstance(c, python.expr))
    return deepest


class _Parser:
    def __init__(self, text: str, names: Names) -> None:
        self.source = text.strip()
        self.text = _short(self.source)
        self.names = names

    def parse(self) -> Formula | None:
        if len(self.source) > MAX_LENGTH:
            self.names.issue("formula", "this formula is too long", "split it into traits")
            return None
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                tree = python.parse(self.source, mode="eval")
        except (SyntaxError, Warning, ValueError, RecursionError, MemoryError) as error:
            what = error.msg if isinstance(error, SyntaxError) else "it cannot be read"
            hint = ""
            if re.search(r"\d[smhdw]\b", self.source):
                hint = "write a duration in quotes: '30d'"
            self.names.issue("formula", f"`{self.text}` is not a formula: {what}", hint)
            return None
        if _depth(tree.body) > MAX_DEPTH:
            self.names.issue("formula", "this formula nests too deep", "split it into traits")
            return None
        return self._settle(self._node(tree.body))

    def _settle(self, part: Formula | Raw | None) -> Formula | None:
        """A literal that met nothing gets its own type."""
        if not isinstance(part, Raw):
            return part
        return self._typed(part, _own_type(part.value))

    def _typed(self, part: Formula | Raw, type_: Type) -> Formula | None:
        if not isinstance(part, Raw):
            return part
        value, sound = self.names.literal(part.value, type_)
        return Literal_(value=value, type=type_) if sound else None

    def _node(self, node: python.expr) -> Formula | Raw | None:
        match node:
            case python.Constant():
                return self._constant(node)
            case python.Name():
                return self._name(node)
            case python.Attribute():
                return self._attribute(node)
            case python.UnaryOp():
                return self._unary(node)
            case python.BinOp():
                return self._binary(node)
            case python.Call():
                return self._call(node)
            case _:
                hint = "use + - * /, names, numbers and " + ", ".join(sorted(FUNCTIONS))
                message = f"`{self._piece(node)}` is not possible in a formula"
                self.names.issue("formula", message, hint)
                return None

    def _piece(self, node: python.expr) -> str:
        return _short(python.get_source_segment(self.source, node) or self.source)

    def _constant(self, node: python.Constant) -> Raw | None:
        if isinstance(node.value, str):
            return Raw(node.value)
        if isinstance(node.value, bool) or not isinstance(node.value, int | float):
            self.names.issue("formula", f"`{self._piece(node)}` is not possible in a formula")
            return None
        if isinstance(node.value, int):
            return Raw(node.value)
        piece = python.get_source_segment(self.source, node) or str(node.value)
        return Raw(Decimal(piece.replace("_", "")))

    def _name(self, node: python.Name) -> Formula | None:
        type_ = self.names.trait(node.id)
        return None if type_ is None else TraitRef(name=node.id, type=type_)

    def _attribute(self, node: python.Attribute) -> Formula | None:
        if not isinstance(node.value, python.Name) or node.value.id != "attribute":
            message = f"`{self._piece(node)}` is not known"
            self.names.issue("formula", message, "write attribute.NAME")
            return None
        type_ = self.names.attribute(node.attr)
        return None if type_ is None else AttributeRef(name=node.attr, type=type_)

    def _unary(self, node: python.UnaryOp) -> Formula | Raw | None:
        inner = self._node(node.operand)
        if inner is None or isinstance(node.op, python.UAdd):
            return inner
        if not isinstance(node.op, python.USub):
            self.names.issue("formula", f"`{self.text}`: only - and + stand before a value")
            return None
        if isinstance(inner, Raw):
            return self._negated(inner)
        if inner.type not in FORMULAS["negate"].takes:
            self._unfit("negate", inner.type)
            return None
        return Call(op="negate", args=(inner,), type=inner.type)

    def _negated(self, inner: Raw) -> Raw | None:
        if isinstance(inner.value, str):
            self.names.issue("type", f"`-` does not go with text ({inner.value!r})")
            return None
        return Raw(-inner.value)

    def _binary(self, node: python.BinOp) -> Formula | None:
        op = OPERATORS.get(type(node.op))
        left, right = self._node(node.left), self._node(node.right)
        if op is None:
            self.names.issue("formula", f"`{self.text}`: only + - * / are possible")
            return None
        if left is None or right is None:
            return None
        return self._apply(op, [left, right])

    def _call(self, node: python.Call) -> Formula | None:
        name = node.func.id if isinstance(node.func, python.Name) else ""
        if name not in FUNCTIONS:
            shown = self._piece(node.func)
            hint = self.names.suggest(shown, sorted(FUNCTIONS))
            self.names.issue("unknown_name", f"there is no function `{shown}`", hint)
            return None
        if node.keywords or any(isinstance(arg, python.Starred) for arg in node.args):
            self.names.issue("formula", f"`{name}` takes plain values only")
            return None
        if name == "shop":
            return self._total(node)
        least, most = FUNCTIONS[name]
        parts = [self._node(arg) for arg in node.args]
        if len(parts) < least or (most is not None and len(parts) > most):
            wanted = (
                f"{least}" if most == least else f"{least} {f'to {most}' if most else 'or more'}"
            )
            self.names.issue("formula", f"`{name}` takes {wanted} values, not {len(parts)}")
            return None
        if any(part is None for part in parts):
            return None
        return self._apply(_op(name), [part for part in parts if part is not None])

    def _total(self, node: python.Call) -> Formula | None:
        """The sum of a trait over everybody."""
        if len(node.args) != 1 or not isinstance(node.args[0], python.Name):
            message = f"`{self._piece(node)}`: `shop` takes the name of one trait"
            self.names.issue("formula", message, "write it like shop(net_revenue)")
            return None
        return self.names.total(node.args[0].id)

    def _apply(self, op: FormulaOp, parts: list[Formula | Raw]) -> Formula | None:
        """The operation on its values, typed."""
        if op in {"days_since", "years_since"}:
            return self._since(op, parts[0])
        if op == "multiply":
            return self._multiply(parts)
        if not self._fit(op, parts):
            return None
        if op in {"divide", "ratio"}:
            return self._ratio(op, parts)
        if op == "whole":
            args = self._all_typed([self._settle(parts[0]) or parts[0]], Type.INTEGER)
            return None if args is None else Call(op=op, args=args, type=Type.INTEGER)
        common = Type.TEXT if op == "site" else self._common(op, parts)
        if common is None:
            return None
        args = self._all_typed(parts, common)
        return None if args is None else Call(op=op, args=args, type=common)

    def _fit(self, op: FormulaOp, parts: list[Formula | Raw]) -> bool:
        unfit = [
            p.type for p in parts if not isinstance(p, Raw) and p.type not in FORMULAS[op].takes
        ]
        for type_ in unfit:
            self._unfit(op, type_)
        return not unfit

    def _all_typed(self, parts: list[Formula | Raw], type_: Type) -> tuple[Formula, ...] | None:
        args = [self._typed(part, type_) for part in parts]
        sound = tuple(arg for arg in args if arg is not None)
        return sound if len(sound) == len(args) else None

    def _ratio(self, op: FormulaOp, parts: list[Formula | Raw]) -> Formula | None:
        """A division, of a ratio maybe times a plain number."""
        found = self._divide(op, parts[:2])
        if found is None or len(parts) == 2:  # noqa: PLR2004 - a numerator and a denominator
            return found
        times = parts[2]
        number = (
            Decimal(times.value)
            if isinstance(times, Raw) and not isinstance(times.value, str)
            else None
        )
        if number is None or not 0 < number <= MOST_TIMES or number * TIMES_PLACES % 1:
            message = (
                f"`{self.text}`: the third value of `ratio` is a plain number that multiplies it"
            )
            hint = f"more than 0, at most {MOST_TIMES}, with at most 4 decimals"
            self.names.issue("formula", message, hint)
            return None
        last = self._settle(times)
        assert isinstance(found, Call)  # noqa: S101 - what a division gives, for the type checker
        return None if last is None else Call(op=op, args=(*found.args, last), type=Type.NUMBER)

    def _divide(self, op: FormulaOp, parts: list[Formula | Raw]) -> Formula | None:
        """A duration by a duration, or any two numbers."""
        if any(not isinstance(part, Raw) and part.type is Type.DURATION for part in parts):
            args = self._all_typed(parts, Type.DURATION)
        else:
            settled = [self._settle(part) for part in parts]
            args = tuple(arg for arg in settled if arg is not None)
            args = args if len(args) == len(settled) else None
        if args is None:
            return None
        types = {arg.type for arg in args}
        if (len(types) > 1 and not types <= NUMERIC) or types == {Type.TEXT}:
            self._unlike(op, types)
            return None
        return Call(op=op, args=args, type=Type.NUMBER)

    def _common(self, op: FormulaOp, parts: list[Formula | Raw]) -> Type | None:
        """The one type that values are added or compared in."""
        types = {part.type for part in parts if not isinstance(part, Raw)}
        free = [part.value for part in parts if isinstance(part, Raw)]
        own = {_own_type(value) for value in free}
        if types in (set(), {Type.INTEGER}):
            types |= own
            if types == {Type.INTEGER, Type.DECIMAL} and own == types:
                return Type.DECIMAL
            if types == {Type.INTEGER, Type.DECIMAL}:
                return Type.NUMBER
        if len(types) == 1 and types <= FORMULAS[op].takes:
            return next(iter(types))
        if types <= NUMERIC and Type.NUMBER in types:
            return Type.NUMBER
        self._unlike(op, types)
        return None

    def _unlike(self, op: FormulaOp, types: set[Type]) -> None:
        listed = " and ".join(sorted(type_.value for type_ in types))
        message = f"`{self.text}`: {listed} do not go together in `{op}`"
        self.names.issue("type", message, "use values of one type")

    def _multiply(self, parts: list[Formula | Raw]) -> Formula | None:
        durations = [p for p in parts if not isinstance(p, Raw) and p.type is Type.DURATION]
        if not durations:
            return self._numbers(parts)
        other = parts[1] if parts[0] is durations[0] else parts[0]
        if not isinstance(other, Raw) or isinstance(other.value, str):
            message = f"`{self.text}`: a duration is multiplied by a plain number only"
            self.names.issue("type", message, "write it like 1.5 * order_gap")
            return None
        factor = self._settle(other)
        if factor is None:
            return None
        return Call(op="multiply", args=(durations[0], factor), type=Type.DURATION)

    def _numbers(self, parts: list[Formula | Raw]) -> Formula | None:
        args = [self._settle(part) for part in parts]
        sound = tuple(arg for arg in args if arg is not None)
        for arg in sound:
            if arg.type not in NUMERIC:
                self._unfit("multiply", arg.type)
                return None
        if len(sound) < len(args):
            return None
        return Call(op="multiply", args=sound, type=Type.NUMBER)

    def _since(self, op: FormulaOp, part: Formula | Raw) -> Formula | None:
        inner = self._typed(part, Type.INSTANT) if isinstance(part, Raw) else part
        if inner is None:
            return None
        if inner.type not in DATED:
            self._unfit(op, inner.type)
            return None
        result = Type.AGE if op == "days_since" else Type.INTEGER
        return Call(op=op, args=(inner,), type=result)

    def _unfit(self, op: str, type_: Type) -> None:
        hint = "what goes: " + ", ".join(sorted(t.value for t in FORMULAS[op].takes))
        if type_ is Type.AGE:
            hint = "an age grows all the time: compare it in a condition"
        message = f"`{self.text}`: `{op}` does not go with {type_.value}"
        self.names.issue("type", message, hint)


def _op(name: str) -> FormulaOp:
    functions: dict[str, FormulaOp] = {
        "days_since": "days_since",
        "years_since": "years_since",
        "coalesce": "coalesce",
        "min": "min",
        "max": "max",
        "ratio": "ratio",
        "whole": "whole",
        "site": "site",
    }
    return functions[name]


def _own_type(value: int | Decimal | str) -> Type:
    if isinstance(value, str):
        return Type.TEXT
    if isinstance(value, int):
        return Type.INTEGER
    scaled = value * SCALE[Type.DECIMAL]
    return Type.DECIMAL if scaled == scaled.to_integral_value() else Type.NUMBER
