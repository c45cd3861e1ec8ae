"""What events of a customer were about: the product, the order, why, and whatever else tells them apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stamgast.app.core import Core
    from stamgast.model.log import Instant, Scalar

PRODUCT = "product"
"""Under this name the details of an event have what its product is called."""
TOLD = (
    "order_id",
    "reason",
    "tag",
    "query",
    "promised_on",
    "rating",
    "score",
    "coupon",
    "campaign",
    "plan",
    "cancelled_by",
)
"""Properties that are told of an event, in this order, where it has them and they are declared."""
INSTEAD = ("category", "url")
"""Of these the first that it has, when there is nothing else to tell."""
_KEYS = ("product_id", "sku")


def event_rows(
    core: Core, profile: int, t: Instant
) -> list[tuple[Instant, str, Mapping[str, Scalar]]]:
    """Instant, name and details of each event up to t, in their order."""
    declared = core.definitions.event_properties
    names = [one for one in (*_KEYS, "name", *TOLD, *INSTEAD) if one in declared]
    columns = "".join(f', "p_{name}"' for name in names)
    query = (
        f"SELECT occurred_at, event{columns} FROM {{event}} "  # noqa: S608 - declared names
        "WHERE profile_id = $profile AND occurred_at <= $t ORDER BY occurred_at, message_id"
    )
    rows = core.reader.near(query, profile, t=t)
    said = [(row[0], row[1], dict(zip(names, row[2:], strict=True))) for row in rows]
    keys = {str(one[key]) for _, _, one in said for key in _KEYS if one.get(key) is not None}
    titles = _titles(core, keys) if keys else {}
    return [(at, name, _details(one, titles)) for at, name, one in said]


def _details(said: Mapping[str, Scalar], titles: Mapping[str, str]) -> Mapping[str, Scalar]:
    keys = [str(said[key]) for key in _KEYS if said.get(key) is not None]
    known = [titles[key] for key in keys if key in titles]
    product = said.get("name") or next(iter([*known, *keys]), None)
    found: dict[str, Scalar] = {} if product is None else {PRODUCT: product}
    found |= {name: said[name] for name in TOLD if said.get(name) is not None}
    if not found:
        rest = [(name, said[name]) for name in INSTEAD if said.get(name) is not None]
        found |= dict(rest[:1])
    return found


def _titles(core: Core, keys: set[str]) -> Mapping[str, str]:
    """What the catalogue calls products now, by product id and by article number."""
    rows = core.reader.db.run(_TITLES, {"keys": sorted(keys)})
    return {str(key): str(title) for key, title in rows}


_TITLES = """
    SELECT "key", arg_max(title, struct_pack(v := valid_from, s := seq)) FROM (
        SELECT unnest([product_id, sku]) AS "key", title, valid_from, seq FROM lake_product
        WHERE title IS NOT NULL)
    WHERE "key" IN (SELECT unnest($keys::VARCHAR[])) GROUP BY "key"
    """
