"""``shop.questions``: what is asked at sign-up, and how many have answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stamgast.app import folder as folders
from stamgast.app.instants import instant_of
from stamgast.app.snapshot import of_one_snapshot
from stamgast.errors import UserError
from stamgast.language.reader import SourceFile
from stamgast.profiles.questions import read_questions
from stamgast.retail import QUESTIONS, shipped_file
from stamgast.store.attributes import HOLDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stamgast.app.core import Core
    from stamgast.app.instants import Moment
    from stamgast.profiles.questions import SignUpQuestion


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A question, and how many of the known customers have answered it."""

    question: SignUpQuestion
    customers: int
    """Profiles that exist and are known by more than a device."""
    answered: int
    answers: Mapping[str, int]
    """Value -> customers, of a question with answers; other values are together under ``other``."""

    def as_json(self) -> dict[str, object]:
        """As the command line writes it."""
        one = self.question
        return {
            "question": one.name,
            "text": {"en": one.question.en, "nl": one.question.nl},
            "attribute": one.attribute,
            "purpose": one.purpose,
            "customers": self.customers,
            "answered": self.answered,
            "answers": dict(self.answers),
        }


@of_one_snapshot
class Questions:
    """Questions at sign-up."""

    def __init__(self, core: Core) -> None:
        """Made by ``Shop``."""
        self._core = core

    def declared(self) -> dict[str, SignUpQuestion]:
        """The shipped questions and the shop's own over them. Raises ``InvalidDefinitions``."""
        files = [shipped_file(QUESTIONS)]
        path = self._core.folder / folders.DEFINITIONS / QUESTIONS
        if path.is_file():
            try:
                text = path.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                raise UserError(
                    "definitions.unreadable",
                    f"cannot be read: {error}",
                    where=str(path),
                    hint="definition files are text in UTF-8",
                ) from error
            name = f"{folders.DEFINITIONS}/{QUESTIONS}"
            files.append(SourceFile(name=name, text=text, shipped=False))
        known = self._core.definitions
        return read_questions(files, known.attributes, known.consents)

    def completeness(self, *, as_of: Moment = None) -> tuple[Answered, ...]:
        """Per question how many answered, and what."""
        core = self._core
        t = instant_of(as_of, core.clock, core.settings.zone)
        customers = core.reader.db.run(_CUSTOMERS, {"t": t})[0][0]
        found = []
        for one in self.declared().values():
            rows = core.reader.db.run(_ANSWERS, {"t": t, "name": one.attribute})
            answers = dict.fromkeys(one.answers, 0)
            for value, many in rows if one.answers else ():
                key = value if value in one.answers else "other"
                answers[key] = answers.get(key, 0) + int(many)
            found.append(
                Answered(
                    question=one,
                    customers=int(customers),
                    answered=sum(int(many) for _, many in rows),
                    answers=answers,
                )
            )
        return tuple(found)


_CUSTOMERS = "SELECT count(*) FROM presence WHERE NOT anonymous AND first_at <= $t"
_ANSWERS = f"""
    SELECT value, count(*) FROM (
        SELECT profile_id, {HOLDS} AS value
        FROM attribute WHERE name = $name AND ("at" IS NULL OR "at" <= $t) GROUP BY profile_id)
    SEMI JOIN (SELECT profile_id FROM presence WHERE NOT anonymous AND first_at <= $t) USING (profile_id)
    WHERE value IS NOT NULL GROUP BY value ORDER BY value
    """  # noqa: S608 - our own names
