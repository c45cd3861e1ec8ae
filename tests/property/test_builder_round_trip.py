"""Random conditions in the builder's form, in a file and as text: each comes back as it was."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stamgast.app.builder import tree
from stamgast.app.builder.plain import same, tree_of, written
from stamgast.app.builder.vocabulary import OPERATORS, Vocabulary
from stamgast.app.builder.yamls import plain_of_text, text_of
from stamgast.app.definition_text import entry_text, merged, with_entry
from stamgast.language.reader import LanguageSettings, SourceFile, read_definitions
from stamgast.language.reader.issues import Issues
from stamgast.language.reader.source import load
from stamgast.retail import shipped_files

KNOWN = read_definitions(shipped_files(), settings=LanguageSettings())
WORDS = {language: Vocabulary(definitions=KNOWN, language=language) for language in ("en", "nl")}
TEXTS = st.one_of(
    st.sampled_from(
        [
            *("order", "Product Viewed", "line", "problem", "vip", "orders", "net_revenue"),
            *("country", "last_order_at", "first_coupon", "loyalty_status", "$vip_share", "$$x"),
            *("30d", "2w", "030d", "20%", "12.5%", "2026-05-01", "true", "null", "1,5", "1.000"),
            *("a, b", 'say "x"', " spaced ", "two\nlines", "", "#x", "- x", "é", "{x}", "x: y"),
        ]
    ),
    st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=6),
)
NUMBERS = st.one_of(
    st.integers(-5, 10**6),
    st.decimals(min_value=-1000, max_value=1000, places=2).map(lambda one: Decimal(str(one))),
)
SCALARS = st.one_of(TEXTS, NUMBERS, st.booleans())
NAMES = st.one_of(TEXTS, st.lists(TEXTS, min_size=1, max_size=3))
KEYS = tuple(name for name in OPERATORS if name not in ("missing", "anniversary"))


def compared(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    value = st.one_of(
        SCALARS,
        st.lists(SCALARS, min_size=1, max_size=3),
        st.fixed_dictionaries({"trait": TEXTS}),
        st.fixed_dictionaries(
            {"percentile": NUMBERS, "of": TEXTS}, optional={"times": NUMBERS, "among": inner}
        ),
        st.fixed_dictionaries({"within_next": TEXTS}),
    )
    more = st.fixed_dictionaries({}, optional={"ignore_case": st.just(value=True)})
    some = st.dictionaries(st.sampled_from((*KEYS, "anniversary")), value, max_size=2)
    return st.builds(lambda one, other: {**one, **other}, some, more)


def filters() -> st.SearchStrategy[dict[str, Any]]:
    test = st.one_of(
        SCALARS,
        st.lists(SCALARS, min_size=1, max_size=3),
        st.dictionaries(st.sampled_from(KEYS), SCALARS, min_size=1, max_size=2),
    )
    names = st.one_of(st.sampled_from(("net_total", "category", "price", "coupon", "all")), TEXTS)
    plain = st.dictionaries(names, test, max_size=2)

    def nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
        several = st.lists(inner, min_size=1, max_size=3)
        joined = st.fixed_dictionaries({}, optional={"all": several, "any": several, "not": inner})
        return st.builds(lambda one, other: {**one, **other}, plain, joined)

    return st.one_of(plain, st.recursive(plain, nested, max_leaves=4))


def leaves(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    follow = st.fixed_dictionaries(
        {"event": NAMES}, optional={"within": TEXTS, "where": filters(), "strictly": st.booleans()}
    )
    window = {"within": TEXTS, "from": TEXTS, "until": TEXTS, "in": NAMES, "year": NUMBERS}
    counts = {"at_least": SCALARS, "at_most": SCALARS, "exactly": SCALARS}
    more = {"where": filters(), "followed_by": follow, "not_followed_by": follow}
    pair = {"between": st.lists(TEXTS, min_size=2, max_size=2)}
    heads = [
        st.builds(lambda name, rest, kind=kind: {kind: name, **rest}, TEXTS, compared(inner))
        for kind in ("trait", "attribute", "extension")
    ]
    plain = [st.fixed_dictionaries({kind: TEXTS}) for kind in ("segment", "consent")]
    return st.one_of(
        st.fixed_dictionaries({"did": NAMES}, optional={**window, **counts, **more, **pair}),
        st.fixed_dictionaries(
            {"top": TEXTS, "by": NAMES}, optional={"among": inner, "provided": inner}
        ),
        st.fixed_dictionaries({"stage": NAMES}),
        st.fixed_dictionaries({"identified": st.one_of(NAMES, st.booleans())}),
        st.fixed_dictionaries({"always": st.one_of(TEXTS, st.booleans())}),
        *heads,
        *plain,
    )


def grown(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    several = st.lists(inner, min_size=1, max_size=3)
    return st.one_of(
        leaves(inner),
        several.map(lambda items: {"all": items}),
        several.map(lambda items: {"any": items}),
        inner.map(lambda one: {"not": one}),
    )


CONDITIONS = st.recursive(st.fixed_dictionaries({"stage": NAMES}), grown, max_leaves=6)
WHERE = st.one_of(CONDITIONS, st.lists(CONDITIONS, min_size=1, max_size=3))
FILE = """# Ours
version: 1
segments:
  # before
  first: {where: {stage: loyal}}
  ours:   # kept
    where: {stage: loyal}
  # after
  last: {where: {stage: loyal}}
"""


@settings(max_examples=70, deadline=None, suppress_health_check=list(HealthCheck))
@given(where=WHERE, language=st.sampled_from(("en", "nl")))
def test_the_form_says_what_the_file_says(where: object, language: str) -> None:
    words = WORDS[language]
    form = tree.to_form(tree_of(where, words))
    found = written(tree.from_form(form), words)
    assert same(found.where, where)
    assert found.unfinished == {}


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(where=WHERE)
def test_a_file_takes_it_and_keeps_the_rest(where: object) -> None:
    text = text_of({"where": where})
    assert same(plain_of_text(text), {"where": where})
    entry = merged(entry_text(FILE, "segments", "ours"), "ours", {"where": where})
    written = with_entry(FILE, "segments", "ours", entry)
    document = load(SourceFile(name="own", text=written), Issues())
    assert document is not None
    assert same(document.data["segments"]["ours"]["where"], where)
    for kept in ("# Ours", "# before", "# kept", "# after", "  first: {where: {stage: loyal}}\n"):
        assert kept in written
