"""What happens to attributes that the environment here does not have, but the one at the server may."""

from __future__ import annotations

import inspect
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NoReturn


class RemoteAttributes:
    """Raises where an attribute would be found, or changed, at the environment itself; nothing is ignored in silence.

    All such access goes through `_remote_attribute` and `_set_remote_attribute`.
    """

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

    def _remote_attribute(self, name: str) -> Any:
        raise AttributeError(
            f"{type(self).__name__} has no attribute {name!r}, and the environment's own cannot be read from here: it "
            "runs at the server. What is known of it: env.spec, env.metadata, the spaces and "
            f"env.client.env_info(env.instance_id). An environment of yours can put {name!r} into info.",
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


@lru_cache(maxsize=64)
def _declared(cls: type) -> frozenset[str]:
    """The names that the class or a base of it assigns, defines or annotates."""
    return frozenset(name for base in cls.__mro__ for name in (*vars(base), *inspect.get_annotations(base)))
