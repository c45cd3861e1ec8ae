"""The examples of README.md, docs/how-it-works.md and docs/mappings.md, run as a reader would run them.

``STAMGAST_WRITE_DOCS=1`` writes what they print into the pages; look at the difference.
"""

from __future__ import annotations

import code
import contextlib
import io
import os
import re
import shlex
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from stamgast.cli.main import root

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
PAGES = (
    "README.md",
    "docs/how-it-works.md",
    "docs/insight.md",
    "docs/mappings.md",
    "docs/generate.md",
)
BLOCK = re.compile(
    r"^```(console|pycon|(?:yaml|csv) file=\S+)\n(.*?)^```\n", re.MULTILINE | re.DOTALL
)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the demo was run."""
    folder = tmp_path_factory.mktemp("demo")
    with contextlib.chdir(folder):
        assert "Report written" in console("stamgast demo --only real")
    return folder


@pytest.mark.parametrize("page", PAGES)
def test_examples_print_what_the_page_shows(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    text = (ROOT / page).read_text(encoding="utf-8")
    if "demo-shop" in text:
        shutil.copytree(request.getfixturevalue("demo"), tmp_path, dirs_exist_ok=True)
    session: dict[str, object] = {}
    replaced = BLOCK.sub(lambda block: run_block(block[1], block[2], session), text)
    if os.environ.get("STAMGAST_WRITE_DOCS"):
        (ROOT / page).write_text(replaced, encoding="utf-8")
    assert replaced == text


def run_block(kind: str, body: str, session: dict[str, object]) -> str:
    """The block anew, with what its commands print now."""
    if " file=" in kind:
        Path(kind.partition("=")[2]).write_text(body, encoding="utf-8")
        return f"```{kind}\n{body}```\n"
    mark, run = ("$ ", console) if kind == "console" else (">>> ", python_in(session))
    commands = [line.removeprefix(mark) for line in body.splitlines() if line.startswith(mark)]
    assert commands, body
    shown = "".join(f"{mark}{command}\n{run(command)}" for command in commands)
    return f"```{kind}\n{shown}```\n"


def console(command: str) -> str:
    """What a command prints, without the blanks at the ends of lines."""
    program, *arguments = shlex.split(command)
    assert program == "stamgast"
    result = CliRunner().invoke(root, arguments)
    assert result.exit_code == 0, result.output
    return "".join(f"{line.rstrip()}\n" for line in result.stdout.splitlines())


def python_in(session: dict[str, object]) -> Callable[[str], str]:
    """Runs a line as the interactive interpreter does."""

    def run(line: str) -> str:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            more = code.InteractiveInterpreter(session).runsource(line)
        assert not more
        assert "Traceback" not in printed.getvalue(), printed.getvalue()
        return "".join(f"{one.rstrip()}\n" for one in printed.getvalue().splitlines())

    return run


def test_links_of_the_pages_lead_somewhere() -> None:
    for page in PAGES:
        text = (ROOT / page).read_text(encoding="utf-8")
        for address in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text):
            if not address.startswith("http"):
                assert ((ROOT / page).parent / address).exists(), f"{page}: {address}"
