"""``shop.privacy``: all that is held about a person, as one file; and a person erased."""

from __future__ import annotations

import html
import json
import shutil
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from stamgast.app.identity import IdentityDesk
from stamgast.app.imports import COPIES
from stamgast.app.private import write_private
from stamgast.app.snapshot import of_one_snapshot
from stamgast.clock import format_instant, to_micros
from stamgast.errors import UserError
from stamgast.identity.normalise import normalise
from stamgast.identity.resolve import Identity
from stamgast.report.held import understood
from stamgast.store import privacy
from stamgast.store.decisions import decisions_on
from stamgast.store.files import sweep
from stamgast.store.notes import notes_on
from stamgast.store.quarantine import quarantined
from stamgast.store.trace import with_key
from stamgast.store.undo import derive
from stamgast.store.writing import Erasure, ImportRecord

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from stamgast.app.core import Core
    from stamgast.app.customers import Customers
    from stamgast.store.privacy import Person
    from stamgast.store.quarantine import QuarantinedOnRecord
    from stamgast.store.writing import WriteSession

LONG = 6
LONG_DIGITS = 8
"""From so many characters (digits) on an identifier is looked for in the free text of others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What was removed, or would be."""

    profile_id: int
    done: bool
    identifiers: Mapping[str, int]
    """Kind -> how many."""
    rows: Mapping[str, int]
    """Table of the lake -> rows of the person; those of ``kept`` stay, of nobody."""
    scrubbed: int
    """Rows of others in which an identifier was blanked."""
    quarantined: int
    """Rows in quarantine that held one."""
    notes: int
    """What colleagues wrote about them."""
    copies: int
    """Copies of imported files that were removed: all of them, for they may hold the person."""
    pages: tuple[str, ...]
    """Report pages that named the person."""
    log_emptied: bool = True
    """False: another program read the store meanwhile, so SQLite's log beside it may still hold the
    person; the next write or ``doctor`` empties it when nobody reads."""
    kept: tuple[str, ...] = privacy.KEPT_OF_NOBODY

    @property
    def gone(self) -> dict[str, int]:
        """What goes, as people are told of it."""
        rows = {name: many for name, many in self.rows.items() if name not in self.kept}
        more = {
            "notes": self.notes,
            "quarantined": self.quarantined,
            "scrubbed": self.scrubbed,
            "copies": self.copies,
            "pages": len(self.pages),
        }
        return {**understood(rows), **{name: many for name, many in more.items() if many}}

    @property
    def stays(self) -> dict[str, int]:
        """What stays, of nobody."""
        return {name: self.rows[name] for name in self.kept if self.rows.get(name)}

    def as_json(self) -> dict[str, object]:
        """As the command line writes it; no identifier is in it."""
        return {
            "profile_id": self.profile_id,
            "done": self.done,
            "identifiers": dict(self.identifiers),
            "rows": dict(self.rows),
            "kept_of_nobody": [name for name in self.kept if name in self.rows],
            "scrubbed": self.scrubbed,
            "quarantined": self.quarantined,
            "notes": self.notes,
            "copies": self.copies,
            "pages": [*self.pages],
            "log_emptied": self.log_emptied,
        }


@of_one_snapshot
class Privacy:
    """What a person may ask of a shop: to see everything, and to be forgotten."""

    def __init__(self, core: Core, customers: Customers) -> None:
        """Made by ``Shop``."""
        self._core = core
        self._customers = customers

    # --- everything -------------------------------------------------------------------------------

    def everything(self, customer: str | int) -> dict[str, Any]:
        """All that is held about a person, in sections, as JSON has it.

        Raises UserError ``profile.unknown`` and ``profile.ambiguous``.
        """
        core = self._core
        profile = self._customers.find(customer)
        person = privacy.person_of(core.reader, profile)
        now = core.clock.now()
        return {
            "shop": core.settings.name,
            "exported_at": format_instant(now),
            "customer": self._customers.show(profile, as_of=now).as_json(),
            "timeline": [one.as_json() for one in self._customers.timeline(profile, as_of=now)],
            "identity": IdentityDesk(core).show(profile).as_json(),
            "said": {
                name: [_plain_row(row) for row in rows.to_pylist()]
                for name, rows in privacy.held(core.reader, person)
            },
            "exports": [
                {
                    "at": format_instant(one.export.at),
                    "segment": one.export.segment,
                    "channel": one.export.channel,
                    "purpose": one.export.purpose,
                    "file": one.export.file,
                    "sent": one.yes,
                    "reason": one.reason,
                }
                for one in decisions_on(core.store.catalogue, person.ids)
            ],
            "notes": [
                {"at": format_instant(one.at), "by": one.by, "text": one.text}
                for one in notes_on(core.store.catalogue, person.ids)
            ],
            "quarantine": [
                {"file": row.file, "line": row.line, "reason": row.reason, "row": _parsed(row.row)}
                for row in self._quarantined(person)
            ],
        }

    def export(self, customer: str | int, file: Path) -> dict[str, int]:
        """Write everything held about a person to one file; returns how many entries per section.

        JSON, or a page to read when the name ends in ``.html``; its owner's only. Raises UserError as ``everything``
        and ``export.cannot_write``.
        """
        found = self.everything(customer)
        text = (
            _page(found)
            if file.suffix.lower() in {".html", ".htm"}
            else json.dumps(found, ensure_ascii=False, indent=2) + "\n"
        )
        try:
            write_private(file, text)
        except OSError as error:
            raise UserError(
                "export.cannot_write",
                f"cannot write the file: {error.strerror or error}",
                where=str(file),
                hint="name a file in a folder that exists and may be written to",
            ) from error
        sections = {
            **found["said"],
            **{name: found[name] for name in ("exports", "notes", "quarantine")},
        }
        return {name: len(rows) for name, rows in sections.items()}

    # --- nothing ----------------------------------------------------------------------------------

    def erase(self, customer: str | int, *, by: str, confirmed: bool = False) -> Erased:
        """Take a person out of everything, or (not ``confirmed``) say what would go.

        Orders and refunds stay for the books, of nobody: amounts, dates, products, the order's
        number. A keyed hash of the identifiers stays, so that an import cannot bring them back. In
        store and lake it happens as a whole or not at all; copies of imported files and report pages
        go just before, so that none outlives it. Raises UserError ``profile.unknown``,
        ``profile.ambiguous`` and ``store.locked``.
        """
        core = self._core
        # an identifier, not a name: who is erased was meant beyond doubt
        profile = customer if isinstance(customer, int) else core.profile(customer)
        trace = with_key(core.store.catalogue) if confirmed else None
        with core.store.writing("erase") as session:
            reader = core.reader
            person = privacy.person_of(reader, profile)
            names = privacy.names_of(reader, person.ids)
            said = self._said(person, names)
            refused = [row.id for row in self._quarantined(person)]
            pages = self._pages({text for _, text in said})
            number = session.batch
            rows = privacy.take_out(session, reader, person)
            session.continue_as(number, core.store.database())
            scrubbed = privacy.scrub(session, said, _long(text for _, text in said))
            session.continue_as(number, core.store.database())
            kinds: dict[str, int] = {}
            for _, kind, _ in names:
                kinds[kind] = kinds.get(kind, 0) + 1
            result = Erased(
                profile_id=profile,
                done=confirmed,
                identifiers=kinds,
                rows=rows,
                scrubbed=scrubbed,
                quarantined=len(refused),
                notes=len(notes_on(core.store.catalogue, person.ids)),
                copies=sum(1 for one in self._copies.rglob("*") if one.is_file()),
                pages=tuple(str(page) for page in pages),
            )
            if trace is not None:
                counts = {f"rows: {name}": many for name, many in rows.items()}
                session.erase(
                    Erasure(
                        by=by,
                        digests=frozenset(trace.digest(kind, value) for _, kind, value in names),
                        identifiers=frozenset(person.ids),
                        quarantined=frozenset(refused),
                        counts=counts,
                    )
                )
                self._commit(session, person, pages)
                result = replace(result, log_emptied=self._swept())
        return result

    @property
    def _copies(self) -> Path:
        return self._core.store.data / COPIES

    def _commit(self, session: WriteSession, person: Person, pages: Iterable[Path]) -> None:
        """Fold anew, commit, and leave nothing behind; copies go first, so that none outlives it."""
        core = self._core
        verdicts = [v for v in core.store.verdicts() if not {v.a, v.b} & set(person.ids)]
        Identity(core.kinds, verdicts).reconsider(session)
        derive(session, ())
        shutil.rmtree(self._copies, ignore_errors=True)
        for page in pages:
            page.unlink(missing_ok=True)
        session.commit(ImportRecord())
        core.close()

    def _swept(self) -> bool:
        """Remove what the erasure dropped; whether SQLite's log is empty, too. The rest is the next writer's."""
        store = self._core.store
        with suppress(UserError):
            sweep(store.lake, store.catalogue, self._core.clock.now())
        try:
            return store.catalogue.flush()
        except UserError:
            return False

    def _said(self, person: Person, names: list[tuple[int, str, str]]) -> list[tuple[str, str]]:
        """Kind and text of each identifier, normalised and in every way it was written."""
        kinds = self._core.kinds.by_name
        values = {(kind, value) for _, kind, value in names}
        found = set(values)
        for said in privacy.said_beside(self._core.reader, person.ids):
            for kind, text in _parsed_pairs(said):
                if kind in kinds and (kind, normalise(kinds[kind], text)) in values:
                    found.add((kind, text))
        return sorted(found)

    def _quarantined(self, person: Person) -> list[QuarantinedOnRecord]:
        """The rows ever in quarantine that hold an identifier of the person, or were kept beside one."""
        kinds = self._core.kinds.by_name
        names = privacy.names_of(self._core.reader, person.ids)
        values = {value for _, _, value in names}
        asked = {kind for _, kind, _ in names if kind in kinds}

        def holds(row: QuarantinedOnRecord) -> bool:
            said = "\n".join((row.row, row.beside or "", row.key or "", row.note or "")).lower()
            if any(value in said for value in _long(values)):
                return True
            pairs = [*_parsed_pairs(row.row)]
            for beside in json.loads(row.beside or "[]"):
                pairs += _parsed_pairs(json.dumps(beside))
            return any(
                normalise(kinds[kind], text) in values for _, text in pairs for kind in asked
            )

        return [row for row in quarantined(self._core.store) if holds(row)]

    def _pages(self, texts: set[str]) -> list[Path]:
        """Report pages in the shop's folder that name the person."""
        found = []
        for page in sorted(self._core.folder.glob("*.html")):
            text = page.read_text(encoding="utf-8", errors="replace").lower()
            if any(one in text for one in _long(texts)):
                found.append(page)
        return found


def _long(texts: Iterable[str]) -> list[str]:
    """The texts that are long enough to be looked for among other words, in lower case."""
    return sorted(
        {text.lower() for text in texts if len(text) >= (LONG_DIGITS if text.isdigit() else LONG)}
    )


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _parsed_pairs(text: str) -> list[tuple[str, str]]:
    said = _parsed(text)
    if not isinstance(said, dict):
        return []
    return [(str(key), str(value)) for key, value in said.items() if value is not None]


def _plain_row(row: Mapping[str, Any]) -> dict[str, object]:
    return {name: _plain(name, value) for name, value in row.items() if value is not None}


def _plain(name: str, value: object) -> object:
    if isinstance(value, datetime):
        return format_instant(to_micros(value))
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, str) and name in ("said", "extra"):
        return _parsed(value)
    return value


def _page(found: Mapping[str, Any]) -> str:
    """A page of everything: headings, and tables of what is alike."""
    title = f"{found['shop'] or 'Stamgast'}, {found['exported_at']}"
    head = (
        "<!doctype html><html><head><meta charset='utf-8'>"
        f"<title>{html.escape(title)}</title><style>body{{font:14px sans-serif;margin:2em}}"
        "table{border-collapse:collapse;margin:.5em 0}td,th{border:1px solid #ccc;padding:.2em .5em;"
        "text-align:left;vertical-align:top}</style></head><body>"
    )
    body = "".join(
        f"<h2>{html.escape(str(name))}</h2>{_cell(value)}" for name, value in found.items()
    )
    return f"{head}<h1>{html.escape(title)}</h1>{body}</body></html>\n"


def _cell(value: object) -> str:
    if isinstance(value, dict):
        rows = "".join(
            f"<tr><th>{html.escape(str(key))}</th><td>{_cell(one)}</td></tr>"
            for key, one in value.items()
        )
        return f"<table>{rows}</table>"
    if isinstance(value, list):
        return "".join(f"<div>{_cell(one)}</div>" for one in value)
    return html.escape("" if value is None else str(value))
