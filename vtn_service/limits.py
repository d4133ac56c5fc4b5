"""How much one caller may ask of us."""

from vtn_service.settings import Settings


class Limits:
    """Rates of requests by VEN, and of refused ones by address."""

    def __init__(self, settings: Settings) -> None:
        """Start with nothing counted."""
        self._settings = settings

    def require_address(self, address: str) -> None:
        """Refuse an address (429) that was refused too often lately."""

    def require_ven(self, ven_id: str) -> None:
        """Refuse a VEN (429) that asks too often."""

    def note_refusal(self, address: str) -> None:
        """Count a refusal of an address."""
