"""Whatever stands in a definition file: checked definitions that can be said, or issues; never a crash."""

from __future__ import annotations

import copy
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from effort import examples_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stamgast.errors import InvalidDefinitions
from stamgast.language.reader import Document, LanguageSettings, SourceFile, read_documents
from stamgast.language.reader.issues import Issues, Place
from stamgast.language.reader.source import load
from stamgast.language.sentences import sentence
from stamgast.retail import shipped_files

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stamgast.language.ast import Definitions, Segment, StageRule, Trait

CASES_FILE = Path(__file__).parents[1] / "cases" / "definitions_good.yaml"


def loaded(name: str, text: str) -> dict[str, Any]:
    document = load(SourceFile(name=name, text=text), Issues())
    assert document is not None
    return dict(document.data)


CASES = loaded("cases", CASES_FILE.read_text(encoding="utf-8"))
EXTRA = loaded("extra", CASES["extra"])
SHIPPED = [load(file, Issues()) for file in shipped_files()]
LIFECYCLE = next(d.data["lifecycle"] for d in SHIPPED if d is not None and "lifecycle" in d.data)

SCALARS = [
    *(None, True, False, 0, 1, -1, 3, 10**30, Decimal("1.5"), Decimal("0.001"), Decimal("1e39")),
    *(
        "order",
        "orders",
        "x",
        "30d",
        "0d",
        "20%",
        "$vip_share",
        "$x",
        "$$",
        "",
        " ",
        "é",
        "a" * 300,
    ),
    *(
        "2026-05-01",
        "2026-05-01T00:00:00Z",
        "0001-01-01",
        "9999-12-31",
        "NL",
        "is",
        "revenue",
        "vip",
    ),
    *("1/0", "orders +", "min(1, 2)", "-orders", "'x'", "orders.x", "attribute.birthday", "1e999"),
    *("days_since(last_order_at)", "'\\d'", "1if 1 else 2", "at_risk", "attribute", "net_revenue"),
]
KEYS = [
    *("all", "any", "not", "trait", "did", "top", "by", "among", "provided", "within", "between"),
    *("from", "until", "where", "is", "in", "gt", "present", "anniversary", "within_next", "count"),
    *("sum", "of", "first", "visits", "gap", "formula", "label", "en", "nl", "about", "stage"),
    *("segment", "percentile", "followed_by", "event", "exactly", "at_least", "grid", "rules"),
    *("from_purchases", "stages", "up_to", "never", "ever", "purchases", "extension"),
]
ANYTHING = st.recursive(
    st.sampled_from(SCALARS),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3)
    ),
    max_leaves=6,
)


def spots(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:  # noqa: ANN401
    """Every path in a value."""
    if path:
        yield path
    inner = (
        data.items()
        if isinstance(data, dict)
        else enumerate(data)
        if isinstance(data, list)
        else ()
    )
    for key, value in inner:
        yield from spots(value, (*path, key))


@st.composite
def files(draw: st.DrawFn) -> dict[str, Any]:
    """Good definitions of which some parts were replaced, renamed or taken out."""
    traits = draw(st.lists(st.sampled_from(CASES["traits"]), min_size=1, max_size=3))
    wheres = draw(st.lists(st.sampled_from(CASES["conditions"]), min_size=1, max_size=3))
    data: dict[str, Any] = copy.deepcopy(
        {
            **EXTRA,
            "traits": {**EXTRA["traits"], **{f"t{i}": t["trait"] for i, t in enumerate(traits)}},
            "segments": {f"s{i}": {"where": one["where"]} for i, one in enumerate(wheres)},
            "lifecycle": LIFECYCLE,
        }
    )
    for _ in range(draw(st.integers(0, 3))):
        path = draw(st.sampled_from(list(spots(data))))
        parent = data
        for step in path[:-1]:
            parent = parent[step]
        change = draw(st.sampled_from(["replace", "rename", "drop"]))
        if change == "replace":
            parent[path[-1]] = draw(ANYTHING)
        elif change == "rename" and isinstance(parent, dict):
            parent[draw(st.sampled_from(KEYS))] = parent.pop(path[-1])
        else:
            del parent[path[-1]]
        if not data:
            break
    return data


@given(data=files(), history_from=st.sampled_from([None, 0]))
@settings(
    max_examples=examples_of(200, short=100), deadline=None, suppress_health_check=list(HealthCheck)
)
def test_definitions_or_issues(data: dict[str, Any], history_from: int | None) -> None:
    documents = [document for document in SHIPPED if document is not None]
    made = Document(data=data, place=Place(file="fuzz", lines={}))
    try:
        definitions = read_documents(
            [*documents, made], settings=LanguageSettings(history_from=history_from)
        )
    except InvalidDefinitions as invalid:
        found = invalid.issues
    else:
        found = ()
        said(definitions)
    assert all(issue.message and issue.code for issue in found)


def said(definitions: Definitions) -> None:
    """Everything can be said in both languages."""
    nodes: list[Segment | Trait | StageRule] = [
        *definitions.segments.values(),
        *definitions.traits.values(),
        *definitions.lifecycle.rules,
    ]
    for node in nodes:
        assert sentence(node, "en", definitions)
        assert sentence(node, "nl", definitions)


@given(text=st.text(alphabet="abt:{}[]-,'\"\n \t&*!|>%@#?$0.1", max_size=60))
@settings(max_examples=examples_of(300, short=150), deadline=None)
def test_any_text_is_read_or_reported(text: str) -> None:
    issues = Issues()
    document = load(SourceFile(name="fuzz", text=text), issues)
    assert document is not None or issues.found
    assert all(issue.file == "fuzz" for issue in issues.found)
