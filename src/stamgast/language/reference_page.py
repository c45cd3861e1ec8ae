"""The language reference as a page: made from the models and the one table of operators.

``python -m stamgast.language.reference_page > docs/language.md`` writes it anew.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from stamgast.language.operators import (
    AGGREGATES,
    COMPARISONS,
    CONDITIONS,
    FORMULAS,
    WINDOWS,
    Operator,
)
from stamgast.language.operators_judged import JUDGED
from stamgast.language.operators_labels import LABELS
from stamgast.language.reader.calendar_models import DatedSeason, SaleModel, SeasonModel
from stamgast.language.reader.extension_models import ExtensionValue, Treatment
from stamgast.language.reader.forms import Labelled
from stamgast.language.reader.lifecycle_models import (
    GridModel,
    PurchaseBand,
    RecencyBand,
    RuleBand,
    RulesModel,
)
from stamgast.language.reader.messages import keys_of
from stamgast.language.reader.models import (
    CONDITION_MODELS,
    ClosedBy,
    Comparisons,
    DefinitionFile,
    DueModel,
    ExtensionModel,
    Follow,
    NamedRowsModel,
    OfFirstDays,
    RhythmDayTrait,
    RowPartModel,
    SegmentModel,
    Windowed,
)
from stamgast.language.reader.scope import ROW_PROPERTIES
from stamgast.language.sentences_rows import PROPERTY_LABELS
from stamgast.language.types import Type

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pydantic import BaseModel

HEAD = """\
# The definition language

<!-- Made by `make docs` from the models and the table of operators; do not edit. -->

Definitions are YAML 1.2 files in the shop's folder `definitions/`. A definition with the name of a shipped
one takes its place; to change just a number, set its parameter. What a definition means exactly, at every instant, is
written in [meaning.md](meaning.md). Mistakes are reported all at once, with file, line and a suggestion.

```yaml
version: 1
parameters:
  big_order: 100
traits:
  big_orders: {count: order, within: 365d, where: {total: {gte: $big_order}}}
segments:
  winback_nl:
    label: {en: Win back NL, nl: Terugwinnen NL}
    where:
      - {attribute: country, is: NL}
      - {trait: big_orders, gte: 2}
      - any:
          - {stage: at_risk}
          - {did: Product Added, within: 7d, not_followed_by: {event: order, within: 1h}}
```
"""

VALUES = """\
## How values are written

| what | written | notes |
| --- | --- | --- |
| duration | `90s` `30m` `12h` `30d` `2w` | whole numbers; a day is 24 hours. There are no months and years: they differ in length |
| instant | `2026-05-01`, `2026-05-01T12:30`, `2026-05-01T10:30:00Z` | without an offset it is local time of the shop; a bare date is its midnight |
| day | `2026-05-01` | a day of the shop's calendar |
| money | `20`, `19.95` | whole units of the shop's currency, with at most its decimals (EUR 2, JPY 0, KWD 3) |
| decimal | `0.25` | at most 4 decimals, exact |
| number | `0.4`, `40%` | |
| text | `NL`, `"10"` | quotes where it would be read as a number, true or false |
| share | `20%`, `0.5%` | |
| parameter | `$name` | anywhere a single value stands, in formulas, and inside labels and explanations; `$$` writes a dollar sign |

Names are small letters, digits and `_`, beginning with a letter. A key without a value is a mistake.
"""

DID = """\
`did` without a number asks for at least one. With `at_most` alone the least is 0: `{did: order, at_most: 2}` holds for who never
bought. `exactly: 0` asks for never. Names other than order, line, revenue and refund are names of events; events need not be declared,
their properties that are used here must be. Several event names count together; order, line, revenue and refund stand alone (but in `recurring`, which takes line beside events). Of lines only goods count, unless `where` names line_kind.

A comparison of a count that has a `within` window means the same as `did` with those bounds, and its next change is exact.
"""

SEVERAL = """\
Several comparisons beside one trait or attribute must all hold. In a filter on rows (`where`) a plain value means `is`, a list
`in`; `all`, `any` and `not` nest.

Text is compared exactly. With `ignore_case: true` beside `is`, `is_not`, `in`, `not_in`, `contains`, `starts_with` or `ends_with` the letters
A-Z are the same as a-z, in every engine; other letters (`É` and `é`) stay different: `{attribute: city, is: ede, ignore_case: true}`.
"""

FORMULA = """\
A formula is text: traits by name, attributes as `attribute.NAME`, numbers, `+ - * /`, parentheses and the functions below. A
number takes the type of what it meets: in `net_revenue + 5` it is money. A duration is written in quotes: `order_gap + '30d'`. Missing
in, missing out, but for coalesce.
"""

CASE = """\
The values of a `case` are of one type: that of the traits named, of `type`, or of how they are written. A branch may name a trait: `then:
{trait: orders}`.
"""

SOURCES = """\
Sources may say different things of an attribute. The latest word holds, unless the attribute has `sources`: what a source that stands earlier
in that list says goes before what others say, whenever they said it; sources that are not in the list come last. An attribute that
Stamgast knows keeps its label.

```yaml
version: 1
attributes:
  birthday: {type: day, sources: [crm, webshop]}
```
"""

NAMED = """\
What several events are together can have a name, which then stands wherever a source of rows does but in visits and what looks at the
calendar: `{count: problem}`, `{did: problem, within: 90d}`. A part with `due` makes a row of time that passed: an order that was promised for a day is late
from the end of that day, unless it came. What closes a row takes it away from then on.

```yaml
version: 1
events: {ends_on: day}
rows:
  loose_end:
    label: {en: loose end, nl: los eind}
    plural: {en: loose ends, nl: losse einden}
    any_of:
      - {event: Quote Asked, where: {price: {gt: 100}}}
      - {event: Trial Started, due: {day: ends_on, unless: [Trial Ended, Subscription Started], same: plan}}
    closed_by: {event: Customer Called, same: [order_id, plan]}
segments:
  to_call: {where: {did: loose_end, within: 30d}}
```

A closing closes the rows that have one of the properties `same` in common with it; one that has none of these properties itself closes the latest row.
"""

CALENDARS = """\
Seasons and sales are named in windows, `{count: order, in: black_friday}`, and are what `only_season`, `season_returns` and the
first days of sales look at. They are days of the shop's calendar, of the years 1990 to 2059; `stamgast calendar list` shows them.
Seasons ship for the Netherlands, Belgium, Germany, France, Great Britain and the United States, by the setting `country`; of another country
those that differ from land to land are left out. Sales are the shop's own:

```yaml
version: 1
calendars:
  seasons:
    kings_day: {label: {en: King's Day, nl: Koningsdag}, from: 04-20, to: 04-27}
    carnival: {occurrences: [{from: 2026-02-13, to: 2026-02-17}, {from: 2027-02-05, to: 2027-02-09}]}
  sales:
    winter_sale: {from: 2026-01-02, to: 2026-01-31, early_access: 2026-01-01T20:00}
```

A season may run over New Year; its year is that of its first day. A sale counts from its early access on.
"""

LABELLED = """\
`{extension: employee}` holds for who carries the label. With comparisons it asks for the value: of who does not carry it, it is missing.
A consent is named by its channel (email, post, phone, sms, app, ads, web) and a purpose that is declared under `consents:`.
"""

EXTENSIONS = """\
An extension is a label that a profile carries: given by hand, by an import, by a program, or by its `rule`. Each origin gives and takes its
own; the label lives while one gives it. A hand's *no* stands against all of them until a hand lifts it. What is said about extensions
makes nobody exist. Under `consents:` stand the purposes that people agree to, each with a label and an explanation.
"""

LIFECYCLE = """\
A model is a `grid` (bands of purchases, and in each bands of time since the last one) or `rules` (the first that holds counts).
Both give everybody exactly one stage: the first band of purchases begins at 0, the last band of time has no end, the last rule has
no condition. The setting `lifecycle_model` chooses the model.
"""

VISITED = """\
Beside `first` and `last`, of events and without a window, `visit: first` or `visit: last` takes only the rows of that visit; a visit is made of all
events named, `where` then chooses among its rows: `{last: utm_source, of: [Page Viewed, Product Viewed], visit: first, where: {utm_source:
{present: true}}}` is the last source that was told in the first visit. `gap` is the pause that starts a new one, else 30m.
"""

LEFT_EDGE = """\
`unless_left_edge` is for the first of all orders: a log that begins somewhere makes old customers look new. With the setting
`history_from` the trait is missing for who first bought less than so long after it, unless the attribute `customer_since` or
`orders_before` is known; and for whoever has `orders_before` above 0.
"""


ROWS = (*keys_of(Labelled), "where")
"""Keys that are told of elsewhere."""


def language_page() -> str:
    """The whole page, as Markdown."""
    parts = [
        HEAD,
        _section("Sections of a file", _keys(DefinitionFile)),
        VALUES,
        _section("Types", _types()),
        _section("Attributes", SOURCES),
        _section("Traits", f"Every trait may have:\n\n{_keys(Labelled)}"),
        _operators(AGGREGATES, "gives", "### Aggregates\n"),
        f"Which rows they look at:\n\n{_keys(Windowed)}\n",
        VISITED,
        LEFT_EDGE,
        f"Beside `sale_first_days_hit` and `sale_first_days_seen`:\n\n{_keys(OfFirstDays, but=ROWS)}\n",
        f"Beside `rhythm` and `rhythm_day`:\n\n{_keys(RhythmDayTrait, but=(*ROWS, 'rhythm_day'))}\n",
        _operators(WINDOWS, "", "### Windows\n"),
        _section("Properties of rows", _properties(), level=3),
        "### Formulas\n",
        FORMULA,
        _operators(FORMULAS, "takes", ""),
        _operators(JUDGED, "", "### Other traits\n"),
        CASE,
        "## Rows of several events\n",
        NAMED,
        f"{_keys(NamedRowsModel, but=keys_of(Labelled))}\n",
        f"Keys of a part:\n\n{_keys(RowPartModel)}\n",
        f"Keys of `due`:\n\n{_keys(DueModel)}\n",
        f"Keys of `closed_by`:\n\n{_keys(ClosedBy)}\n",
        _section("Segments", _keys(SegmentModel)),
        _operators(CONDITIONS, "", "### Conditions\n"),
        DID,
        _keys_of_conditions(),
        _operators(LABELS, "", "### Extensions and consents\n"),
        LABELLED,
        _operators(COMPARISONS, "takes", "### Comparisons\n"),
        SEVERAL,
        "## Calendars\n",
        CALENDARS,
        *(
            f"Keys of {what}:\n\n{_keys(model, but=but)}\n"
            for what, model, but in (
                ("a season", SeasonModel, keys_of(Labelled)),
                ("each of its `occurrences`", DatedSeason, ()),
                ("a sale", SaleModel, keys_of(Labelled)),
            )
        ),
        "## Extensions and consents\n",
        EXTENSIONS,
        _section("Extensions", _keys(ExtensionModel), level=3),
        _titled(Treatment),
        _titled(ExtensionValue),
        "## Lifecycle\n",
        LIFECYCLE,
        *(_titled(model) for model in (GridModel, PurchaseBand, RecencyBand, RulesModel, RuleBand)),
    ]
    return "\n".join(parts).rstrip() + "\n"


def _section(title: str, body: str, level: int = 2) -> str:
    return f"{'#' * level} {title}\n\n{body}\n"


def _titled(model: type[BaseModel]) -> str:
    return f"{_about(model)}\n\n{_keys(model, but=keys_of(Labelled))}\n"


def _about(model: type[BaseModel]) -> str:
    return (model.__doc__ or "").split("\n")[0]


def _keys(model: type[BaseModel], but: Iterable[str] = ()) -> str:
    rows = [
        (f"`{field.alias or name}`", field.description or "")
        for name, field in model.model_fields.items()
        if (field.alias or name) not in set(but)
    ]
    return _table(("key", "what"), rows)


def _keys_of_conditions() -> str:
    shared = {*keys_of(Windowed), *keys_of(Comparisons)}
    parts = [
        f"Keys beside `{key}`:\n\n{_keys(CONDITION_MODELS[key], but=shared)}\n"
        for key in ("did", "top")
    ]
    parts.append(f"Keys of `followed_by` and `not_followed_by`:\n\n{_keys(Follow)}\n")
    return "\n".join(parts)


def _operators(table: Mapping[str, Operator], extra: str, title: str) -> str:
    head: tuple[str, ...] = ("name", "what", "example", "in English", "in Dutch")
    if extra:
        head = ("name", "what", extra, *head[2:])
    rows = []
    for row in table.values():
        cells = [f"`{_written(row)}`", row.about]
        if extra == "takes":
            cells.append(_names(row.takes))
        elif extra == "gives":
            cells.append("the type of the property" if row.gives is None else row.gives.value)
        rows.append((*cells, f"`{row.example}`", _phrase(row.phrase.en), _phrase(row.phrase.nl)))
    return f"{title}\n{_table(head, rows)}\n" if title else f"{_table(head, rows)}\n"


def _written(row: Operator) -> str:
    """The key of an operator in a file."""
    written = {
        "missing": "present: false",
        "anniversary_within_next": "anniversary",
        "add": "+",
        "subtract": "-",
        "multiply": "*",
        "divide": "/",
        "negate": "-",
    }
    return written.get(row.name, row.name)


def _phrase(text: str) -> str:
    """A phrase with its holes as dots."""
    words = text
    for hole in ("subject", "value", "other", "rows", "values"):
        words = words.replace(f"{{{hole}}}", "…")
    return words


def _names(types: Iterable[Type]) -> str:
    found = set(types)
    if found == set(Type):
        return "any"
    if found == set(Type) - {Type.AGE}:
        return "any but age"
    return ", ".join(type_.value for type_ in Type if type_ in found)


def _types() -> str:
    about = {
        Type.INTEGER: "A whole number.",
        Type.MONEY: "An amount in the shop's currency, exact.",
        Type.DECIMAL: "A number with four decimals, exact.",
        Type.NUMBER: "A number as computers calculate; it cannot be summed, because such sums differ each time.",
        Type.TEXT: "Text; it has no order.",
        Type.BOOLEAN: "true or false.",
        Type.INSTANT: "A moment.",
        Type.DAY: "A day of the calendar.",
        Type.DURATION: "A length of time.",
        Type.AGE: "The time since an instant: it grows at every moment, so it is compared or shown, never summed or ranked.",
    }
    return _table(("type", "what"), [(f"`{type_.value}`", text) for type_, text in about.items()])


def _properties() -> str:
    rows = [
        (
            f"`{source}`",
            f"`{name}`",
            type_.value,
            PROPERTY_LABELS[name].en,
            PROPERTY_LABELS[name].nl,
        )
        for source, properties in ROW_PROPERTIES.items()
        for name, type_ in properties.items()
    ]
    note = "Events have the properties that are declared under `events:` as well."
    return f"{_table(('of', 'property', 'type', 'in English', 'in Dutch'), rows)}\n\n{note}"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in lines)


if __name__ == "__main__":
    sys.stdout.write(language_page())
