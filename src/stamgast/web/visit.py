"""One request as views see it: who asks, in which language, of which instant; and what they answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO, Generic, Literal, TypeAlias, TypeVar, get_args
from urllib.parse import urlencode

from stamgast.clock import parse_instant
from stamgast.errors import UserError
from stamgast.web.access import may

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence

    from stamgast.app.shop import Shop
    from stamgast.model.log import Instant
    from stamgast.report.words import Language
    from stamgast.web.access import Permission
    from stamgast.web.desk import Desk, HandName, State
    from stamgast.web.sessions import Session, Sessions

T = TypeVar("T")
BIGINT_DIGITS = 18
"""A number of so many digits fits every column of the store."""
PAGE_DIGITS = 6
Done: TypeAlias = Literal[
    "signed_in",
    "signed_out",
    "password",
    "user_added",
    "user_removed",
    "user_role",
    "customer",
    "export",
    "export_fetched",
    "api",
    "demo_made",
    "demo_removed",
    "refreshed",
    "segment_saved",
    "extension",
    "extension_list",
    "extension_people",
    "attribute",
    "consent",
    "note",
    "note_removed",
    "identity",
    "person_export",
    "erased",
    "thresholds",
    "uploaded",
    "imported",
    "undone",
    "quarantine",
    "settings",
    "key_added",
    "key_removed",
]
DONE: tuple[Done, ...] = get_args(Done)
"""What the audit tells of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A file of a form, open while the request lasts."""

    name: str
    """As the browser called it: not to be trusted."""
    content: BinaryIO


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A request."""

    desk: Desk
    sessions: Sessions
    session: Session
    language: Language
    method: str
    path: str
    params: Mapping[str, str]
    query: Mapping[str, str]
    form: Mapping[str, str] = field(default_factory=dict)
    file: Incoming | None = None
    fragment: bool = False
    """Whether htmx asks for a part of the page only."""
    secure: bool = False
    client: str = ""

    @property
    def role(self) -> str:
        """What the user is; empty before signing in."""
        return "" if self.session.user is None else self.session.user.role

    @property
    def name(self) -> str:
        """The user's name; empty before signing in."""
        return "" if self.session.user is None else self.session.user.name

    def may(self, permission: Permission) -> bool:
        """Whether who asks may do something."""
        return may(self.role, permission)

    def as_of(self, state: State) -> Instant:
        """The instant asked with ``?as_of=``; else now. Raises UserError as ``parse_instant``."""
        asked = self.query.get("as_of", "").strip()
        return parse_instant(asked, zone=state.settings.zone) if asked else state.t

    def ask(
        self,
        state: State,
        question: tuple[Hashable, ...],
        answer: Callable[[Shop], T],
        hand: HandName = "people",
        patience_s: float | None = None,
    ) -> T:
        """A remembered answer; PendingError when it takes longer, as a rule than the desk waits."""
        patience_s = self.desk.patience_s if patience_s is None else patience_s
        return self.desk.ask(question, answer, mark=state.mark, hand=hand, patience_s=patience_s)

    def note(self, what: Done, about: str = "") -> None:
        """Put on record that the user saw or changed something."""
        self.desk.users.note(self.desk.clock.now(), self.name, what, about)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a view answers: a template and its values, or a place to go to."""

    template: str = ""
    values: Mapping[str, object] = field(default_factory=dict)
    status: int = 200
    to: str = ""
    """Go there (303)."""
    file: str = ""
    """A file to hand over, under the name of ``file_name``; it is gone afterwards."""
    file_name: str = ""


def whole(text: str, digits: int = BIGINT_DIGITS) -> int | None:
    """A whole number from 0 on as it was typed; None: it is none, or has more digits."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else None


def number(text: str) -> int:
    """A whole number of an address. Raises UserError ``web.not_found``."""
    found = whole(text)
    if found is None:
        raise not_found()
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf(Generic[T]):
    """The page of a long list that an address asks for; of a number that there is not, the nearest."""

    number: int
    """From 1 on."""
    last: int
    """The number of the last page; an empty list has one page."""
    rows: Sequence[T]
    """What is on it."""
    first: int
    """The number of its first row in the whole list, from 1 on."""


def leaf(visit: Visit, every: Sequence[T], size: int) -> Leaf[T]:
    """The page of a list, ``size`` rows each, that ``?page=`` asks for; the first without it."""
    last = max(1, -(-len(every) // size))
    asked = whole(visit.query.get("page", ""), PAGE_DIGITS)
    turned = min(max(1 if asked is None else asked, 1), last)
    start = (turned - 1) * size
    return Leaf(number=turned, last=last, rows=every[start : start + size], first=start + 1)


def not_found() -> UserError:
    """There is no such page."""
    return UserError("web.not_found", "there is no such page", hint="go back to the overview")


def address(path: str, **query: object) -> str:
    """A path with what is asked of it; what is empty falls away."""
    asked = {key: str(value) for key, value in query.items() if value not in (None, "")}
    return f"{path}?{urlencode(asked)}" if asked else path
