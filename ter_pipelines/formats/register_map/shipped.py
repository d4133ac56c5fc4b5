"""The register maps that come with the package."""

from functools import cache
from importlib import resources

from ter_pipelines.formats.register_map.entries import RegisterMap
from ter_pipelines.formats.register_map.loading import load_register_map

SUFFIX = ".toml"
_FOLDER = resources.files("ter_pipelines.formats.register_map") / "maps"


@cache
def shipped_maps() -> dict[str, RegisterMap]:
    """Give every map that comes with the package, by name."""
    names = sorted(
        file.name.removesuffix(SUFFIX)
        for file in _FOLDER.iterdir()
        if file.name.endswith(SUFFIX)
    )
    return {
        name: load_register_map((_FOLDER / f"{name}{SUFFIX}").read_bytes(), name=name)
        for name in names
    }
