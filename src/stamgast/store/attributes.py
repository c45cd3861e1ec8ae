"""Which of several statements of an attribute holds, for queries of our own beside the engine's.

The rule is that of ``docs/meaning.md``, "Attributes". Queries read the view ``attribute``, filter what has come,
group by profile (and name) and take ``HOLDS``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stamgast.store.database import literal

if TYPE_CHECKING:
    from collections.abc import Mapping

HOLDS = """
    arg_max_null(value, struct_pack(
        rank := source_rank(name, source), dated := "at" IS NOT NULL, since := coalesce("at", 0),
        received_at := received_at, said := value IS NOT NULL, said_value := coalesce(value, '')))
    """
"""The value of the statement that holds, of the rows of one attribute; NULL: it is said to be missing."""


def source_rank(rules: Mapping[str, tuple[str, ...]]) -> str:
    """The macro ``source_rank(name, source)``: the greater goes before, 0 where no rule names the source.

    ``rules``: attribute -> the sources that go before others, the first before all.
    """
    ranked = " ".join(
        f"WHEN name = {literal(name)} AND source = {literal(source)} THEN {len(sources) - place}"
        for name, sources in sorted(rules.items())
        for place, source in enumerate(sources)
    )
    body = f"CASE {ranked} ELSE 0 END" if ranked else "0"
    return f"CREATE OR REPLACE TEMP MACRO source_rank(name, source) AS {body}"
