"""Socket options: one declaration each, from which attributes, checks and the documentation's table are made.

Names and units are ZeroMQ's, in lower case (`sndhwm`, `linger` in milliseconds, -1 for no limit), because
people type them from memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar, cast, overload

from covey.errors import OptionError

__all__ = ["Option", "OptionHolder"]

T = TypeVar("T")


def _convert_int(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError("takes a whole number")
    return value


def _convert_bool(value: object) -> bool:
    if isinstance(value, bool) or value in (0, 1):
        return bool(value)
    raise TypeError("takes True or False")


def _convert_bytes(value: object) -> bytes:
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value)
    raise TypeError("takes bytes")


def _convert_str(value: object) -> str:
    if isinstance(value, str):
        return value
    raise TypeError("takes a string")


def _convert_mapping(value: object) -> dict[str, bytes]:
    if not isinstance(value, Mapping):
        raise TypeError("takes a mapping of names to values")
    return {_convert_str(name): _convert_bytes(one) for name, one in value.items()}


_CONVERTERS: dict[type, Callable[[object], object]] = {
    int: _convert_int,
    bool: _convert_bool,
    bytes: _convert_bytes,
    str: _convert_str,
    dict: _convert_mapping,
}


class Option(Generic[T]):
    """One option, a checked attribute of every `OptionHolder`.

    Args:
        default: the value until it is set; its type is the option's type.
        doc: one sentence for the documentation.
        unit: of the value, empty for none.
        number: libzmq's option number, None for an option of our own.
        low: smallest value (for bytes and str: shortest length).
        high: largest value (for bytes and str: longest length).
    """

    def __init__(
        self,
        default: T,
        doc: str,
        *,
        unit: str = "",
        number: int | None = None,
        low: int | None = None,
        high: int | None = None,
    ) -> None:
        self.default = default
        self.doc = doc
        self.unit = unit
        self.number = number
        self.low = low
        self.high = high
        self.name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        """Learn the attribute's name."""
        self.name = name

    @overload
    def __get__(self, holder: None, owner: type) -> Option[T]: ...
    @overload
    def __get__(self, holder: OptionHolder, owner: type) -> T: ...
    def __get__(self, holder: OptionHolder | None, owner: type) -> T | Option[T]:
        """Return the holder's value, or the declaration itself when asked of the class."""
        if holder is None:
            return self
        return cast("T", holder.option_values.get(self.name, self.default))

    def __set__(self, holder: OptionHolder, value: T) -> None:
        """Check and store a value, then tell the holder."""
        holder.option_values[self.name] = self.check(value)
        holder.option_changed(self.name)

    def check(self, value: object) -> T:
        """Return `value` converted to the option's type.

        Raises:
            OptionError: wrong type, or out of range.
        """
        try:
            converted = _CONVERTERS[type(self.default)](value)
        except TypeError as error:
            raise OptionError(self.name, f"{error}, not {value!r}") from None
        sized = isinstance(converted, (bytes, str, dict))
        measure = len(cast("bytes", converted)) if sized else cast("int", converted)
        what = "length" if sized else "value"
        if self.low is not None and measure < self.low:
            raise OptionError(self.name, f"{what} {measure} is below {self.low}")
        if self.high is not None and measure > self.high:
            raise OptionError(self.name, f"{what} {measure} is above {self.high}")
        return cast("T", converted)


class OptionHolder:
    """Anything with options: keeps the values that were set and refuses unknown names."""

    plain_attributes: ClassVar[frozenset[str]] = frozenset(("option_values",))
    """Public names beside options that an instance may set."""

    option_values: dict[str, object]
    """Options that were set."""

    def __init__(self, **options: Any) -> None:
        self.option_values = {}
        for name, value in options.items():
            declared = self.declared_option(name)
            self.option_values[name] = declared.check(value)

    if not TYPE_CHECKING:  # which would take any attribute for granted

        def __setattr__(self, name: str, value: object) -> None:
            """Set an option or an attribute of the class.

            Raises:
                OptionError: there is no public attribute of that name; the nearest option is given. A subclass may have
                    further attributes, if their names are not nearly an option's.
            """
            if name[0] != "_" and name not in self.plain_attributes and not hasattr(type(self), name):
                is_plain = type(self).__module__.startswith("covey.messaging.")
                if is_plain or self._nearest(name, cutoff=0.75):
                    self.declared_option(name)
            object.__setattr__(self, name, value)

    @classmethod
    def declared_options(cls) -> Iterator[Option[Any]]:
        """Yield every declaration, in the order of the source."""
        seen: set[str] = set()
        for base in reversed(cls.__mro__):
            for name, value in vars(base).items():
                if isinstance(value, Option) and name not in seen:
                    seen.add(name)
                    yield getattr(cls, name)

    @classmethod
    def declared_option(cls, name: str) -> Option[Any]:
        """Return the declaration of `name`.

        Raises:
            OptionError: there is none; the nearest right name is given.
        """
        found = getattr(cls, name, None)
        if isinstance(found, Option):
            return found
        if found is not None and not name.startswith("_"):
            raise OptionError(name, f"{cls.__name__}.{name} is not an option, see its help")
        raise OptionError(name, f"no such option for {cls.__name__}; {cls.hint_for(name)}")

    @classmethod
    def hint_for(cls, name: str) -> str:
        """Return what to write instead of an option that does not exist."""
        nearest = cls._nearest(name)
        return f"did you mean {nearest!r}?" if nearest else "see the documentation's table of options"

    @classmethod
    def _nearest(cls, name: str, cutoff: float = 0.5) -> str:
        """Return the option whose name is most like `name`, empty when none is."""
        import difflib

        names = [option.name for option in cls.declared_options()]
        return next(iter(difflib.get_close_matches(name.lower(), names, n=1, cutoff=cutoff)), "")

    def option_changed(self, name: str) -> None:
        """React to an option that was set after construction; the default does nothing."""
