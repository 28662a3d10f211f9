"""What happens to attributes that the environment here does not have, but the one at the server may."""

from __future__ import annotations

import inspect
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NoReturn

from ._encoding import ARRAY_TYPES
from ._instance_operations import get_attr
from ._session import Session
from .errors import ServerError

_KINDS = ("attribute_is_object", "attribute_is_method")
_NO_VALUE = ("unknown_attribute", "call_not_allowed", "invalid_parameter", "not_found")


class RemoteAttributes:
    """Reads at the server what is no attribute here, and raises where one would be set: nothing is ignored in silence.

    All such access goes through `_remote_attribute` and `_set_remote_attribute`.
    """

    instance_id: str
    closed: bool
    _session: Session
    _kinds: dict[str, str]  # which attributes are objects and methods, so that they are asked about once

    if not TYPE_CHECKING:  # else every name would be an attribute to a type checker

        def __getattr__(self, name: str) -> Any:
            if name.startswith("_") or name in _declared(type(self)):
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}", name=name, obj=self)
            return self._remote_attribute(name)

        def __setattr__(self, name: str, value: Any) -> None:
            if name.startswith("_") or name in _declared(type(self)):
                object.__setattr__(self, name, value)
            else:
                self._set_remote_attribute(name)

    def _remote_attribute(self, name: str, call: bool = False) -> Any:
        """The value, which is a copy: arrays are read-only. An object or a method is a `RemoteObject`.

        With `call` a method is called.
        """
        if self.closed:
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}, and is closed", name=name, obj=self)
        if not call and name in self._kinds:
            return RemoteObject(self, name)
        try:
            return _frozen(get_attr(self._session, self._session.typed, self.instance_id, name, call))
        except ServerError as error:
            if error.code in _KINDS and not call:
                self._kinds[name] = error.code
                return RemoteObject(self, name)
            if error.code not in (*_KINDS, *_NO_VALUE):
                raise
            reason = error.message
        raise AttributeError(
            f"{type(self).__name__} has no attribute {name!r}, and the server does not give the environment's own: "
            f"{reason}",
            name=name,
            obj=self,
        )

    def _set_remote_attribute(self, name: str) -> NoReturn:
        raise AttributeError(
            f"Setting {name!r} here would change nothing: the environment that has it runs at the server. Say it where "
            f"the environment takes it: when it is made, {type(self).__name__}(..., {name}=...), or at each "
            "reset(options={...}). (An attribute of a subclass's own: declare it in the class.)",
            name=name,
            obj=self,
        )


class RemoteObject:
    """An object that an environment at the server has, such as ``env.unwrapped.ale``, or a method of it.

    Its attributes are read there, and it is called there, without arguments. Methods of ``ale`` also fill an array that
    they are given, as those of `ale_py.ALEInterface` do.
    """

    __slots__ = ("_owner", "_path")

    def __init__(self, owner: RemoteAttributes, path: str) -> None:
        object.__setattr__(self, "_owner", owner)
        object.__setattr__(self, "_path", path)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(f"{self!r} has no attribute {name!r}", name=name, obj=self)
        return self._owner._remote_attribute(f"{self._path}.{name}")

    def __setattr__(self, name: str, value: Any) -> None:
        self._owner._set_remote_attribute(f"{self._path}.{name}")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        fills = len(args) == 1 and isinstance(args[0], ARRAY_TYPES) and self._path.startswith("ale.")
        if kwargs or (args and not fills):
            raise TypeError(f"{self._path} is called at the server, which takes no arguments for it")
        if self._owner._kinds.get(self._path) == "attribute_is_object":
            raise TypeError(f"{self._path} cannot be called: it is an object at the server")
        value = self._owner._remote_attribute(self._path, call=True)
        if fills:
            args[0][...] = value
            return None
        return value

    def __repr__(self) -> str:
        return f"<{self._path} of {type(self._owner).__name__} {self._owner.instance_id}, at the server>"


def _frozen(value: Any) -> Any:
    """The value with its arrays read-only: writing into a copy would change nothing, in silence."""
    if isinstance(value, ARRAY_TYPES):
        array: Any = value
        array.flags.writeable = False
    elif isinstance(value, (list, dict)):
        for part in value.values() if isinstance(value, dict) else value:
            _frozen(part)
    return value


@lru_cache(maxsize=64)
def _declared(cls: type) -> frozenset[str]:
    """The names that the class or a base of it assigns, defines or annotates."""
    return frozenset(name for base in cls.__mro__ for name in (*vars(base), *inspect.get_annotations(base)))
