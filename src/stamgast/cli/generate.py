"""``stamgast generate``: a made-up shop of any size, to try things out on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from stamgast.cli.frame import command_options, write_json

if TYPE_CHECKING:
    from datetime import datetime

    from stamgast.app.generating import Generated
    from stamgast.cli.frame import Session
    from stamgast.report.words import Language

FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.option(
    "--customers",
    type=int,
    default=10_000,
    show_default=True,
    metavar="N",
    help="How many customers.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed, another shop.")
@click.option("--out", metavar="DIR", type=FOLDER, help="Where to write the files: a new folder.")
@click.option(
    "--shop", metavar="DIR", type=FOLDER, help="Make a shop here and read the files into it."
)
@click.option(
    "--until",
    metavar="DAY",
    type=click.DateTime(["%Y-%m-%d"]),
    show_default="today",
    help="The day the shop is seen on; all in it happened before.",
)
@command_options
def generate(
    session: Session, until: datetime | None, out: Path | None, shop: Path | None, **asked: int
) -> None:
    """Make up a Dutch shop of three years, any size, and write the truth about it beside its files."""
    from stamgast.app.generating import Wanted, today  # noqa: PLC0415 - loads the engines
    from stamgast.app.generating import generate as make  # noqa: PLC0415 - as above
    from stamgast.cli.data import progress_bar, step_bar  # noqa: PLC0415 - as above

    wanted = Wanted(
        customers=asked["customers"],
        seed=asked["seed"],
        until=today() if until is None else until.date(),
        files=out,
        shop=shop,
        language=session.language,
    )
    with step_bar() as making, progress_bar() as reading:
        made = make(wanted, making, reading)
    if session.as_json:
        write_json(made.as_json())
    else:
        tell(made, session.spoken)


def tell(made: Generated, language: Language) -> None:
    """What was written, and what one can do with it."""
    from stamgast.language.wording import number_words  # noqa: PLC0415 - only for people
    from stamgast.report.words import word  # noqa: PLC0415 - as above

    written = made.written
    count = number_words(written.customers, language)
    day = written.until.isoformat()
    click.echo(word(language, "generate.made", n=count, day=day, seed=written.seed))
    for kind, rows in written.rows.items():
        click.echo(f"  {kind:<15}{number_words(rows, language):>14}")
    click.echo(word(language, "generate.files", folder=written.folder))
    if made.shop is None:
        return
    for report in made.imports:
        lines = number_words(report.accepted, language)
        click.echo(word(language, "generate.read", source=report.source, lines=lines))
    click.echo(word(language, "generate.next", folder=made.shop, day=day))
