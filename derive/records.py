"""Small classes with named fields, without the price of importing `dataclasses`: a quarter of a cold start."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

T = TypeVar("T")

if TYPE_CHECKING:
    from typing_extensions import dataclass_transform
else:

    def dataclass_transform(**_: Any) -> Any:
        return lambda function: function


@dataclass_transform(frozen_default=True)
def record(cls: type[T]) -> type[T]:
    """Makes a class of annotated fields, some with defaults, one of immutable values.

    It is built with its fields in order or by name, compared, hashed and shown by them; `replace` changes some.  What
    the class itself defines stays.

    >>> @record
    ... class Point:
    ...     x: int
    ...     y: int = 0
    >>> Point(1), Point(x=1) == Point(1, 0), replace(Point(1), y=2)
    (Point(x=1, y=0), True, Point(x=1, y=2))
    """
    own = cls.__dict__
    fields = tuple(cls.__annotations__)
    methods: dict[str, Any] = {
        "_fields": fields,
        "_defaults": {name: own[name] for name in fields if name in own},
        "__match_args__": fields,
        "__init__": _init,
        "__setattr__": _refuse,
        "__delattr__": _refuse,
        "__repr__": _repr,
        "__eq__": _equal,
        "__hash__": _hash,
    }
    for name, method in methods.items():
        if own.get(name) is None:
            setattr(cls, name, method)
    return cls


def replace(value: T, **changes: Any) -> T:
    """A record (or a named tuple) with some fields changed."""
    fields: tuple[str, ...] = value._fields  # type: ignore[attr-defined]
    return value.__class__(**{**{name: getattr(value, name) for name in fields}, **changes})


def _init(self: Any, *args: Any, **named: Any) -> None:
    fields = self._fields
    values = {**self._defaults, **dict(zip(fields, args)), **named}
    if len(values) != len(fields) or len(args) > len(fields) or not named.keys().isdisjoint(fields[: len(args)]):
        raise TypeError(f"{self.__class__.__name__} takes the fields {', '.join(fields)}")
    self.__dict__.update(values)


def _refuse(self: Any, name: str, *_: Any) -> None:
    raise AttributeError(f"{self.__class__.__name__}.{name} cannot be changed")


def _values(self: Any) -> tuple[Any, ...]:
    return tuple([getattr(self, name) for name in self._fields])


def _repr(self: Any) -> str:
    fields = ", ".join(f"{name}={getattr(self, name)!r}" for name in self._fields)
    return f"{self.__class__.__qualname__}({fields})"


def _equal(self: Any, other: object) -> bool:
    return _values(self) == _values(other) if other.__class__ is self.__class__ else NotImplemented


def _hash(self: Any) -> int:
    return hash(_values(self))
