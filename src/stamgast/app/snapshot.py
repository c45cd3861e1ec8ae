"""One public call, one commit: what a call asks in several steps is of one snapshot of the data."""

from __future__ import annotations

from functools import wraps
from inspect import isgeneratorfunction
from types import FunctionType
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from stamgast.app.core import Core


class _OfShop(Protocol):
    _core: Core


Owner = TypeVar("Owner", bound=type[_OfShop])


def of_one_snapshot(owner: Owner) -> Owner:
    """Each public method and property of the class answers of one commit, with all that it calls.

    The class keeps its shop as ``_core``; a generator would go on after its call, so it may have none.
    """
    for name, held in list(vars(owner).items()):
        if name.startswith("_"):
            continue
        if isinstance(held, FunctionType):
            setattr(owner, name, _whole(held))
        elif isinstance(held, property) and held.fget is not None:
            setattr(owner, name, property(_whole(held.fget), doc=held.__doc__))
    return owner


def _whole(method: Callable[..., Any]) -> Callable[..., Any]:
    if isgeneratorfunction(method):
        raise TypeError(f"{method.__qualname__} gives rows after it returned: of which commit?")

    @wraps(method)
    def asked(self: _OfShop, /, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as the method's own
        with self._core.snapshot():
            return method(self, *args, **kwargs)

    return asked
