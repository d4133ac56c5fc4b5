"""Resources against real servers on this machine."""
