"""From what columns are to a mapping file, as somebody would have written it by hand."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from stamgast.collect.roles import ATTRIBUTES, BY_NAME, IDENTIFIERS, IGNORE, LINE_ONLY
from stamgast.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from stamgast.collect.recognise import Notation, Recognised

CANCELLED = frozenset(
    {"geannuleerd", "annulering", "cancelled", "canceled", "wc-cancelled", "ingetrokken"}
)
NEVER = frozenset(
    {"mislukt", "failed", "wc-failed", "wachtend op betaling", "in afwachting van betaling",
     "onbetaald", "unpaid", "pending", "pending payment", "wc-pending", "verlopen", "expired", "concept", "draft"}
)  # fmt: skip
"""Words of a status that make an order no purchase."""
YES = ("ja", "j", "yes", "y", "true", "waar", "1", "aan", "on", "ingeschreven", "subscribed")
NO = ("nee", "n", "no", "false", "onwaar", "0", "uit", "off", "uitgeschreven", "unsubscribed")
_WIDE = 110


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """What a mapping says of where its files come from."""

    source: str
    zone: str
    currency: str
    country: str


def chosen(found: Recognised, roles: Sequence[str]) -> Recognised:
    """The file with other roles for its columns. Raises UserError ``upload.role`` and ``upload.twice``."""
    for role in roles:
        if role != IGNORE and role not in BY_NAME:
            raise UserError(
                "upload.role", f"a column cannot be {role!r}", hint="choose from the list"
            )
    taken = [role for role in roles if role != IGNORE]
    double = next((role for role in taken if taken.count(role) > 1), None)
    if double is not None:
        raise UserError(
            "upload.twice",
            f"two columns cannot both be `{double}`",
            hint="choose one of them, and leave the other out",
        )
    columns = tuple(
        replace(column, role=role if column.usable else IGNORE)
        for column, role in zip(found.columns, roles, strict=True)
    )
    return replace(found, columns=columns)


def lacking(found: Recognised) -> list[str]:
    """Roles that a file of orders needs and that no column has: of several one is enough."""
    roles = set(found.roles)
    wants = [role for role in ("order", "ordered_at") if role not in roles]
    if not roles & {"total", "amount"} and not {"quantity", "unit_price"} <= roles:
        wants.append("total")
    if not roles & set(IDENTIFIERS):
        wants.append("customer_id")
    return wants


def of_lines(found: Recognised) -> bool:
    """Whether a row is a line of an order: order numbers come back, or an article stands with its price."""
    roles = found.roles
    if "order" not in roles:
        return False
    priced = "amount" in roles or {"quantity", "unit_price"} <= set(roles)
    if priced and {"product", "sku"} & set(roles):
        return True  # also where every order is of one article
    place = roles.index("order")
    numbers = [row[place] for row in found.rows if row[place].strip()]
    return len(set(numbers)) < len(numbers)


def draft(found: Recognised, home: Home) -> str:
    """The mapping file. Raises UserError ``upload.lacking`` with what no column says."""
    wants = lacking(found)
    if wants:
        raise UserError(
            "upload.lacking",
            f"no column is {', '.join(f'`{one}`' for one in wants)}",
            hint="say of a column that it is, or export the orders with it",
        )
    named = {column.role: column.name for column in found.columns if column.role != IGNORE}
    document = CommentedMap()
    document["version"] = 1
    document["source"] = home.source
    document["about"] = "Written from the columns of an export; change what is read otherwise."
    document["zone"], document["currency"] = home.zone, home.currency
    document["country"] = home.country
    document["read"] = _read(found.notation)
    document["rows"] = _sections(found, named)
    for key, text in _COMMENTS.items():
        document.yaml_set_comment_before_after_key(key, before=text)
    out = io.StringIO()
    yaml = YAML()
    yaml.width = _WIDE
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.dump(document, out)
    return out.getvalue()


_COMMENTS = {
    "read": "How the file is written.",
    "rows": "Which column is what; see docs/mappings.md for all that may be written here.",
}


def _read(notation: Notation) -> CommentedMap:
    found = CommentedMap()
    if notation.encoding:
        found["encoding"] = notation.encoding
    if notation.delimiter:
        found["delimiter"] = notation.delimiter
    found["decimal"] = notation.decimal
    found["dates"] = _flow(notation.dates)
    return found


def _sections(found: Recognised, named: dict[str, str]) -> list[CommentedMap]:
    sections = [_orders(found, named)]
    if "refunded" in named:
        sections.append(_refunds(named))
    attributes = [role for role in ATTRIBUTES if role in named]
    if attributes or "opt_in" in named:
        sections.append(_customers(named, attributes))
    return sections


def _orders(found: Recognised, named: dict[str, str]) -> CommentedMap:
    lines = of_lines(found)
    fields = CommentedMap({"order": named["order"], "ordered_at": _placed(named)})
    whole = ("discount", "coupon", "status", "currency", "channel", "store")
    fields |= {role: named[role] for role in whole if role in named}
    if lines:
        fields |= _line(found, named)
    else:
        total = named.get("total") or named.get("amount")
        fields["total"] = _goods(total, named) if total else _product(named)
    section = CommentedMap({"kind": "order_lines" if lines else "orders"})
    section["fields"] = fields
    section["identifiers"] = _who(named)
    statuses = _statuses(found.words.get("status", ())) if "status" in named else None
    if statuses:
        section["statuses"] = statuses
    return section


def _line(found: Recognised, named: dict[str, str]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    names = {"product": "name"}
    for role in LINE_ONLY:
        if role in named and role != "amount":
            fields[names.get(role, role)] = named[role]
    if "amount" in named:
        fields["amount"] = named["amount"]
    elif {"quantity", "unit_price"} <= named.keys():
        fields["amount"] = _product(named)
    if "total" in named:
        if _same_in_order(found, "total"):
            fields["total"] = _goods(named["total"], named)
        elif "amount" not in fields:
            fields["amount"] = named["total"]
    return fields


def _same_in_order(found: Recognised, role: str) -> bool:
    """Whether a column says the same in every row of an order, as a total of the order does."""
    order, place = found.roles.index("order"), found.roles.index(role)
    said: dict[str, set[str]] = {}
    for row in found.rows:
        said.setdefault(row[order], set()).add(row[place])
    return all(len(values - {""}) <= 1 for values in said.values())


def _goods(total: str, named: dict[str, str]) -> Any:  # noqa: ANN401 - a value of a mapping
    """A total less the shipping that is in it."""
    return (
        _flow_map({"subtract": _flow([total, named["shipping"]])}) if "shipping" in named else total
    )


def _product(named: dict[str, str]) -> CommentedMap:
    return _flow_map({"multiply": _flow([named["quantity"], named["unit_price"]])})


def _placed(named: dict[str, str]) -> Any:  # noqa: ANN401 - a value of a mapping
    if "ordered_time" in named:
        return _flow_map({"join": _flow([named["ordered_at"], named["ordered_time"]])})
    return named["ordered_at"]


def _refunds(named: dict[str, str]) -> CommentedMap:
    section = CommentedMap({"kind": "refunds"})
    section["where"] = _flow_map({"column": named["refunded"], "above": 0})
    section["undated"] = "import"
    fields = {"refund": named["order"], "order": named["order"], "total": named["refunded"]}
    section["fields"] = CommentedMap(fields)
    section["identifiers"] = _who(named)
    return section


def _customers(named: dict[str, str], attributes: Sequence[str]) -> CommentedMap:
    section = CommentedMap({"kind": "customers"})
    known = [
        _flow_map({"column": named[one], "empty": False}) for one in IDENTIFIERS if one in named
    ]
    section["where"] = known[0] if len(known) == 1 else CommentedMap({"any": CommentedSeq(known)})
    section["fields"] = CommentedMap({"at": _placed(named)})
    section["identifiers"] = _who(named)
    if attributes:
        section["attributes"] = CommentedMap({role: named[role] for role in attributes})
    channel = next((one for one in ("email", "phone") if one in named), None)
    if "opt_in" in named and channel:
        words = {**dict.fromkeys(YES, "granted"), **dict.fromkeys(NO, "withdrawn")}
        state = {"of": named["opt_in"], "values": _flow_map(words), "otherwise": "missing"}
        said = CommentedMap({"purpose": "marketing", "channel": channel})
        said["state"] = CommentedMap({"map": CommentedMap(state)})
        said["at"] = _placed(named)
        section["consents"] = CommentedSeq([said])
    return section


def _who(named: dict[str, str]) -> CommentedMap:
    return CommentedMap({one: named[one] for one in IDENTIFIERS if one in named})


def _statuses(words: Iterable[str]) -> CommentedMap | None:
    found = CommentedMap()
    for key, known in (("never", NEVER), ("cancelled", CANCELLED)):
        said = sorted({word.casefold() for word in words} & known)
        if said:
            found[key] = _flow(said)
    return found or None


def _flow(values: Iterable[str]) -> CommentedSeq:
    found = CommentedSeq(values)
    found.fa.set_flow_style()
    return found


def _flow_map(values: dict[str, Any]) -> CommentedMap:
    found = CommentedMap(values)
    found.fa.set_flow_style()
    return found
