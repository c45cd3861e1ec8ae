"""The types of properties and attributes: one name has one type, everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from stamgast.collect.events import COUPON_PROPERTIES
from stamgast.collect.kinds import FieldType
from stamgast.errors import UserError
from stamgast.language.types import Type
from stamgast.store.lake import PROPERTY_PREFIX, SQL_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from stamgast.collect import mapping as mappings
    from stamgast.store.writing import WriteSession


def _declared(mapping: mappings.Mapping, further: str) -> Iterator[tuple[str, str]]:
    for section in mapping.rows:
        if section.of_kind.further == further:
            for name, typed in section.further.items():
                yield name, typed.type
        if further == "properties" and section.kind == "coupons":
            for field, name in COUPON_PROPERTIES.items():
                if field in section.fields:
                    yield name, "text"


def undeclared(mapping: mappings.Mapping, properties: Mapping[str, str]) -> dict[str, str]:
    """The event properties (name -> type) that no definition declares, so that none can ask for them."""
    found = dict(_declared(mapping, "properties"))
    return {name: type_ for name, type_ in found.items() if name not in properties}


def typed_as_declared(
    mapping: mappings.Mapping, properties: Mapping[str, str], attributes: Mapping[str, str]
) -> mappings.Mapping:
    """The mapping, with the declared type (name -> type) for columns to which it gives none."""
    known = {"properties": properties, "attributes": attributes}
    readable = get_args(FieldType)
    sections = []
    for section in mapping.rows:
        changed = {
            further: {
                name: typed.model_copy(update={"type": types[name]})
                if "type" not in typed.model_fields_set and types.get(name) in readable
                else typed
                for name, typed in getattr(section, further).items()
            }
            for further, types in known.items()
            if getattr(section, further)
        }
        sections.append(section.model_copy(update=changed) if changed else section)
    return mapping.model_copy(update={"rows": sections})


def check_types(
    mapping: mappings.Mapping, properties: Mapping[str, str], attributes: Mapping[str, str]
) -> None:
    """Hold a mapping to what definitions declare (name -> type).

    Raises UserError ``ingest.declared_type`` naming every clash.
    """
    clashes = [
        f"the {what} `{name}` is {known[name]} in the definitions, {type_} in the mapping"
        for further, what, known in (
            ("properties", "property", properties),
            ("attributes", "attribute", attributes),
        )
        for name, type_ in _declared(mapping, further)
        if name in known and known[name] != type_
    ]
    if clashes:
        raise UserError(
            "ingest.declared_type",
            "; ".join(dict.fromkeys(clashes)),
            where=mapping.source,
            hint="give the column another name in the mapping, or the declared type",
        )


def check_stored(session: WriteSession, mapping: mappings.Mapping) -> None:
    """Hold a mapping to the types that properties already have in the lake.

    Raises UserError ``ingest.declared_type``.
    """
    wanted = list(_declared(mapping, "properties"))
    if not wanted:
        return
    stored = dict(session.db.describe("SELECT * FROM lake_event"))
    for name, type_ in wanted:
        column = stored.get(PROPERTY_PREFIX + name)
        if column is not None and SQL_TYPES[Type(type_)] != column:
            raise UserError(
                "ingest.declared_type",
                f"the property `{name}` is stored as {column}, and the mapping reads it as {type_}",
                where=mapping.source,
                hint="give it another name in the mapping",
            )
