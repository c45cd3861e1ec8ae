"""Numbers that are more than a number to people: an amount per thing, or a share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from stamgast.language.ast import Call, Compare, Literal_, Trait, TraitRef
from stamgast.language.types import Type

if TYPE_CHECKING:
    from stamgast.language.ast import Definitions, Formula

Unit: TypeAlias = Literal["money", "share", ""]


def unit_of(node: object, definitions: Definitions) -> Unit:
    """How a NUMBER is read: ``money`` (whole units), ``share`` (1 is all of it), or as it is.

    Money divided by a count is money per thing, money divided by money a share; the lowest or
    highest of such and of constants is one too. Of a comparison: of what is compared.
    """
    match node:
        case Compare(operand=operand):
            return unit_of(operand, definitions)
        case TraitRef(name=name):
            trait = definitions.traits.get(name)
            return "" if trait is None else unit_of(trait, definitions)
        case Trait(expr=expr):
            return unit_of(expr, definitions)
        case Call(op="divide" | "ratio", args=(above, below)):
            return _divided(_type_of(above, definitions), _type_of(below, definitions))
        case Call(op="min" | "max" | "coalesce", args=parts):
            units = {unit_of(part, definitions) for part in parts if not isinstance(part, Literal_)}
            return units.pop() if len(units) == 1 else ""
        case _:
            return ""


def _divided(above: Type, below: Type) -> Unit:
    if above is not Type.MONEY:
        return ""
    return {Type.INTEGER: "money", Type.MONEY: "share"}.get(below, "")  # type: ignore[return-value] # Unit is what it holds


def _type_of(part: Formula, definitions: Definitions) -> Type:
    return definitions.traits[part.name].type if isinstance(part, TraitRef) else part.type
