"""The help of every command and option is there in Dutch, and its page has no English on it."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import click
import pytest
from click.testing import CliRunner

from stamgast.app.presets import parameters_of
from stamgast.cli.main import root
from stamgast.cli.reference_pages import every_command
from stamgast.report.dutch import pairs
from stamgast.retail.presets import PRESETS

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMANDS = list(every_command(root, ()))
ENGLISH = re.compile(
    r"\b(the|and|of the|with|who|what|what's|whose|which|shows?|write|writes|file|default|usage|from|"
    r"customer|shop|every|when|where|why|how|many|it|to)\b"
)
"""Words that are not Dutch; small, for names of arguments are capitals and those of options have dashes."""


def paragraphs(text: str) -> list[str]:
    return [
        " ".join(one.split()) for one in re.split(r"\n\s*\n", inspect.cleandoc(text)) if one.strip()
    ]


def texts() -> Iterator[str]:
    yield from ("Usage:", "Options:", "Commands:", "Show this message and exit.")
    for _, about in root.lazy.values():
        yield about
    for _, command in COMMANDS:
        yield from paragraphs(command.help or "")
        for option in command.params:
            if isinstance(option, click.Option):
                yield from paragraphs(option.help or "")
                if isinstance(option.show_default, str):
                    yield option.show_default


def test_every_text_has_a_dutch_one_and_none_is_left_over() -> None:
    asked, known = set(texts()), pairs("help.toml")
    assert len(asked) > 180
    assert asked - set(known) == set()
    assert set(known) - asked == set()
    assert {en for en, nl in known.items() if en == nl} <= {"hand"}


def test_what_is_to_be_typed_is_the_same() -> None:
    """Options, names of arguments, commands and examples stand in the Dutch text as they are."""
    typed = re.compile(r"--[\w-]+|\b[A-Z]{2,}\b|\w+:\w+|\d+-\d+-\d+\S*|\w+_\w+")
    free = {"DIR", "JSON", "CSV", "NL", "EUR", "FILE", "kind:value"}
    for english, dutch in pairs("help.toml").items():
        wanted = {one.strip(";,.)") for one in typed.findall(english)} - free
        assert {one for one in wanted if one not in dutch} == set(), english


@pytest.mark.parametrize("width", ["60", "200"])
def test_a_page_in_dutch_is_dutch(width: str) -> None:
    runner = CliRunner(env={"COLUMNS": width})
    for path, _ in COMMANDS:
        shown = runner.invoke(root, ["--lang", "nl", *path, "--help"])
        assert shown.exit_code == 0
        assert shown.output.startswith("Gebruik: ")
        english = [
            line
            for line in shown.output.splitlines()[1:]
            if (
                found := ENGLISH.search(
                    re.sub(r"--[\w-]+|\[[^\]]*\]|`[^`]*`|\S+[:|=]\S+", "", line)
                )
            )
            and not line.lstrip().startswith(found[0])  # the name of a command
        ]
        assert english == [], path


def test_the_language_is_that_of_the_call_or_of_the_shop(tmp_path: object) -> None:
    (tmp_path / "stamgast.toml").write_text('language = "nl"\n')  # type: ignore[operator] # a path
    runner = CliRunner()
    for words, language in (
        (["segment", "--help"], "Usage:"),
        (["segment", "count", "--lang", "nl", "--help"], "Gebruik:"),
        (["--lang=nl", "--help"], "Gebruik:"),
        (["--shop", str(tmp_path), "segment", "--help"], "Gebruik:"),
        (["--shop", str(tmp_path), "--lang", "en", "segment", "--help"], "Usage:"),
    ):
        assert runner.invoke(root, words).output.startswith(language), words


def test_a_group_without_a_command_shows_its_help_once() -> None:
    for language, usage in (("en", "Usage:"), ("nl", "Gebruik:")):
        shown = CliRunner().invoke(root, ["--lang", language, "segment"])
        assert shown.exit_code == 2
        assert shown.output.count(usage) == 1
        assert "Fout" not in shown.output


def test_help_in_english_reads_no_table() -> None:
    code = (
        "import sys\nfrom stamgast.cli.main import root\n"
        "try:\n    root.main(['--lang', 'en', 'segment', '--help'])\nexcept SystemExit:\n    pass\n"
        "from stamgast.report import dutch\n"
        "sys.exit(dutch.pairs.cache_info().currsize or 'stamgast.app.shop' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True)
    assert done.returncode == 0


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_in_dutch_has_the_same_numbers(name: str) -> None:
    found = PRESETS[name]
    assert parameters_of(found, "nl") == parameters_of(found, "en")
    english, dutch = (
        [line.strip() for line in found.text_in(one).splitlines() if line.strip().startswith("#")]
        for one in ("en", "nl")
    )
    assert len(english) == len(dutch)
    assert not set(english) & set(dutch)
    shown = CliRunner().invoke(root, ["--lang", "nl", "preset", "show", name])
    assert shown.output == found.text_in("nl")
