"""The process behind `ter share-my-data listen`."""

import logging
import signal
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict
from typing import Any, NoReturn

from ter_pipelines.api.notice_door import NoticeServer, listen, tls_context
from ter_pipelines.api.notices import notice_app
from ter_pipelines.cli.at_hand import registry_at_hand
from ter_pipelines.settings import Settings
from ter_pipelines.vocab.custodian import TAKEN_PATHS, Custodian, NoticeDoor
from ter_pipelines.vocab.errors import SettingsError


def choose_door(custodian: Custodian, given: Mapping[str, Any]) -> NoticeDoor:
    """Give where to listen: as given, else as the custodian's file says.

    Raises:
        SettingsError: If neither says which certificate to show, or the path is taken.
    """
    settled = asdict(custodian.listener) if custodian.listener else {}
    chosen = settled | {n: value for n, value in given.items() if value is not None}
    if missing := {"certificate_file", "key_file"} - chosen.keys():
        raise SettingsError(
            f"listener: {' and '.join(sorted(missing))} not given; name --cert and "
            "--key, or write a table [listener] into the file of TER_SHARE_MY_DATA."
        )
    door = NoticeDoor(**chosen)
    if not door.path.startswith("/") or door.path in TAKEN_PATHS:
        raise SettingsError(
            f"listener: got path {door.path!r}, expected one that begins with / and is "
            f"none of {', '.join(TAKEN_PATHS)}"
        )
    return door


def serve_notices(settings: Settings, door: NoticeDoor) -> None:
    """Listen until told to stop; one line on stdout when it is ready."""
    context = tls_context(door)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )
    logging.getLogger("alembic").setLevel(logging.WARNING)
    settings.home.mkdir(parents=True, exist_ok=True)
    registry = registry_at_hand(settings)
    with closing(registry), listen(door) as listener:
        registry.migrate()
        port = listener.getsockname()[1]
        host = f"[{door.host}]" if ":" in door.host else door.host
        ready = f"Listening at https://{host}:{port}{door.path}"
        NoticeServer(
            notice_app(registry, door.path),
            context,
            on_ready=lambda: print(ready, flush=True),
        ).run(sockets=[listener])


def _stop(_number: int, _frame: object) -> NoReturn:
    # Uvicorn has its own handlers while it serves and hands the signal back after.
    raise SystemExit(0)
