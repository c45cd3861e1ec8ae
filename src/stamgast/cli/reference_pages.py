"""Writes ``docs/commands.md`` and ``docs/settings.md`` from the commands and the settings table.

Run as ``python -m stamgast.cli.reference_pages DOCS``.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stamgast.cli.main import root
from stamgast.settings import TABLE

if TYPE_CHECKING:
    from collections.abc import Iterator

_COMMANDS = """\
# Commands

Answers go to standard output, progress and trouble to standard error. Exit codes: 0 answered (also when the answer is that
something is missing, or of `doctor` that something is wrong: `doctor --check` then says 1), 1 a mistake that the user can mend, 2 wrong usage, 3 our own mistake. With `--json` an error is also
written to standard output, as `{"error": {"code", "message", "where", "hint"}}`. `--as-of` takes `2017-10-01` or
`1-10-2017` (midnight in the shop's zone) or an ISO 8601 instant; without it an answer is of now. `--lang` may stand at any place; without it the
language is `STAMGAST_LANGUAGE`, else the shop's setting, else that of the machine (`LC_ALL`, `LC_MESSAGES`, `LANG`), else English. Colours are left out in a pipe and when `NO_COLOR` is set.
"""
_SETTINGS = """\
# Settings

A shop's `stamgast.toml`. The environment wins over the file, the file over the default. `stamgast init` writes every setting
with its help; those that nobody set are comments. Zone, currency and country are set by the first mapping when nobody did.

| setting | what may be written | default | unit | environment | what it is |
| --- | --- | --- | --- | --- | --- |
"""
_MORE = """
`STAMGAST_SHOP` names the shop's folder when `--shop` is left out. `STAMGAST_DEBUG=1` shows the traceback of an internal error.
`NO_COLOR=1` leaves colours out.
"""


def commands_page() -> str:
    """``docs/commands.md``: every command with its arguments and options."""
    parts = [_COMMANDS]
    for path, command in every_command(root, ()):
        parts.append("\n".join(_command(path, command)))
    return "\n".join(parts)


def every_command(
    command: click.Command, path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """A command and all below it, in the order of the help."""
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None:
                yield from every_command(inner, (*path, name))


def _command(path: tuple[str, ...], command: click.Command) -> Iterator[str]:
    title = " ".join(("stamgast", *path))
    yield f"## {title}\n"
    group = isinstance(command, click.Group) and not command.invoke_without_command
    if not group:
        arguments = [one for one in command.params if isinstance(one, click.Argument)]
        names = [one.metavar or (one.name or "").upper() for one in arguments]
        yield f"`{' '.join([title, *names])}`\n"
    yield " ".join((command.help or "").replace("``", "`").split()) + "\n"
    options = [one for one in command.params if isinstance(one, click.Option)]
    if options and not (group and path):
        yield "| option | meaning |\n| --- | --- |"
        for option in options:
            yield f"| {_option(option)} |"
        yield ""


def _option(option: click.Option) -> str:
    names = ", ".join(f"`{name}`" for name in option.opts)
    if option.is_flag:
        return f"{names} | {option.help}"
    if isinstance(option.type, click.Choice):
        kind = " or ".join(f"`{choice}`" for choice in option.type.choices)
    else:
        kind = f"`{option.metavar or option.type.name.upper()}`"
    shown = option.show_default if isinstance(option.show_default, str) else ""
    if option.show_default is True:
        shown = str(option.default)
    default = f" Default: {shown}." if shown else ""
    return f"{names} {kind} | {option.help}{default}"


def settings_page() -> str:
    """``docs/settings.md``: the settings table."""
    rows = []
    for row in TABLE:
        default = "" if row.default in (None, "") else f"`{row.default}`"
        rows.append(
            f"| `{row.name}` | {row.type} | {default} | {row.unit} | `{row.env}` | {row.help} |\n"
        )
    return _SETTINGS + "".join(rows) + _MORE


def write(folder: Path) -> None:
    """Write both pages."""
    (folder / "commands.md").write_text(commands_page(), encoding="utf-8")
    (folder / "settings.md").write_text(settings_page(), encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
