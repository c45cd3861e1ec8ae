"""Salutations and tussenvoegsels, by the rules of the Dutch and the Flemish."""

from __future__ import annotations

import pytest

from stamgast.decide.naming import name_of, salutation, spoken

W, M = {"gender": "v"}, {"gender": "man"}


def person(first: str = "", infix: str = "", last: str = "", **more: str) -> dict[str, str]:
    return {"first_name": first, "infix": infix, "last_name": last, **more}


# parts, country, full name, alone, salutation u, salutation je
NAMES = [
    (person("Thijs", "van der", "Berg", **M), "NL", "Thijs van der Berg", "Van der Berg",
     "Beste heer Van der Berg", "Dag Thijs"),
    (person("Anna", "van der", "Berg", **W), "NL", "Anna van der Berg", "Van der Berg",
     "Beste mevrouw Van der Berg", "Dag Anna"),
    (person("Anna", "", "van der Berg", **W), "NL", "Anna van der Berg", "Van der Berg",
     "Beste mevrouw Van der Berg", "Dag Anna"),
    (person("ANNA", "VAN DER", "BERG", **W), "NL", "Anna van der Berg", "Van der Berg",
     "Beste mevrouw Van der Berg", "Dag Anna"),
    (person("anna", "", "van der berg", **W), "NL", "Anna van der Berg", "Van der Berg",
     "Beste mevrouw Van der Berg", "Dag Anna"),
    (person("Piet", "Van", "Dam", **M), "NL", "Piet van Dam", "Van Dam", "Beste heer Van Dam", "Dag Piet"),
    (person("Jan", "", "Jansen", **M), "Nederland", "Jan Jansen", "Jansen", "Beste heer Jansen", "Dag Jan"),
    (person("Bas", "'t", "Hart", **M), "NL", "Bas 't Hart", "'t Hart", "Beste heer 't Hart", "Dag Bas"),
    (person("Bas", "", "in \u2019t Veld", **M), "NL", "Bas in 't Veld", "In 't Veld",
     "Beste heer In 't Veld", "Dag Bas"),
    (person("Eva", "d'", "Ancona", **W), "NL", "Eva d'Ancona", "D'Ancona", "Beste mevrouw D'Ancona", "Dag Eva"),
    (person("Eva", "", "d'Ancona", **W), "NL", "Eva d'Ancona", "D'Ancona", "Beste mevrouw D'Ancona", "Dag Eva"),
    (person("Els", "", "Jansen-van den Berg", **W), "NL", "Els Jansen-van den Berg",
     "Jansen-van den Berg", "Beste mevrouw Jansen-van den Berg", "Dag Els"),
    (person("Els", "", "de Vries-Jansen", **W), "NL", "Els de Vries-Jansen", "De Vries-Jansen",
     "Beste mevrouw De Vries-Jansen", "Dag Els"),
    (person("IJSBRAND", "", "IJSSELSTEIN", **M), "NL", "IJsbrand IJsselstein", "IJsselstein",
     "Beste heer IJsselstein", "Dag IJsbrand"),
    (person("Ann", "Van den", "Broeck", **W), "BE", "Ann Van den Broeck", "Van den Broeck",
     "Beste mevrouw Van den Broeck", "Dag Ann"),
    (person("Ann", "", "Vandenbroeck", **W), "BE", "Ann Vandenbroeck", "Vandenbroeck",
     "Beste mevrouw Vandenbroeck", "Dag Ann"),
    (person("Wil", "de", "Wit"), "NL", "Wil de Wit", "De Wit", "Beste Wil de Wit", "Dag Wil"),
    (person("Wil"), "NL", "Wil", "", "Beste Wil", "Dag Wil"),
    (person("", "de", "Wit"), "NL", "De Wit", "De Wit", "Beste heer of mevrouw De Wit",
     "Beste heer of mevrouw De Wit"),
    (person("", "de", "Wit", **W), "NL", "De Wit", "De Wit", "Beste mevrouw De Wit", "Beste mevrouw De Wit"),
    (person("J.P.", "de", "Wit", **M), "NL", "De Wit", "De Wit", "Beste heer De Wit", "Beste heer De Wit"),
    (person("J", "de", "Wit", **M), "NL", "De Wit", "De Wit", "Beste heer De Wit", "Beste heer De Wit"),
    ({"name": "Jan de Boer", **M}, "NL", "Jan de Boer", "De Boer", "Beste heer De Boer", "Dag Jan"),
    ({"name": "Madonna"}, "NL", "Madonna", "", "Beste Madonna", "Dag Madonna"),
    ({}, "NL", "", "", "Beste klant", "Hallo"),
]  # fmt: skip


@pytest.mark.parametrize(("parts", "country", "full", "alone", "u", "je"), NAMES)
def test_dutch(parts: dict[str, str], country: str, full: str, alone: str, u: str, je: str) -> None:
    name = name_of(parts, country=country)
    assert (name.full, name.surname) == (full, alone)
    assert salutation(name, "nl", "u") == u
    assert salutation(name, "nl", "je") == je


ENGLISH = [
    (person("Thijs", "van der", "Berg", **M), "NL", "Dear Mr Van der Berg", "Hi Thijs"),
    (person("Anna", "", "Smith", gender="female"), "GB", "Dear Ms Smith", "Hi Anna"),
    (person("Anna", "", "Smith"), "GB", "Dear Anna Smith", "Hi Anna"),
    (person("Hugh", "", "de la Mare", gender="m"), "GB", "Dear Mr de la Mare", "Hi Hugh"),
    (person("Ian", "", "McDonald"), "GB", "Dear Ian McDonald", "Hi Ian"),
    (person("", "", "Smith"), "GB", "Dear customer", "Hello"),
    ({}, "GB", "Dear customer", "Hello"),
]


@pytest.mark.parametrize(("parts", "country", "formal", "informal"), ENGLISH)
def test_english(parts: dict[str, str], country: str, formal: str, informal: str) -> None:
    name = name_of(parts, country=country)
    assert salutation(name, "en", "u") == formal
    assert salutation(name, "en", "je") == informal


def test_spoken_to() -> None:
    anna = name_of(person("Anna", "van der", "Berg", **W))
    assert spoken(anna, "nl", "je") == "Anna"
    assert spoken(anna, "nl", "u") == "mevrouw Van der Berg"
    assert spoken(anna, "en", "u") == "Ms Van der Berg"
    thijs = name_of(person("Thijs", "van der", "Berg", **M))
    assert spoken(thijs, "nl", "u") == "meneer Van der Berg"
    assert spoken(name_of(person("", "de", "Wit")), "nl", "u") == ""
