"""Data: what was imported, what came of each line, what waits, and how good it all is."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

from stamgast.app.imports import is_list
from stamgast.errors import UserError
from stamgast.report.spoken import event_words
from stamgast.web.page import Page
from stamgast.web.views.labels import origin_words
from stamgast.web.visit import Answer, Visit, not_found, number

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from stamgast.app.finding import Match
    from stamgast.app.imports import Undone
    from stamgast.app.quality import Conflict, Quality
    from stamgast.app.shop import Shop
    from stamgast.store.books import BatchOnRecord, FileOnRecord
    from stamgast.store.quarantine import QuarantinedOnRecord
    from stamgast.web.desk import State

COUNTS = ("lines", "accepted", "repeated", "left_out", "quarantined")
MOST_IMPORTS = 20
MOST_ROWS = 100
SOON_S = 4.0
LONGEST_CELL = 40
MENDABLE_CHARACTERS = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportLine:
    """An import and what came of its lines; the other counts add up to the first."""

    batch: BatchOnRecord
    files: str
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """What the books say."""

    imports: tuple[ImportLine, ...]
    """The latest first."""
    sources: tuple[tuple[str, int, int, int], ...]
    """Source, imports, lines accepted, and the last instant."""
    waiting: int
    refreshed_at: int | None


def show(visit: Visit) -> Answer:
    """The page."""
    state = visit.desk.state()
    page = Page(visit, state, state.t)
    books = visit.ask(state, ("books",), _books)
    good: Quality = visit.ask(
        state, ("quality", state.t), lambda shop: shop.quality.report(as_of=state.t), "figures"
    )
    pairs = _conflicts(visit, state) if visit.may("customers") else []
    everything = visit.query.get("imports") == "all"
    values = {
        "page": page,
        "books": books,
        "source": lambda name: _source(page, name),
        "imports": books.imports if everything else books.imports[:MOST_IMPORTS],
        "quality": good,
        "checks": sorted(good.checks, key=lambda one: not one.asks),
        "events": [(event_words(one.event, page.language), one) for one in good.events],
        "conflicts": pairs,
        "busy": visit.desk.works.busy,
    }
    return Answer(template="data.html.j2", values=values)


def one_import(visit: Visit) -> Answer:
    """What came of the lines of one import, and what taking it out would do."""
    state = visit.desk.state()
    batch = number(visit.params["batch"])
    books = visit.ask(state, ("books",), _books)
    found = next((one for one in books.imports if one.batch.batch == batch), None)
    if found is None:
        raise not_found()
    files = visit.ask(state, ("import_files", batch), lambda shop: shop.imports.files(batch))
    stand = [one.batch.batch for one in books.imports if one.batch.undone_at is None]
    page = Page(visit, state, state.t)
    preview = visit.desk.preview_of(batch)
    values = {
        "page": page,
        "found": found,
        "source": _source(page, found.batch.source),
        "files": [_file(page, one) for one in files],
        "stands": batch in stand,
        "later": _later(books, found),
        "preview": preview,
        "changes": [] if preview is None else _changes(page, preview),
        "again": [] if preview is None else _again(books, preview),
        "busy": visit.desk.works.busy,
    }
    return Answer(template="import.html.j2", values=values)


def undo(visit: Visit) -> Answer:
    """Say what taking an import out does; or, confirmed, take it out."""
    desk, batch = visit.desk, number(visit.params["batch"])
    here = f"/data/imports/{batch}"
    if visit.form.get("sure") != "yes":
        mark = desk.mark()
        desk.works.preview(
            desk.folder, batch, here, lambda found: desk.keep_preview(batch, mark, found)
        )
        desk.works.wait(SOON_S)
        return Answer(to=f"{here}#undo")
    if desk.preview_of(batch) is None:
        raise UserError(
            "web.preview", "what this does has changed meanwhile", hint="look at it once more first"
        )
    desk.works.undo(desk.folder, batch)
    visit.note("undone", str(batch))
    return Answer(to="/data")


# --- quarantine -----------------------------------------------------------------------------------


def quarantine(visit: Visit) -> Answer:
    """The rows that could not be understood."""
    state = visit.desk.state()
    page = Page(visit, state, state.t)
    rows = visit.ask(state, ("quarantine",), lambda shop: shop.quarantine.list())
    why = Counter((one.source, one.why or one.reason) for one in rows)
    values = {
        "page": page,
        "rows": [_row(page, one) for one in rows[:MOST_ROWS]],
        "many": len(rows),
        "why": [(source, page.reason(text), many) for (source, text), many in why.most_common()],
        "sources": list(dict.fromkeys(one.source for one in rows)),
        "mended": visit.query.get("mended", ""),
    }
    return Answer(template="quarantine.html.j2", values=values)


def row(visit: Visit) -> Answer:
    """One row, to be mended."""
    state = visit.desk.state()
    page = Page(visit, state, state.t)
    asked = number(visit.params["row"])
    found = visit.desk.do(lambda shop: shop.quarantine.show(asked))
    said = json.loads(found.row)
    cells = said if isinstance(said, dict) else {}
    values = {
        "page": page,
        "one": found,
        "place": _place(found),
        "reason": page.reason(found.reason),
        "cells": [(name, "" if value is None else str(value)) for name, value in cells.items()],
        "text": "" if cells else str(said)[:MENDABLE_CHARACTERS],
        "beside": len(json.loads(found.beside or "[]")),
        "again": visit.query.get("again") == "yes",
        "longest": MENDABLE_CHARACTERS,
    }
    return Answer(template="quarantined.html.j2", values=values)


def mend(visit: Visit) -> Answer:
    """Read the row again with other cells; one that is refused again waits as a row of its own."""
    asked = number(visit.params["row"])

    def act(shop: Shop) -> int | None:
        said = json.loads(shop.quarantine.show(asked).row)
        names = [*said] if isinstance(said, dict) else []
        cells = {
            name: visit.form.get(f"cell_{n}", "")[:MENDABLE_CHARACTERS]
            for n, name in enumerate(names)
        }
        report = shop.quarantine.mend(asked, cells)
        if not report.quarantined:
            return None
        waiting = [one.id for one in shop.quarantine.list() if one.batch == report.batch]
        return waiting[0] if waiting else asked

    refused = visit.desk.do(act)
    visit.note("quarantine", str(asked))
    if refused is None:
        return Answer(to="/data/quarantine?mended=1")
    return Answer(to=f"/data/quarantine/{refused}?again=yes")


def dismiss(visit: Visit) -> Answer:
    """Leave rows as they are, with a reason."""
    reason = visit.form.get("reason", "").strip()[:200]
    if not reason:
        raise UserError("web.reason", "say why they are left as they are", hint="a few words do")
    text = visit.form.get("row", "")

    def act(shop: Shop) -> int:
        waiting = shop.quarantine.list()
        asked = [one.id for one in waiting if text == "all" or str(one.id) == text]
        return len(shop.quarantine.dismiss(asked, by=visit.name, reason=reason)) if asked else 0

    many = visit.desk.do(act)
    visit.note("quarantine", f"{many} dismissed")
    return Answer(to="/data/quarantine")


def mending_file(visit: Visit) -> Answer:
    """The rows that wait as a file, to be mended in a spreadsheet."""
    source = visit.form.get("source", "")
    folder = visit.desk.scratch()

    def act(shop: Shop) -> Path:
        rows = [one for one in shop.quarantine.list() if one.source == source]
        names = dict.fromkeys(PurePath(one.file).name for one in rows)
        path = folder / PurePath(next(iter(names), "mend.csv")).with_suffix(".csv").name
        shop.quarantine.export(path, source=source, of=next(iter(names), None))
        return path

    path = visit.desk.do(act)
    visit.note("quarantine", f"{source} fetched")
    return Answer(file=str(path), file_name=path.name)


# --- parts ----------------------------------------------------------------------------------------


def _books(shop: Shop) -> Books:
    imports = tuple(_line(one) for one in reversed(shop.imports.list()))
    sources: dict[str, list[int]] = {}
    for one in imports:
        if one.batch.undone_at is None:
            held = sources.setdefault(one.batch.source, [0, 0, 0])
            held[0] += 1
            held[1] += one.counts[1]
            held[2] = max(held[2], one.batch.ended_at)
    return Books(
        imports=imports,
        sources=tuple((name, a, b, c) for name, (a, b, c) in sorted(sources.items())),
        waiting=shop.quarantine.count().waiting,
        refreshed_at=shop.glance.refreshed_at(),
    )


def _source(page: Page, source: str) -> str:
    """Where lines came from, as people call it; lists of extensions have names of ours."""
    kind, _, name = source.partition(":")
    if kind != "import":
        return source
    told = origin_words(page, kind, name)
    return told[:1].upper() + told[1:]


def _line(one: BatchOnRecord) -> ImportLine:
    counts = (
        list_counts(one.counts)
        if is_list(one)
        else tuple(int(one.counts.get(name, 0)) for name in COUNTS)
    )
    files = ", ".join(PurePath(file).name for file in one.files)
    return ImportLine(batch=one, files=files, counts=counts)


def list_counts(counts: Mapping[str, int]) -> tuple[int, ...]:
    """Of a list of an extension: who is on it, gets or loses something, or is not known."""
    said = {name: int(many) for name, many in counts.items()}
    given = said.get("added", 0) + said.get("changed", 0) + said.get("taken", 0)
    left_out = said.get("unknown", 0) + said.get("refused", 0)
    unchanged = said.get("unchanged", 0)
    return (given + unchanged + left_out, given, unchanged, left_out, 0)


def _file(page: Page, one: FileOnRecord) -> tuple[str, tuple[int, ...], list[tuple[str, int]]]:
    counts = tuple(int(one.counts.get(name, 0)) for name in COUNTS)
    return (
        PurePath(one.path).name,
        counts,
        [(page.reason(text), many) for text, many in one.reasons],
    )


def _later(books: Books, found: ImportLine) -> int:
    """How many imports are told again when this one is taken out."""
    lists = is_list(found.batch)
    return sum(
        one.batch.batch > found.batch.batch
        and one.batch.undone_at is None
        and not lists
        and not is_list(one.batch)
        for one in books.imports
    )


def _again(books: Books, found: Undone) -> list[tuple[ImportLine, int]]:
    """The later imports that are told again, each with how many of its lines are accepted then."""
    lines = {one.batch.batch: one for one in books.imports}
    return [
        (lines[batch], int(counts.get("accepted", 0)))
        for batch, counts in found.told_again.items()
        if batch in lines
    ]


def _changes(page: Page, found: Undone) -> list[tuple[str, str, str]]:
    """Figure, before and after; what stays as it is, is left out."""
    number_, money = page.formats.number, page.formats.money
    before, after = found.before, found.after
    if before is None or after is None:
        return []
    rows = [
        (page.say("upload.who_many"), number_(before.profiles), number_(after.profiles)),
        (page.say("imports.orders"), number_(before.orders), number_(after.orders)),
        (page.say("imports.revenue"), money(before.revenue_minor, cents=True), money(after.revenue_minor, cents=True)),
    ]  # fmt: skip
    rows += [
        (page.stage(name), number_(many), number_(after.stages[name]))
        for name, many in before.stages.items()
        if after.stages[name] != many
    ]
    return rows + [
        (page.segment(name), number_(many), number_(after.segments[name]))
        for name, many in before.segments.items()
        if after.segments[name] != many
    ]


def _row(page: Page, one: QuarantinedOnRecord) -> tuple[int, str, str, str, str]:
    said = json.loads(one.row)
    cells: Iterable[object] = said.values() if isinstance(said, dict) else [said]
    shown = " · ".join(_short(str(cell)) for cell in cells if cell not in (None, ""))
    return one.id, _place(one), page.reason(one.reason), shown, page.formats.short_day(one.since)


def _place(one: QuarantinedOnRecord) -> str:
    name = PurePath(one.file).name
    return f"{name}:{one.line}" if one.line else name


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_CELL else f"{text[: LONGEST_CELL - 1]}…"


def _conflicts(visit: Visit, state: State) -> list[tuple[Match, Match, Conflict]]:
    def asked(shop: Shop) -> list[tuple[Match, Match, Conflict]]:
        pairs = shop.quality.conflicts()
        known = shop.glance.described(one for pair in pairs for one in pair.profiles)
        return [
            (known[pair.profiles[0]], known[pair.profiles[1]], pair)
            for pair in pairs
            if pair.profiles[0] in known and pair.profiles[1] in known
        ]

    return visit.ask(state, ("conflicts",), asked)
