"""Where the `ter vtn` commands find the VTN."""

from ter_pipelines.addresses import find_running
from ter_pipelines.resources.vtn import Vtn
from ter_pipelines.settings import read_settings


def vtn_door() -> tuple[Vtn, str]:
    """Give the VTN's control door, and where devices find it if that is known."""
    settings = read_settings()
    running = find_running(settings.home)
    control_url = running.vtn_control if running else settings.vtn_control_url
    door = Vtn(control_url, settings.read_vtn_key)
    return door, running.vtn if running else ""
