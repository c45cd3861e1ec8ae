"""The second door: one's own orders, from a file to a shop. Nothing is stored before it is shown."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from stamgast.collect.drafting import chosen, lacking, of_lines
from stamgast.collect.recognise import Limits
from stamgast.collect.roles import ROLES
from stamgast.errors import UserError
from stamgast.measure.suggest import FEW, POINTS
from stamgast.web.page import Page
from stamgast.web.uploads import with_roles
from stamgast.web.visit import Answer, Visit, not_found

if TYPE_CHECKING:
    from stamgast.app.mappings import Checked, Known
    from stamgast.app.shop import Shop
    from stamgast.collect.recognise import Notation, Recognised
    from stamgast.collect.report import ImportReport
    from stamgast.web.uploads import Upload

SOON_S = 4.0
"""So long a page waits for a small file to be looked through."""
LONGEST_CELL = 60
OF_ARTICLES = frozenset({"product", "sku", "category", "brand"})
"""What only a line of an order can say."""
DELIMITERS = {";": "semicolon", ",": "comma", "\t": "tab", "|": "bar"}
EXAMPLE = datetime(2025, 12, 31, 14, 30, tzinfo=UTC)
"""A day that shows what is the day and what the month."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A row that could not be understood."""

    line: int | None
    reason: str
    cells: tuple[str, ...]


def door(visit: Visit, problem: UserError | None = None) -> Answer:
    """The form for a file."""
    state = visit.desk.state()
    values: dict[str, object] = {
        "page": Page(visit, state, state.t),
        "problem": problem,
        "most": state.settings.upload_mb,
        "demo": visit.desk.is_demo,
    }
    return Answer(template="upload.html.j2", values=values, status=400 if problem else 200)


def take(visit: Visit) -> Answer:
    """Keep the file for a moment, and go to what it seems to be."""
    desk = visit.desk
    if desk.is_demo:
        return door(visit)
    if visit.file is None or not visit.file.name:
        wrong = UserError("upload.none", "no file was chosen", hint="choose a file first")
        return door(visit, wrong)
    try:
        kept = desk.uploads.take(visit.file.name, visit.file.content, desk.most_upload_bytes())
    except UserError as error:
        return door(visit, error)
    try:
        found = _recognised(visit, kept)
    except UserError as error:
        desk.uploads.remove(kept.token)
        return door(visit, error)
    known = _known(visit, found)
    if known:
        desk.uploads.keep(replace(kept, mapping=known[0].name, source=known[0].source))
    desk.works.forget()
    visit.note("uploaded")
    return Answer(to=f"/upload/{kept.token}")


def look(visit: Visit) -> Answer:
    """What the file seems to be, and what reading it would do."""
    desk, state = visit.desk, visit.desk.state()
    upload = desk.uploads.of(visit.params["token"])
    found = _chosen(visit, upload)
    wants = [] if upload.mapping else lacking(found)
    checked = None if wants else _looked_through(visit, upload, found)
    page = Page(visit, state, state.t)
    values: dict[str, object] = {
        "page": page,
        "upload": upload,
        "found": found,
        "known": _label(upload),
        "roles": [role.name for role in ROLES],
        "wants": wants,
        "lines": of_lines(found),
        "unread": []
        if of_lines(found) or upload.mapping
        else [one.name for one in found.columns if one.role in OF_ARTICLES],
        "written": _written(page, found.notation),
        "checked": checked,
        "refused": [] if checked is None else _refused(page, checked),
        "running": checked is None and not wants and desk.works.busy,
        "text": "" if wants or upload.mapping else _drafted(visit, upload, found),
        "first": state.span is None,
        "times": _times(visit, checked),
    }
    return Answer(template="uploaded.html.j2", values=values)


def choose(visit: Visit) -> Answer:
    """What a person says that the columns are."""
    desk = visit.desk
    upload = desk.uploads.of(visit.params["token"])
    found = _recognised(visit, upload)
    if visit.form.get("own") == "yes":
        desk.works.forget()
        desk.uploads.keep(replace(upload, mapping="", roles=found.roles))
        return Answer(to=f"/upload/{upload.token}")
    roles = tuple(visit.form.get(f"role_{n}", "") for n in range(len(found.columns)))
    chosen(found, roles)
    desk.works.forget()
    desk.uploads.keep(with_roles(upload, roles, visit.form.get("source", "")))
    return Answer(to=f"/upload/{upload.token}")


def read(visit: Visit) -> Answer:
    """Read it: an import and a refresh, behind the pages."""
    desk = visit.desk
    if desk.is_demo:
        raise not_found()
    upload = desk.uploads.of(visit.params["token"])
    found = _chosen(visit, upload)
    checked = desk.uploads.checked(upload)
    times = _times(visit, checked) if visit.form.get("times") == "yes" else []
    source = upload.mapping or _drafted(visit, upload, found)

    def mapping(shop: Shop) -> str:
        if times:
            shop.mappings.set_times({name: days for name, _, days in times})
        return upload.mapping or str(shop.mappings.save(source))

    def done(_: ImportReport) -> None:
        desk.uploads.remove(upload.token)

    desk.works.ingest(desk.folder, desk.uploads.path(upload), mapping, done)
    visit.note("imported", upload.source)
    return Answer(to="/data")


def discard(visit: Visit) -> Answer:
    """The file is not read."""
    upload = visit.desk.uploads.of(visit.params["token"])
    visit.desk.uploads.remove(upload.token)
    return Answer(to="/upload")


# --- parts ----------------------------------------------------------------------------------------


def _recognised(visit: Visit, upload: Upload) -> Recognised:
    limits = Limits(file_bytes=visit.desk.most_upload_bytes())
    return visit.desk.uploads.recognised(upload, limits)


def _chosen(visit: Visit, upload: Upload) -> Recognised:
    found = _recognised(visit, upload)
    return found if upload.roles is None else chosen(found, upload.roles)


def _known(visit: Visit, found: Recognised) -> tuple[Known, ...]:
    return visit.desk.do(lambda shop: shop.mappings.known(found.header))


def _drafted(visit: Visit, upload: Upload, found: Recognised) -> str:
    return visit.desk.do(lambda shop: shop.mappings.draft(found, upload.source))


def _looked_through(visit: Visit, upload: Upload, found: Recognised) -> Checked | None:
    """What reading it would do; None while that is being found out."""
    desk = visit.desk
    known = desk.uploads.checked(upload)
    if known is not None:
        return known
    if desk.works.busy:
        return None
    if desk.works.now is not None and desk.works.now.kind == "check":
        return None  # it went wrong; the page says why
    mapping = upload.mapping or _drafted(visit, upload, found)
    desk.works.check(
        desk.folder,
        desk.uploads.path(upload),
        lambda _: mapping,
        lambda checked: desk.uploads.put_checked(upload, checked),
    )
    desk.works.wait(SOON_S)
    return desk.uploads.checked(upload)


def _times(visit: Visit, checked: Checked | None) -> list[tuple[str, int, int]]:
    """Times of the lifecycle that the shop's own gaps suggest: parameter, days now, days then."""
    if checked is None or checked.gaps_number < FEW:
        return []
    found = [
        (one.parameter, one.now_days, one.suggested_days)
        for one in checked.gaps
        if one.now_days is not None and one.suggested_days is not None
    ]
    own = visit.desk.do(lambda shop: shop.mappings.may_set_times)
    days = [days for _, _, days in found]
    return found if own and len(found) == len(POINTS) and days == sorted(set(days)) else []


def _label(upload: Upload) -> str:
    return upload.source if upload.mapping else ""


def _refused(page: Page, checked: Checked) -> list[Refused]:
    found = []
    for row in checked.refused:
        said = json.loads(row.row)
        cells = said.values() if isinstance(said, dict) else [said]
        shown = tuple(_short(str(cell)) for cell in cells if cell not in (None, ""))
        found.append(Refused(line=row.line, reason=page.reason(row.reason), cells=shown))
    return found


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_CELL else f"{text[: LONGEST_CELL - 1]}…"


def _written(page: Page, notation: Notation) -> list[str]:
    """How the file is written, in words."""
    told = []
    if notation.delimiter is not None:
        key = notation.encoding if notation.encoding in ("cp1252", "iso-8859-15") else "unicode"
        told.append(page.say(f"upload.encoding.{key.replace('-', '_')}"))
        told.append(page.say(f"upload.delimiter.{DELIMITERS[notation.delimiter]}"))
    told.append(page.say("upload.decimal.comma" if notation.decimal == "," else "upload.decimal.point"))  # fmt: skip
    pattern = notation.dates[0]
    if pattern == "iso":
        told.append(page.say("upload.dates.iso"))
    else:
        example = EXAMPLE.strftime(pattern)
        told.append(page.say("upload.dates.such_as", example=example))
    return told
