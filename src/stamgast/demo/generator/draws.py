"""Chance that can be repeated: every draw is a hash of (seed, what is drawn, who, which).

Nothing is drawn one after the other, so the draws of a customer do not depend on who came before,
on how many are made at a time, or on the machine: all of it is arithmetic of whole numbers. What
needs a logarithm is looked up in a table that was rounded when it was made.
"""

from __future__ import annotations

import functools
import hashlib
import math
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

Ints: TypeAlias = NDArray[np.int64]
Bits: TypeAlias = NDArray[np.uint64]
Flags: TypeAlias = NDArray[np.bool_]

MILLION = 1_000_000
ONE = 1 << 16
"""The scale of the tables: 1.0."""
STEPS = 1 << 16
"""How many quantiles a table holds."""
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)


def mix(bits: Bits) -> Bits:
    """The finaliser of SplitMix64 (Steele, Lea and Flood, 2014): spreads every bit over all."""
    bits = (bits ^ (bits >> np.uint64(30))) * _FIRST
    bits = (bits ^ (bits >> np.uint64(27))) * _SECOND
    return bits ^ (bits >> np.uint64(31))


class Draws:
    """All chance of a shop. ``who``: keys of customers or of what else has chances of its own."""

    def __init__(self, seed: int) -> None:
        """The chance of one seed."""
        self._seed = seed
        self._salts: dict[str, np.uint64] = {}

    def _salt(self, name: str) -> np.uint64:
        if name not in self._salts:
            text = f"{self._seed}/{name}".encode()
            digest = hashlib.blake2b(text, digest_size=8).digest()
            self._salts[name] = np.uint64(int.from_bytes(digest, "little"))
        return self._salts[name]

    def bits(self, name: str, who: Ints, which: Ints | int = 0) -> Bits:
        """64 even bits for each of ``who``."""
        place = np.atleast_1d(np.asarray(which, dtype=np.int64)).astype(np.uint64) + np.uint64(1)
        mixed = mix(np.atleast_1d(who).astype(np.uint64) ^ self._salt(name))
        return mix(mixed + place * _GOLDEN)

    def below(self, name: str, who: Ints, limit: Ints | int, which: Ints | int = 0) -> Ints:
        """A whole number from 0 up to, not including, ``limit`` (below 2 ** 31)."""
        high = (self.bits(name, who, which) >> np.uint64(32)).astype(np.int64)
        return (high >> 1) * limit >> 31

    def chance(self, name: str, who: Ints, of_million: Ints | int, which: Ints | int = 0) -> Flags:
        """True so many times in a million."""
        return self.below(name, who, MILLION, which) < of_million

    def quantile(self, name: str, who: Ints, table: Ints, which: Ints | int = 0) -> Ints:
        """An entry of a table of ``STEPS`` quantiles."""
        found: Ints = table[(self.bits(name, who, which) >> np.uint64(48)).astype(np.int64)]
        return found

    def weighted(self, name: str, who: Ints, weights: Sequence[int], which: Ints | int = 0) -> Ints:
        """The place of one of the weights, by its share of all."""
        edges = np.cumsum(np.asarray(weights, dtype=np.int64))
        drawn = self.below(name, who, int(edges[-1]), which)
        found: Ints = np.searchsorted(edges, drawn, side="right").astype(np.int64)
        return found


@functools.cache
def exponential() -> Ints:
    """Quantiles of the exponential distribution of mean 1, in units of 1 / ``ONE``."""
    values = [round(-math.log1p(-(step + 0.5) / STEPS) * ONE) for step in range(STEPS)]
    return np.asarray(values, dtype=np.int64)


@functools.cache
def gamma(shape: float) -> Ints:
    """Quantiles of the gamma distribution of this shape and scale 1, in millionths, at least one."""
    from scipy.special import gammaincinv  # noqa: PLC0415 - only for a shop that is made

    quantiles = gammaincinv(shape, (np.arange(STEPS) + 0.5) / STEPS)
    found: Ints = np.maximum(np.rint(quantiles * MILLION).astype(np.int64), 1)
    return found


def spread(counts: Ints) -> tuple[Ints, Ints]:
    """For things of which there are ``counts`` parts: the thing of each part, and which part it is.

    >>> [part.tolist() for part in spread(np.array([2, 0, 1]))]
    [[0, 0, 2], [0, 1, 0]]
    """
    owner = np.repeat(np.arange(len(counts), dtype=np.int64), counts)
    starts = np.cumsum(counts) - counts
    return owner, np.arange(len(owner), dtype=np.int64) - starts[owner]
