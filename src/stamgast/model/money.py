"""Currencies: how many decimals they have."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

_OTHERS = {
    **dict.fromkeys(
        [
            "BIF",
            "CLP",
            "DJF",
            "GNF",
            "ISK",
            "JPY",
            "KMF",
            "KRW",
            "PYG",
            "RWF",
            "UGX",
            "UYI",
            "VND",
            "VUV",
            "XAF",
            "XOF",
            "XPF",
        ],
        0,
    ),
    **dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3),
    **dict.fromkeys(["CLF", "UYW"], 4),
}
"""ISO 4217: currencies without two decimals. (Tables of usage, such as CLDR's, differ from it.)"""


def digits_of(currency: str) -> int:
    """Decimals of a currency's minor unit: 2, but for those that have 0, 3 or 4.

    >>> digits_of("EUR"), digits_of("JPY"), digits_of("KWD")
    (2, 0, 3)
    """
    return _OTHERS.get(currency, 2)


def minor_of(amount: Decimal, currency: str) -> int:
    """An amount of whole units in minor units, rounded half up (away from zero).

    >>> minor_of(Decimal("1.005"), "EUR"), minor_of(Decimal("1.0005"), "KWD")
    (101, 1001)
    """
    return int(amount.scaleb(digits_of(currency)).to_integral_value(ROUND_HALF_UP))
