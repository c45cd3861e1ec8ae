"""Questions that a shop asks at sign-up: what they are, and which attribute an answer fills.

``questions.yaml``, the shipped file and the shop's own in ``definitions/``; the same name overrides.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, ValidationError

from stamgast.errors import InvalidDefinitions
from stamgast.language.reader.forms import Strict, Words
from stamgast.language.reader.issues import Issues, suggest
from stamgast.language.reader.scope import words
from stamgast.language.reader.source import load

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from stamgast.language.ast import Text
    from stamgast.language.reader.source import Document, SourceFile


class QuestionModel(Strict):
    """One question."""

    question: Words = Field(description="The question, in both languages.")
    answers: dict[str, Words] | None = Field(
        None, description="The value that is stored -> the answer as people read it; else any text."
    )
    attribute: str = Field(description="The attribute that the answer fills.")
    purpose: str = Field(description="The purpose for which it is asked; one under `consents:`.")


class QuestionsFile(Strict):
    """A file of questions."""

    version: Literal[1]
    questions: dict[str, QuestionModel] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignUpQuestion:
    """A question, its answers (value -> as people read it; empty: any) and what it fills."""

    name: str
    question: Text
    answers: Mapping[str, Text]
    attribute: str
    purpose: str


def read_questions(
    files: Iterable[SourceFile], attributes: Collection[str], purposes: Collection[str]
) -> dict[str, SignUpQuestion]:
    """The questions of the files, a later one over an earlier one of the same name.

    Raises ``InvalidDefinitions`` with every issue.
    """
    issues = Issues()
    found: dict[str, SignUpQuestion] = {}
    for file in files:
        document = load(file, issues)
        form = None if document is None else _form(document, issues)
        if document is None or form is None:
            continue
        for name, one in form.questions.items():
            place = document.place.at("questions", name)
            for key, value, known in (
                ("attribute", one.attribute, attributes),
                ("purpose", one.purpose, purposes),
            ):
                if value not in known:
                    hint = suggest(value, known, f"{key}s")
                    issues.add(place.at(key), "unknown_name", f"there is no {key} `{value}`", hint)
            found[name] = SignUpQuestion(
                name=name,
                question=words(one.question, name),
                answers={value: words(text, value) for value, text in (one.answers or {}).items()},
                attribute=one.attribute,
                purpose=one.purpose,
            )
    if issues.found:
        raise InvalidDefinitions(tuple(issues.found))
    return found


def _form(document: Document, issues: Issues) -> QuestionsFile | None:
    try:
        return QuestionsFile.model_validate(document.data)
    except ValidationError as error:
        for detail in error.errors():
            path: tuple[Any, ...] = tuple(step for step in detail["loc"] if step != "[key]")
            message = f"{'.'.join(map(str, path))}: {detail['msg']}"
            issues.add(document.place.at(*path), "form", message, "")
        return None
