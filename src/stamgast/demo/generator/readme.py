"""The page that lies beside the files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stamgast.demo.generator.making import FEEDS

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
cp identifiers.yaml my-shop/definitions/
{ingest}
```

| files | rows |
| --- | --- |
{rows}

`consents`, `extensions` and `products` have no mapping yet. `sales.csv` lists the shop's own sales.

`truth/` holds what no shop knows: who is who (`identifiers-*`), how each was drawn (`persons-*`), customers planted in each segment
and just outside it (`planted.csv`), the totals per month (`totals.csv`, in cents; orders that stand) and the rows that are
wrong on purpose (`dirt.csv`).
"""


def readme(customers: int, seed: int, until: date, rows: Mapping[str, int]) -> str:
    """``README.md``, in Markdown."""
    ingest = [
        f"stamgast --shop my-shop ingest '{kind}-*.parquet' --mapping mappings/{kind}.yaml"
        for kind in FEEDS
    ]
    counted = [f"| `{kind}` | {count} |" for kind, count in rows.items()]
    return _TEXT.format(
        customers=customers,
        seed=seed,
        day=until.isoformat(),
        ingest="\n".join(ingest),
        rows="\n".join(counted),
    )
