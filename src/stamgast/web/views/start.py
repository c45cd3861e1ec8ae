"""The first run and work behind the pages: the demo shop, a refresh, and how far they are."""

from __future__ import annotations

from stamgast.web.visit import Answer, Visit


def make_demo(visit: Visit) -> Answer:
    """Begin to make the demo shop."""
    if not visit.desk.is_demo:
        visit.desk.works.make_demo(visit.desk.demo, visit.language)
        visit.note("demo_made")
    return Answer(to="/")


def remove_demo(visit: Visit) -> Answer:
    """Take it away."""
    if visit.desk.is_demo:
        visit.desk.remove_demo()
        visit.note("demo_removed")
    return Answer(to="/")


def refresh(visit: Visit) -> Answer:
    """Begin to record who is in which stage and segment."""
    visit.desk.works.refresh(visit.desk.folder)
    visit.note("refreshed")
    return Answer(to="/")


def forget(visit: Visit) -> Answer:
    """What went wrong was read."""
    visit.desk.works.forget()
    return Answer(to="/data")


def work(visit: Visit) -> Answer:
    """How far it is: the line that a page asks for again and again."""
    if not visit.fragment:
        return Answer(to="/")
    return Answer(template="work.html.j2")
