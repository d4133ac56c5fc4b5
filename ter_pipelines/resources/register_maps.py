"""Register maps by name: of the package, of the user's own folder, of the registry."""

from pathlib import Path
from typing import Protocol

from ter_pipelines.formats.register_map import (
    SUFFIX,
    RegisterMap,
    load_register_map,
    shipped_maps,
)
from ter_pipelines.vocab.errors import InputError


class ModelBook(Protocol):
    """Where models of meters are described by hand; the registry has one."""

    def map_names(self) -> list[str]:
        """Name the models that have registers."""

    def register_map(self, name: str) -> RegisterMap | None:
        """Give the map of a model; None if there is none, or it has no registers."""


class RegisterMaps:
    """Where register maps are found.

    Args:
        folder: Folder of the user's own maps, `NAME.toml` each; None if there is none.
            One of them comes before any other of the same name.
        models: Models described by hand, which come before the shipped maps.
    """

    def __init__(
        self, folder: Path | None = None, models: ModelBook | None = None
    ) -> None:
        """Take folder and book; nothing is read yet."""
        self._folder = folder
        self._models = models

    def names(self) -> list[str]:
        """Name every map there is."""
        described = [] if self._models is None else self._models.map_names()
        own = [file.stem for file in self._own_files()]
        return sorted({*shipped_maps(), *own, *described})

    def find(self, name: str) -> RegisterMap:
        """Give a map, read anew where it is the user's own.

        Raises:
            InputError: If there is none of that name, or the user's own is wrong.
        """
        for file in self._own_files():
            if file.stem == name:
                return read_map_file(file)
        described = None if self._models is None else self._models.register_map(name)
        if described is not None:
            return described
        if name not in shipped_maps():
            raise InputError(
                f"register map {name!r}: does not exist, expected one of "
                f"{', '.join(self.names())}"
            )
        return shipped_maps()[name]

    def is_own(self, name: str) -> bool:
        """Tell whether a map is the user's own."""
        return any(file.stem == name for file in self._own_files())

    def _own_files(self) -> list[Path]:
        if self._folder is None:
            return []
        return sorted(self._folder.glob(f"*{SUFFIX}"))


def read_map_file(file: Path) -> RegisterMap:
    """Read a map from a file of the user's own; its name is the file's.

    Raises:
        FieldError: With a message for every field that is wrong.
        OSError: If the file cannot be read.
    """
    return load_register_map(file.read_bytes(), name=file.stem)
