"""What both doors work with."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy.exc import SQLAlchemyError

from vtn_service.bodies import Bodies, Reader
from vtn_service.desk import Desk
from vtn_service.limits import Limits
from vtn_service.openadr.signing import Signer
from vtn_service.seen import Seen
from vtn_service.settings import Settings
from vtn_service.store import roster
from vtn_service.store.store import Store


@dataclass(frozen=True)
class House:
    """What both doors work with.

    Args:
        settings: The VTN's settings.
        store: The event book and report inbox.
        clock: Gives the current instant.
        desk: Knows the VENs that call; changes of a VEN pass there.
        limits: How much one caller may ask.
        bodies: Large messages that are not yet answered.
        reader: Reads large messages.
        signer: Signs what we say; None if the settings have no certificate for it.
        seen: What can be seen from outside.
        polled_at: When each VEN polled last, until that is stored.
    """

    settings: Settings
    store: Store
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    desk: Desk = field(init=False)
    limits: Limits = field(init=False)
    bodies: Bodies = field(init=False)
    reader: Reader = field(init=False, default_factory=Reader)
    signer: Signer | None = field(init=False)
    seen: Seen = field(default_factory=Seen)
    polled_at: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Set up what is made of the settings and the store.

        Raises:
            SettingsError: If the certificate to sign with is missing or wrong.
        """
        object.__setattr__(self, "desk", Desk(self.store))
        object.__setattr__(self, "limits", Limits(self.settings))
        object.__setattr__(self, "bodies", Bodies(self.limits))
        object.__setattr__(self, "signer", Signer.of(self.settings))

    async def flush_polls(self) -> None:
        """Store when VENs polled last; a crash may lose the last seconds of it.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: If that failed; it waits for the next time.
        """
        if self.polled_at:
            polled_at = dict(self.polled_at)
            self.polled_at.clear()
            try:
                await self.store.write(roster.note_polls, polled_at)
            except SQLAlchemyError:
                for ven_id, instant in polled_at.items():
                    self.polled_at.setdefault(ven_id, instant)
                raise
