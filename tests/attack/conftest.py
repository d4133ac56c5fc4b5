"""The VTN under attack."""

from tests.vtn_service.conftest import vtn

__all__ = ["vtn"]
