"""Mapping files: the shipped ones read, and what is wrong with one is said all at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stamgast.collect.kinds import KINDS
from stamgast.collect.mapping import (
    Condition,
    Mapping,
    MapValues,
    Prefix,
    Read,
    Section,
    Value,
    json_schema,
)
from stamgast.collect.mapping_files import (
    InvalidMapping,
    parse_mapping,
    read_mapping,
    shipped_names,
)
from stamgast.collect.reference_page import page
from stamgast.errors import UserError
from stamgast.store.lake import LAKE

GOOD = """\
version: 1
source: shop
zone: Europe/Amsterdam
currency: EUR
country: NL
rows:
  - kind: order_lines
    fields: {order: nr, ordered_at: at, amount: {multiply: [n, price]}}
"""


def issues(text: str) -> list[tuple[int | None, str, str]]:
    with pytest.raises(InvalidMapping) as caught:
        parse_mapping(text, "m.yaml")
    assert all(issue.file == "m.yaml" for issue in caught.value.issues)
    assert all(issue.code.startswith("mapping.") for issue in caught.value.issues)
    return [(issue.line, issue.message, issue.hint) for issue in caught.value.issues]


def test_shipped_mappings() -> None:
    assert set(shipped_names()) >= {
        "complete-journey",
        "online-retail",
        "cdnow",
        "shopify-orders",
        "woocommerce-orders",
    }
    for name in shipped_names():
        mapping = read_mapping(name)
        assert mapping.columns()
        assert mapping.about


def test_columns_in_order_of_mention() -> None:
    assert parse_mapping(GOOD, "m.yaml").columns() == ("nr", "at", "n", "price")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("source: shop", "sauce: shop", [(1, "`source` is missing", ""), (2, "unknown key `sauce`", "did you mean `source`?")]),
        ("zone: Europe/Amsterdam", "zone: Europe/Amsterdm", [(3, "`Europe/Amsterdm` is no time zone", "did you mean `Europe/Amsterdam`?")]),
        ("kind: order_lines", "kind: order_line", [(7, "rows.0.kind is 'order_line'; allowed: 'customers', 'orders', 'order_lines', 'refunds', 'coupons', 'events', 'consents', 'extensions' or 'products'", "did you mean `order_lines`?")]),
        ("{order: nr", "{ordr: nr", [(8, "order_lines have no field `ordr`", "did you mean `order`?"), (8, "order_lines need the field `order`", KINDS["order_lines"].by_name["order"].about)]),
        ("multiply: [n, price]", "multiplie: [n, price]", [(8, "unknown key `multiplie`", "did you mean `multiply`?")]),
        ("amount:", "discount:", [(8, "order_lines need the field `total` or `amount`", "what it cost")]),
        ("    fields", "    attributes: {city: town}\n    fields", [(8, "order_lines take no `attributes`", "they take `extra`")]),
        ("    fields", "    statuses: {never: [x]}\n    fields", [(8, "`statuses` needs an order's field `status`", "")]),
        ("country: NL", "country: NL\noptional_columns: [prise]", [(6, "the mapping does not read the column `prise`", "did you mean `price`?")]),
        ("country: NL", 'country: NL\nread: {dates: ["%d-%q"]}', [(6, "`%d-%q` is no pattern of a date: `%q`", "such as %d-%m-%Y %H:%M:%S, or one of iso, epoch_s, epoch_ms")]),
    ],
)  # fmt: skip
def test_what_is_wrong(old: str, new: str, expected: list[tuple[int, str, str]]) -> None:
    assert old in GOOD
    assert issues(GOOD.replace(old, new, 1)) == expected


def test_everything_at_once() -> None:
    text = GOOD.replace("country: NL", "contry: NL").replace("order: nr", "ordr: nr")
    found = issues(text.replace("EUR", "eur"))
    assert [line for line, _, _ in found] == [1, 4, 5, 8]


def test_a_wrong_kind_hides_nothing_else() -> None:
    text = (
        "version: 1\nsource: s\nzone: Europa/Amsterdam\ncurrency: EUR\ncountry: NL\nrows:\n"
        "  - kind: orderlines\n    fields: {order: a, orderd_at: b, amount: c}\n"
        "  - kind: orders\n    fields: {order: a, orderd_at: b, total: c}\n"
    )
    with pytest.raises(InvalidMapping) as caught:
        parse_mapping(text, "m.yaml")
    found = [
        (issue.line, issue.message.partition(";")[0], issue.hint) for issue in caught.value.issues
    ]
    assert found == [
        (3, "`Europa/Amsterdam` is no time zone", "did you mean `Europe/Amsterdam`?"),
        (7, "rows.0.kind is 'orderlines'", "did you mean `order_lines`?"),
        (8, "rows have no field `orderd_at`", "did you mean `ordered_at`?"),
        (10, "orders have no field `orderd_at`", "did you mean `ordered_at`?"),
    ]


def test_a_condition_asks_one_thing() -> None:
    text = GOOD.replace("    fields", "    where: {column: a, is: b, in: [c]}\n    fields")
    [(line, message, _)] = issues(text)
    assert line == 8
    assert "a condition is" in message


def test_no_yaml() -> None:
    [(line, message, _)] = issues("version: 1\n  source: [")
    assert line == 2
    assert "this is not YAML" in message


def test_a_mapping_file_by_path(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(GOOD)
    assert read_mapping(str(file)).source == "shop"
    file.write_bytes(GOOD.replace("shop", "sh\u00f6p").encode("cp1252"))
    with pytest.raises(UserError) as caught:
        read_mapping(str(file))
    assert caught.value.code == "mapping.encoding"


def test_kinds_feed_tables_there_are() -> None:
    for kind in KINDS.values():
        assert set(kind.feeds) <= LAKE.keys()
        assert len(kind.by_name) == len(kind.fields)


def test_the_schema_is_json() -> None:
    schema = json.loads(json.dumps(json_schema()))
    assert schema["properties"].keys() >= {"source", "rows", "leave_out"}


def test_the_tables_of_the_page_are_not_stale() -> None:
    text = (Path(__file__).parents[2] / "docs" / "mappings.md").read_text(encoding="utf-8")
    assert text == page(text), "run `make docs`"


def test_every_key_says_what_it_is() -> None:
    for model in (Mapping, Read, Section, Value, Condition, MapValues, Prefix):
        for name, field in model.model_fields.items():
            assert field.description, f"{model.__name__}.{name}"
