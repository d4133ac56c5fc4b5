"""The registry as the command line uses it: changes are noted as made here."""

import getpass
from collections.abc import Iterator
from contextlib import contextmanager

from ter_pipelines.registry.registry import Registry
from ter_pipelines.settings import Settings, read_settings


def registry_at_hand(settings: Settings) -> Registry:
    """Give the registry, to be changed in the name of whoever types."""
    registry = Registry(settings.registry_address, settings.landing_root)
    return registry.acting(f"command line:{_typist()}")


@contextmanager
def opened_registry() -> Iterator[Registry]:
    """Give the registry, made and brought up to date where it must be.

    Raises:
        SettingsError: If the settings are wrong.
        RemoteError: If the database does not answer.
    """
    settings = read_settings()
    settings.home.mkdir(parents=True, exist_ok=True)
    registry = registry_at_hand(settings)
    try:
        registry.migrate()
        yield registry
    finally:
        registry.close()


def _typist() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user without a name
        return "somebody"
