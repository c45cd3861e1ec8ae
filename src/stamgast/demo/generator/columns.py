"""From numbers to columns of Arrow, without a Python object per value."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stamgast.demo.generator.draws import Bits, Flags, Ints

_ZERO = ord("0")
_HEX = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)
CENTS = pa.decimal128(12, 2)


def where(there: Flags, column: pa.Array) -> pa.Array:
    """The column, missing where it is not ``there``."""
    return pc.if_else(pa.array(there), column, pa.scalar(None, column.type))


def instead(column: pa.Array, there: Flags, text: str) -> pa.Array:
    """The column, with ``text`` instead where it is ``there``."""
    return pc.if_else(pa.array(there), pa.scalar(text), column)


def chosen(values: Sequence[str], place: Ints) -> pa.Array:
    """``values[place]``; a place below 0 is missing. Values may come twice in the list.

    (Not in the dictionary: pyarrow writes one with repeats in bytes that differ from run to run.)
    """
    codes: dict[str, int] = {}
    if len(set(values)) < len(values):
        code = np.asarray([codes.setdefault(value, len(codes)) for value in values], np.int64)
        place, values = np.where(place < 0, place, code[place]), list(codes)
    indices = pa.array(place.astype(np.int32), mask=place < 0)
    return pa.DictionaryArray.from_arrays(indices, pa.array(values, pa.string()))


def taken(column: pa.Array, place: Ints) -> pa.Array:
    """``column[place]``; a place below 0 is missing."""
    return column.take(pa.array(place, mask=place < 0))


def seconds(values: Ints, there: Flags | None = None) -> pa.Array:
    """Instants from seconds since 1970 UTC."""
    return micros(values * 1_000_000, there)


def micros(values: Ints, there: Flags | None = None) -> pa.Array:
    """Instants from microseconds since 1970 UTC."""
    mask = None if there is None else ~there
    return pa.array(values, mask=mask).cast(pa.timestamp("us", tz="UTC"))


def days(values: Ints, there: Flags | None = None) -> pa.Array:
    """Days from days since 1970."""
    mask = None if there is None else ~there
    return pa.array(values.astype(np.int32), mask=mask).cast(pa.date32())


def cents(values: Ints, there: Flags | None = None) -> pa.Array:
    """Amounts of money from cents; exact."""
    wide = np.empty((len(values), 2), dtype=np.int64)
    wide[:, 0], wide[:, 1] = values, values >> 63
    missing = None if there is None else pa.array(there)
    valid = None if missing is None else missing.buffers()[1]
    return pa.Array.from_buffers(CENTS, len(values), [valid, pa.py_buffer(wide)])


def numbered(prefix: str, values: Ints, width: int, *more: tuple[str, Ints, int]) -> pa.Array:
    """``prefix`` and the number in ``width`` digits, and so on.

    >>> numbered("K", np.array([7, 12]), 3, ("-", np.array([1, 2]), 1)).to_pylist()
    ['K007-1', 'K012-2']
    """
    parts = [(prefix, values, width), *more]
    total = sum(len(text) + digits for text, _, digits in parts)
    drawn = np.empty((len(values), total), dtype=np.uint8)
    place = 0
    for text, numbers, digits in parts:
        drawn[:, place : place + len(text)] = np.frombuffer(text.encode("ascii"), dtype=np.uint8)
        place += len(text) + digits
        rest = numbers
        for back in range(1, digits + 1):
            rest, digit = np.divmod(rest, 10)
            drawn[:, place - back] = digit + _ZERO
    return _texts(drawn)


def hexadecimal(prefix: str, values: Bits) -> pa.Array:
    """``prefix`` and sixteen hexadecimal digits."""
    width = len(prefix)
    drawn = np.empty((len(values), width + 16), dtype=np.uint8)
    drawn[:, :width] = np.frombuffer(prefix.encode("ascii"), dtype=np.uint8)
    for digit in range(16):
        nibble = (values >> np.uint64(60 - 4 * digit)) & np.uint64(15)
        drawn[:, width + digit] = _HEX[nibble.astype(np.int64)]
    return _texts(drawn)


def _texts(drawn: np.ndarray[tuple[int, int], np.dtype[np.uint8]]) -> pa.Array:
    rows, width = drawn.shape
    offsets = np.arange(rows + 1, dtype=np.int32) * width
    return pa.StringArray.from_buffers(rows, pa.py_buffer(offsets), pa.py_buffer(drawn))


def joined(*parts: pa.Array | str) -> pa.Array:
    """Texts one after the other; missing if one is."""
    plain = [_plain(part) if isinstance(part, pa.Array) else pa.scalar(part) for part in parts]
    return pc.binary_join_element_wise(*plain, pa.scalar(""))


def _plain(column: pa.Array) -> pa.Array:
    return column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column


def plain(column: pa.Array) -> pa.Array:
    """A column of text that was chosen from a list, as texts of its own."""
    return _plain(column)


def hexadecimal_or(prefix: str, bits: Bits, names: Sequence[str], place: Ints) -> pa.Array:
    """``names[place]``; where the place is below 0, ``hexadecimal`` of the bits."""
    named = plain(chosen(names, place))
    return pc.coalesce(named, hexadecimal(prefix, bits))
