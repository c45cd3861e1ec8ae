"""What a column may be, and by which names people call it: Dutch and English, as shops export them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal, TypeAlias

Shape: TypeAlias = Literal["empty", "instant", "time", "number", "email", "words", "text"]
"""What the values of a column look like; ``words``: several without a digit, as a name of somebody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """What a column may be of an export of orders."""

    name: str
    names: tuple[str, ...]
    """How it is called, without blanks, marks and capitals."""
    shapes: tuple[Shape, ...] = ()
    """What its values look like; empty: anything."""
    of_words: tuple[str, ...] = ()
    """How it is called where its values are words, and something else otherwise."""


def _role(name: str, names: str, *shapes: Shape, of_words: str = "") -> Role:
    return Role(
        name=name, names=tuple(names.split()), shapes=shapes, of_words=tuple(of_words.split())
    )


_NUMBER: Shape = "number"
_NUMBERS: tuple[Shape, ...] = (_NUMBER, "text")
"""Of a number that may have letters. A name of somebody is none: two people may have the same."""
ROLES: tuple[Role, ...] = (
    _role(
        "order",
        "bestelnummer bestelnr bestellingnummer bestellingsnummer bestelling bestellingid bestelid bestelnumber "
        "ordernummer ordernr order orderid ordernumber orderno orderreference orderreferentie ordername "
        "bonnummer bonnr kassabon factuurnummer factuurnr factuur invoice invoiceno invoicenumber invoiceid "
        "transactienummer transactie transactieid transaction transactionid receipt receiptnumber verkoopnummer",
    ),
    _role(
        "ordered_at",
        "besteldatum besteldatumtijd besteld bestelmoment besteldop orderdatum orderdate orderedat ordered "
        "orderplaced placedat datum date datumtijd datetime aangemaakt aangemaaktop createdat created "
        "factuurdatum invoicedate transactiedatum transactiondate verkoopdatum aankoopdatum purchasedate timestamp",
        "instant",
    ),
    _role("ordered_time", "tijd time besteltijd ordertijd ordertime tijdstip", "time"),
    _role(
        "total",
        "totaal totaalbedrag totaalinclbtw totaalbedraginclbtw totaalprijs ordertotaal orderbedrag bestelbedrag "
        "bestelwaarde orderwaarde bestelling total ordertotal grandtotal totalamount orderamount ordervalue "
        "totalprice totalinclvat factuurbedrag eindbedrag eindtotaal tebetalen betaald betaaldbedrag bedrag "
        "bedraginclbtw omzet omzetinclbtw revenue amount amountpaid waarde",
        _NUMBER,
    ),
    _role(
        "amount",
        "regelbedrag regeltotaal regelprijs subtotaal linetotal lineamount lineprice itemtotal totaalregel",
        _NUMBER,
    ),
    _role("quantity", "aantal stuks hoeveelheid qty quantity units pieces", _NUMBER),
    _role(
        "unit_price",
        "prijs stukprijs prijsperstuk eenheidsprijs verkoopprijs price unitprice itemprice productprijs",
        _NUMBER,
    ),
    _role("shipping", "verzendkosten bezorgkosten porto shipping shippingcosts shippingamount", _NUMBER),
    _role("discount", "korting kortingsbedrag discount discountamount totalekorting", _NUMBER),
    _role(
        "coupon",
        "kortingscode couponcode coupon actiecode vouchercode voucher discountcode promocode kortingsbon",
    ),
    _role("status", "status orderstatus bestelstatus bestellingstatus orderstate betaalstatus"),
    _role("currency", "valuta munt muntsoort currency currencycode"),
    _role("channel", "kanaal verkoopkanaal bron channel saleschannel"),
    _role("store", "winkel filiaal vestiging kassa store shop location"),
    _role(
        "refunded",
        "terugbetaald terugbetaling retourbedrag refund refunded refundamount refundedamount",
        _NUMBER,
    ),
    _role(
        "product",
        "product productnaam artikel artikelnaam artikelomschrijving omschrijving productname productomschrijving "
        "itemname item description title",
    ),
    _role("sku", "sku artikelnummer artikelnr productcode artikelcode ean barcode itemnumber"),
    _role("category", "categorie productcategorie productgroep artikelgroep category productcategory"),
    _role("brand", "merk brand"),
    _role(
        "customer_id",
        "klantnummer klantnr klantid klantcode relatienummer relatienr debiteurnummer debiteurnr debiteur "
        "customerid customernumber customerno customer clientid klant userid accountid lidnummer",
        *_NUMBERS,
    ),
    _role(
        "loyalty_card", "klantenkaart klantenkaartnummer pasnummer kaartnummer loyaltycard cardnumber spaarkaart"
    ),
    _role("email", "email emailadres mail mailadres emailaddress klantemail customeremail", "email"),
    _role("phone", "telefoon telefoonnummer tel telnr mobiel mobielnummer phone phonenumber mobile telephone"),
    _role(
        "name", "naam klantnaam volledigenaam name fullname customername besteller contactpersoon factuurnaam",
        of_words="klant customer client koper buyer debiteur",
    ),
    _role("first_name", "voornaam firstname givenname"),
    _role("infix", "tussenvoegsel infix voorvoegsel"),
    _role("last_name", "achternaam familienaam lastname surname familyname"),
    _role("company", "bedrijf bedrijfsnaam company companyname"),
    _role("street", "straat straatnaam adres adresregel1 street address address1 streetname"),
    _role("house_number", "huisnummer huisnr housenumber"),
    _role("postcode", "postcode zip zipcode postalcode"),
    _role("city", "plaats woonplaats stad city town gemeente"),
    _role("country", "land landcode country countrycode"),
    _role("gender", "geslacht gender sex"),
    _role("birthday", "geboortedatum verjaardag birthday dateofbirth birthdate", "instant"),
    _role("opt_in", "nieuwsbrief optin marketingtoestemming toestemming newsletter acceptsmarketing emailoptin"),
)  # fmt: skip
BY_NAME = {role.name: role for role in ROLES}
IGNORE = ""
"""A column that is not read."""
ATTRIBUTES = (
    "name", "first_name", "infix", "last_name", "company", "street", "house_number", "postcode", "city",
    "country", "gender", "birthday",
)  # fmt: skip
"""Roles that say something of a customer, under the name that the shipped definitions know."""
IDENTIFIERS = ("customer_id", "loyalty_card", "email", "phone")
LINE_ONLY = ("amount", "quantity", "unit_price", "product", "sku", "category", "brand")
"""Roles of a line of an order."""

_EXACT = 1000
_LEAST = 4
"""A name shorter than this is looked for as a whole only."""
_OTHERS = re.compile(r"[^a-z0-9]+")


def folded(name: str) -> str:
    """A name of a column without blanks, marks and capitals.

    >>> folded("Totaal (incl. BTW)"), folded("E-mail adres"), folded("Prénom")
    ('totaalinclbtw', 'emailadres', 'prenom')
    """
    plain = unicodedata.normalize("NFKD", name.casefold())
    return _OTHERS.sub("", "".join(one for one in plain if not unicodedata.combining(one)))


def roles_of(columns: list[tuple[str, Shape]]) -> list[str]:
    """The role of each column, by its name and what its values look like; each role once.

    >>> roles_of([("Bestelnr.", "number"), ("Besteldatum", "instant"), ("Totaalbedrag", "number")])
    ['order', 'ordered_at', 'total']
    """
    scores = []
    for place, (name, shape) in enumerate(columns):
        called = folded(name)
        scores += [
            (-_score(role, called, shape), place, n)
            for n, role in enumerate(ROLES)
            if _score(role, called, shape) and _may(role, shape, called)
        ]
    found, taken = [IGNORE] * len(columns), set()
    for _, place, n in sorted(scores):
        if found[place] == IGNORE and n not in taken:
            found[place] = ROLES[n].name
            taken.add(n)
    _by_shape(columns, found)
    return found


def _score(role: Role, called: str, shape: Shape) -> int:
    """How well a role's names fit; a whole name before a part, a long part before a short one."""
    names = (*role.names, *role.of_words) if shape == "words" else role.names
    if called in names:
        return _EXACT - names.index(called)
    return max((len(one) for one in role.names if len(one) >= _LEAST and one in called), default=0)


def _may(role: Role, shape: Shape, called: str) -> bool:
    """Whether the values may be of the role; where the name says it all, whatever words stand there."""
    return (
        not role.shapes
        or shape in (*role.shapes, "empty")
        or (shape in {"text", "words"} and called in role.names and "text" not in role.shapes)
    )


def _by_shape(columns: list[tuple[str, Shape]], found: list[str]) -> None:
    """What must be there and is called otherwise: the only column of that shape that is left."""
    wanted: tuple[tuple[str, Shape], ...] = (("ordered_at", "instant"), ("email", "email"))
    for role, shape in wanted:
        left = [n for n, (_, one) in enumerate(columns) if one == shape and found[n] == IGNORE]
        if role not in found and left:
            found[left[0]] = role
