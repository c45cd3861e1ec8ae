"""What lies beside the files: a page, and the shop's own sales."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stamgast.demo.generator.making import CATALOGUE, FEEDS
from stamgast.demo.generator.seasons import sales

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

_TEXT = """\
# Stamhuis, a shop that does not exist

{customers} customers, made up by `stamgast generate --customers {customers} --seed {seed} --until {day}`.
Everything happened before {day}, 00:00 in Amsterdam: ask with `--as-of {day}`.
Nobody here is real: mail goes to domains kept for examples, telephone numbers are drawn and not to be dialled.

Read it into a new shop:

```
stamgast init my-shop --name Stamhuis --zone Europe/Amsterdam --currency EUR --country NL
cp definitions/*.yaml my-shop/definitions/
{ingest}
```

| files | rows |
| --- | --- |
{rows}

`definitions/` names the screens in the stores, which are
everybody's, the shop's own sales, and of whom a loyalty status is expected.

`truth/` holds what no shop knows: who is who (`identifiers-*`), how each was drawn (`persons-*`), customers planted in each segment
and just outside it (`planted.csv`), the totals per month (`totals.csv`, in cents; orders that stand), the rows that are
wrong on purpose (`dirt.csv`) and what the shop was made of (`made.json`).

Set Stamgast's months beside the totals: `stamgast --shop my-shop figures --own truth/totals.csv --as-of {day}`.
"""


def readme(customers: int, seed: int, until: date, rows: Mapping[str, int]) -> str:
    """``README.md``, in Markdown."""
    ingest = [
        f"stamgast --shop my-shop ingest '{kind}-*.parquet' --mapping mappings/{kind}.yaml"
        for kind in FEEDS
    ]
    ingest.append(
        f"stamgast --shop my-shop ingest {CATALOGUE}.parquet --mapping mappings/{CATALOGUE}.yaml"
    )
    counted = [f"| `{kind}` | {count} |" for kind, count in rows.items()]
    return _TEXT.format(
        customers=customers,
        seed=seed,
        day=until.isoformat(),
        ingest="\n".join(ingest),
        rows="\n".join(counted),
    )


_SALES = {
    "winter": "{en: Winter sale, nl: Winteruitverkoop}",
    "spring": "{en: Spring sale, nl: Voorjaarsactie}",
    "summer": "{en: Summer sale, nl: Zomeruitverkoop}",
    "autumn": "{en: Autumn sale, nl: Najaarsactie}",
    "black_friday": "{en: Black Friday deals, nl: Black Friday-aanbiedingen}",
}


def sales_file(until: date) -> str:
    """``definitions/sales.yaml``: the sales of the years around a day."""
    lines = [
        "# The shop's own sales, with their first days.",
        "version: 1",
        "",
        "calendars:",
        "  sales:",
    ]
    years = [sales(year) for year in range(until.year - 4, until.year + 2)]
    for place, name in enumerate(_SALES):
        lines += [f"    {name}_sale:", f"      label: {_SALES[name]}", "      occurrences:"]
        for year in years:
            sale = year[place]
            early = "" if sale.early is None else f", early_access: {sale.early}"
            lines.append(f"        - {{from: {sale.start}, to: {sale.end}{early}}}")
    return "\n".join(lines) + "\n"
