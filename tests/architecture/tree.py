"""What there is to check: the modules of the package as files and by name."""

from __future__ import annotations

from pathlib import Path

__all__ = ["ROOT", "SOURCE", "module_names", "modules"]

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "covey"


def modules() -> dict[str, Path]:
    """Return every module of the package, by its dotted name."""
    found = {}
    for folder in [SOURCE, *(entry for entry in SOURCE.iterdir() if entry.is_dir())]:
        # the parts are links, which a recursive glob does not enter
        for path in folder.glob("*.py") if folder == SOURCE else folder.rglob("*.py"):
            parts = ("covey", *path.relative_to(SOURCE).with_suffix("").parts)
            found[".".join(parts).removesuffix(".__init__")] = path
    return found


def module_names() -> list[str]:
    """Return the dotted names of all modules that can be imported, not run."""
    return sorted(name for name in modules() if not name.endswith(".__main__"))
