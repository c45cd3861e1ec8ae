"""What every command shares: its options, the shop it works on, and how it writes."""

from __future__ import annotations

import functools
import json
import os
import re
import shlex
import shutil
import sys
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from stamgast import settings
from stamgast.cli.commands import COMMANDS, OF_NO_SHOP
from stamgast.clock import SystemClock, parse_instant
from stamgast.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from stamgast.app.shop import Shop
    from stamgast.report.words import Language

F = TypeVar("F", bound="Callable[..., Any]")


ABOUT_A_SHOP = re.compile(rf"\bstamgast (?=(?:{'|'.join(COMMANDS.keys() - OF_NO_SHOP)})\b)")
"""The beginning of a command about a shop, as texts write it."""


def program() -> str:
    """How this program is called from here: by its name, or by its path when it is not on the PATH."""
    if shutil.which("stamgast"):
        return "stamgast"
    called = Path(sys.argv[0])
    if called.stem == "stamgast":
        return str(called)
    return "python -m stamgast" if called.parent.name == "stamgast" else "stamgast"


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """How this call was made."""

    folder: str
    language: str | None = None
    """As asked with ``--lang``; None: see ``spoken``."""
    as_json: bool = False

    @property
    def spoken(self) -> Language:
        """The language of what is said: as asked, else as set, else the machine's, else English."""
        if self.language:
            return "nl" if self.language == "nl" else "en"
        try:
            return settings.spoken(settings.load(Path(self.folder)))
        except UserError:
            return settings.spoken(None)

    def whole(self, text: str) -> str:
        """A text whose commands can be pasted: called as this one was, and about this shop."""
        shop = "" if self.folder == "." else f" --shop {shlex.quote(self.folder)}"
        return ABOUT_A_SHOP.sub(lambda _: f"{program()}{shop} ", text)

    def open(self) -> Shop:
        """The shop of ``--shop``."""
        from stamgast.app.shop import Shop  # noqa: PLC0415 - loads the engines

        return Shop.open(self.folder)


DUTCH_DAY = re.compile(r"(\d{1,2})-(\d{1,2})-(\d{4})")
"""Day, month, year, as the Dutch write a date; nobody writes month-day-year with dashes."""


class InstantType(click.ParamType[int]):
    """An instant: ISO 8601, or a date as 1-10-2017; without an offset in the shop's zone, a date its midnight."""

    name = "instant"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """Microseconds UTC."""
        if isinstance(value, int):
            return value
        day = DUTCH_DAY.fullmatch(str(value))
        text = f"{day[3]}-{int(day[2]):02}-{int(day[1]):02}" if day else str(value)
        try:
            return parse_instant(text, zone=_zone(ctx))
        except UserError as error:
            self.fail(f"{error.message}; {error.hint}", param, ctx)


def _zone(context: click.Context | None) -> str:
    """The zone of the shop this call is about; UTC when there is no such shop."""
    if context is None or not isinstance(context.obj, Session):
        return "UTC"
    try:
        return settings.load(Path(context.obj.folder)).zone
    except UserError:
        return "UTC"  # the command itself says what is wrong with the shop


def command_options(function: F) -> F:
    """``--json`` and ``--lang``, and the ``Session`` as first argument."""

    @click.option("--json", "as_json", is_flag=True, help="Write the answer as JSON.")
    @click.option("--lang", type=click.Choice(["en", "nl"]), help="Language of the output.")
    @click.pass_context
    @functools.wraps(function)
    def wrapped(
        context: click.Context,
        /,
        *args: Any,  # noqa: ANN401 - the command's own
        as_json: bool,
        lang: str | None,
        **options: Any,  # noqa: ANN401 - the command's own
    ) -> object:
        session = replace(context.obj, as_json=as_json)
        if lang:
            session = replace(session, language=lang)
            context.obj = session  # also of a command below a group
        try:
            return function(session, *args, **options)
        except UserError as error:
            context.exit(fail(error, as_json=as_json, language=session.spoken, session=session))

    return wrapped  # type: ignore[return-value] # click's decorators are opaque


def _speak(context: click.Context, _: click.Parameter, lang: str | None) -> None:
    if lang and isinstance(context.obj, Session):
        context.obj = replace(context.obj, language=lang)


def language_option() -> click.Option:
    """``--lang`` of a group, for the commands below it."""
    return click.Option(
        ["--lang"],
        type=click.Choice(["en", "nl"]),
        help="Language of the output.",
        expose_value=False,
        callback=_speak,
    )


def as_of_option(function: F) -> F:
    """``--as-of``: the instant asked; now, unless given."""
    return click.option(
        "--as-of",
        type=InstantType(),
        default=lambda: SystemClock().now(),
        show_default="now",
        help="The instant asked: 2017-10-01 or 1-10-2017 (midnight in the shop's zone), or "
        "2017-10-01T12:30:00Z; may lie ahead.",
    )(function)


def write_json(data: object) -> None:
    """The answer, as JSON, to standard output."""
    click.echo(json.dumps(data, ensure_ascii=False, indent=2 if sys.stdout.isatty() else None))


def fail(
    error: UserError,
    *,
    as_json: bool,
    language: Language = "en",
    session: Session | None = None,
) -> int:
    """Say a user error on standard error (and as JSON on standard output); the exit code 1.

    The JSON is for programs, and in English.
    """
    place = f"{error.where}: " if error.where else ""
    message, hint = error.message, error.hint
    if language == "nl":
        from stamgast.report.dutch import dutch  # noqa: PLC0415 - only on an error

        message, hint = dutch(message), dutch(hint)
    if session is not None:
        hint = session.whole(hint)
    click.secho(f"{place}{message}", err=True, fg="red" if _colour() else None)
    if hint:
        click.echo(f"  {hint}", err=True)
    if as_json:
        _json_error(error.code, error.message, error.where, error.hint)
    return 1


def fail_usage(error: click.ClickException, *, as_json: bool, given: Sequence[str] = ()) -> int:
    """Say how the command is used; the exit code 2. ``given``: the arguments, for their language."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()  # the help of a group, in the language asked
    elif _asked_language(error, given) == "nl":
        _show_usage_in_dutch(error)
    else:
        error.show()
    if as_json:
        _json_error("usage", error.format_message(), "", "see --help")
    return 2


def _asked_language(error: click.ClickException, given: Sequence[str]) -> str:
    """The language of a call that was not understood."""
    context = getattr(error, "ctx", None)
    session = None if context is None else context.find_root().obj
    return asked_language(given, session if isinstance(session, Session) else None)


def asked_language(given: Sequence[str], session: Session | None = None) -> str:
    """The language of a call, by its arguments: as asked, else what it would be spoken in."""
    said = {name: value for name, value in pairwise(given) if name.startswith("--")}
    said |= dict(one.split("=", 1) for one in given if one.startswith("--") and "=" in one)
    if session is None:
        session = Session(folder=said.get("--shop") or os.environ.get("STAMGAST_SHOP") or ".")
    return said.get("--lang") or session.spoken


def _show_usage_in_dutch(error: click.ClickException) -> None:
    from stamgast.report.dutch import usage_dutch  # noqa: PLC0415 - only on an error

    context = getattr(error, "ctx", None)
    if context is not None:
        click.echo(context.get_usage().replace("Usage:", "Gebruik:", 1), err=True)
        click.echo(f"Zie '{context.command_path} --help'.\n", err=True)
    click.echo(f"Fout: {usage_dutch(error.format_message())}", err=True)


def fail_unexpectedly(error: Exception, *, as_json: bool) -> int:
    """Say that it is our mistake, without a traceback; the exit code 3."""
    what = f"{type(error).__name__}: {error}".splitlines()[0]
    click.echo(
        f"Something went wrong inside Stamgast: {what}\n"
        "  What was to be written is written whole or not at all: run `stamgast doctor`, and see which before doing it again.\n"
        "  Please report this; STAMGAST_DEBUG=1 shows the details.",
        err=True,
    )
    if as_json:
        _json_error("internal", what, "", "STAMGAST_DEBUG=1 shows the details")
    return 3


def _json_error(code: str, message: str, where: str, hint: str) -> None:
    write_json({"error": {"code": code, "message": message, "where": where, "hint": hint}})


def _colour() -> bool:
    return sys.stderr.isatty() and not os.environ.get("NO_COLOR")
