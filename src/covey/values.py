"""Frozen values with slots, declared like dataclasses but made without generating code.

`@dataclass(slots=True, frozen=True)` compiles several functions per class, about a millisecond each; a
node that starts would spend half of its start-up on it (`docs/decisions/0004-values.md`). `@frozen` makes
the same kind of class from closures in a fiftieth of the time. Type checkers see a frozen dataclass.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar, cast, dataclass_transform

__all__ = ["field", "frozen", "replace"]

T = TypeVar("T")
_MISSING: Final = object()
_set = object.__setattr__


class _Field:
    """What `field` was told about one attribute."""

    __slots__ = ("compare", "default", "factory", "repr")

    def __init__(
        self, default: object, factory: Callable[[], object] | None, flags: tuple[bool, bool]
    ) -> None:
        self.default = default
        self.factory = factory
        self.repr, self.compare = flags


def field(
    *,
    default: Any = _MISSING,
    default_factory: Callable[[], Any] | None = None,
    repr: bool = True,
    compare: bool = True,
) -> Any:
    """Describe an attribute whose default is made anew each time, or that `repr` or `==` pass over."""
    return _Field(default, default_factory, (repr, compare))


class _Shape:
    """The attributes of a class, its bases' first."""

    __slots__ = ("compared", "fields", "has_post_init", "names", "setters", "shown")

    def __init__(self, fields: dict[str, _Field]) -> None:
        self.fields = fields
        self.names = tuple(fields)
        self.compared = tuple(name for name, each in fields.items() if each.compare)
        self.has_post_init = False
        self.setters: tuple[Callable[[Any, Any], None], ...] = ()
        self.shown = tuple(name for name, each in fields.items() if each.repr)


def _annotations(cls: type) -> dict[str, object]:
    # Only the class's own, as written: evaluating them would need what `inspect` imports.
    found: dict[str, object] = vars(cls).get("__annotations__", {})
    return found


def _shape_of(cls: type) -> _Shape:
    fields: dict[str, _Field] = {}
    for base in reversed(cls.__mro__[1:]):
        inherited = base.__dict__.get("__value_shape__")
        if inherited is not None:
            fields.update(inherited.fields)
    for name, annotation in _annotations(cls).items():
        if str(annotation).startswith(("ClassVar", "typing.ClassVar")):
            continue
        given = cls.__dict__.get(name, _MISSING)
        fields[name] = given if isinstance(given, _Field) else _Field(given, None, (True, True))
    return _Shape(fields)


def _init(self: Any, *args: Any, **kwargs: Any) -> None:
    shape: _Shape = type(self).__value_shape__
    names = shape.names
    if len(args) > len(names):
        raise TypeError(f"{type(self).__name__}() takes {len(names)} values, {len(args)} were given")
    for store, given in zip(shape.setters, args):  # noqa: B905 (strict costs as much as storing)
        store(self, given)
    for name in names[len(args) :] if len(args) < len(names) else ():
        if name in kwargs:
            _set(self, name, kwargs.pop(name))
            continue
        described = shape.fields[name]
        if described.factory is not None:
            _set(self, name, described.factory())
        elif described.default is not _MISSING:
            _set(self, name, described.default)
        else:
            raise TypeError(f"{type(self).__name__}() misses {name!r}")
    if kwargs:
        raise TypeError(
            f"{type(self).__name__}() has no {', '.join(map(repr, kwargs))}, or it was given twice"
        )
    if shape.has_post_init:
        self.__post_init__()


def _repr(self: Any) -> str:
    inside = ", ".join(f"{name}={getattr(self, name)!r}" for name in type(self).__value_shape__.shown)
    return f"{type(self).__qualname__}({inside})"


def _eq(self: Any, other: object) -> Any:
    if type(other) is not type(self):
        return NotImplemented
    compared = cast("Any", type(self)).__value_shape__.compared
    return all(getattr(self, name) == getattr(other, name) for name in compared)


def _hash(self: Any) -> int:
    return hash(tuple([getattr(self, name) for name in type(self).__value_shape__.compared]))


def _frozen(self: object, name: str, *_: object) -> None:
    from dataclasses import FrozenInstanceError

    raise FrozenInstanceError(
        f"{type(self).__name__} is frozen: {name!r} cannot be changed; make another with replace()"
    )


def _rebuild(cls: Any, values: tuple[object, ...]) -> object:
    made = cls.__new__(cls)
    for name, each in zip(cls.__value_shape__.names, values, strict=True):
        _set(made, name, each)
    return made


def _reduce(self: Any) -> tuple[Any, ...]:
    cls = type(self)
    return _rebuild, (cls, tuple([getattr(self, name) for name in cls.__value_shape__.names]))


class _DataclassFields:
    """`__dataclass_fields__`, made when `dataclasses.asdict`, `fields` or `replace` first ask for it."""

    def __get__(self, instance: object, cls: Any) -> dict[str, Any]:
        import dataclasses

        described = []
        for name, each in cls.__value_shape__.fields.items():
            flags = {"repr": each.repr, "compare": each.compare}
            if each.factory is not None:
                made = dataclasses.field(default_factory=each.factory, **flags)
            elif each.default is not _MISSING:
                made = dataclasses.field(default=each.default, **flags)
            else:
                made = dataclasses.field(**flags)
            described.append((name, object, made))
        like = dataclasses.make_dataclass(cls.__name__, described, kw_only=True)
        cls.__dataclass_fields__ = like.__dataclass_fields__  # type: ignore[attr-defined]
        fields: dict[str, Any] = cls.__dataclass_fields__
        return fields


_METHODS: Final = {
    "__init__": _init,
    "__repr__": _repr,
    "__eq__": _eq,
    "__hash__": _hash,
    "__setattr__": _frozen,
    "__delattr__": _frozen,
    "__reduce__": _reduce,
}


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(cls: type[T]) -> type[T]:
    """Make `cls` a frozen value with slots from its annotations.

    Defaults, `field(...)` and `__post_init__` work as in a dataclass, as do inheritance from another
    value, `copy`, `pickle` and pattern matching. Methods that the class defines itself are kept.
    """
    shape = _shape_of(cls)
    own = [name for name in _annotations(cls) if name in shape.fields]
    namespace = {name: each for name, each in cls.__dict__.items() if name not in own}
    namespace.pop("__dict__", None)
    namespace.pop("__weakref__", None)
    for name, method in _METHODS.items():
        namespace.setdefault(name, method)
    if "__eq__" in cls.__dict__ and "__hash__" not in cls.__dict__:
        namespace["__hash__"] = None
    elif cls.__dict__.get("__hash__", _MISSING) is None:
        namespace["__hash__"] = _hash
    inherited = {name for base in cls.__mro__[1:] for name in getattr(base, "__slots__", ())}
    namespace["__slots__"] = tuple(name for name in own if name not in inherited)
    namespace["__match_args__"] = shape.names
    namespace["__value_shape__"] = shape
    namespace["__dataclass_fields__"] = _DataclassFields()
    namespace["__qualname__"] = cls.__qualname__
    metaclass: Any = type(cls)
    made = metaclass(cls.__name__, cls.__bases__, namespace)
    # A slot's own setter goes past the frozen __setattr__, and is faster than object's.
    shape.setters = tuple([getattr(made, name).__set__ for name in shape.names])
    shape.has_post_init = hasattr(made, "__post_init__")
    return cast("type[T]", made)


def replace(old: T, **changes: Any) -> T:
    """Return a copy of a value with some attributes changed.

    Raises:
        TypeError: it has no such attribute.
    """
    shape: _Shape = cast("Any", type(old)).__value_shape__
    kept = {name: getattr(old, name) for name in shape.names}
    return type(old)(**{**kept, **changes})
