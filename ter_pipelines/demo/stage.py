"""The stage of the demonstration, and a look at everything on it from outside."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from rich.progress import Progress

from ter_pipelines.demo import examples, proof
from ter_pipelines.demo.analyst import Analyst
from ter_pipelines.demo.outside import Operator, Partner
from ter_pipelines.demo.pages import open_pages, pages_of
from ter_pipelines.demo.summary import Summary
from ter_pipelines.processes import System
from ter_pipelines.resources.vtn import Vtn
from ter_pipelines.settings import Settings
from ter_pipelines.vocab.clock import day_span
from ter_pipelines.vocab.programme import Programme
from vtn_service.contract import EventStatus

LINEAGE = "/assets/out/cmep_file?view=lineage&lineageScope=upstream&lineageDepth=10"
MEMBERS_METER = "TER0001"


@dataclass
class Stage:
    """What every step of the story needs."""

    system: System
    settings: Settings
    programme: Programme
    fleet: list[examples.Device]
    logs: Path
    operator: Operator
    vtn: Vtn
    progress: Progress


def look(
    stage: Stage,
    prices: proof.Hours,
    tomorrow: date,
    people: tuple[Partner, Partner],
) -> Summary:
    """Look at everything from outside, and compute every bill a second time."""
    lake = stage.settings.lake_root
    analyst = Analyst(lake / "warehouse.duckdb")
    files = analyst.cmep_files(examples.MONTH)
    bills = analyst.bills(examples.MONTH)
    quarantined = analyst.quarantined()
    result = proof.prove(
        usage=proof.sent_usage(stage.logs, stage.fleet),
        prices=prices,
        bills=bills,
        cmep_bodies=[(lake / file["path"]).read_bytes() for file in files],
    )
    (theirs,) = (bill for bill in bills if bill["meter_id"] == MEMBERS_METER)
    pages = open_pages(pages_of(*people, theirs, examples.MONTH, tomorrow), result)
    _compare_quarantined(stage, quarantined, result)
    return Summary(
        month=examples.MONTH,
        price_days=analyst.published_days(),
        tomorrow=str(tomorrow),
        acknowledgements=events_of(stage, tomorrow),
        completeness=analyst.completeness(examples.MONTH),
        bills=bills,
        quarantined=quarantined,
        cmep_files=[str(lake / file["path"]) for file in files],
        asset_graph=stage.system.addresses.dagster + LINEAGE,
        api=stage.system.addresses.api,
        pages=pages,
        sign_ins=[f"{person.name}, {person.password}" for person in people],
        proof=result,
    )


def events_of(stage: Stage, day: date) -> list[EventStatus]:
    """Give what the devices were told of a day, and what they answered."""
    return stage.vtn.events(day_span(day, stage.programme.zone))


def _compare_quarantined(
    stage: Stage, quarantined: list[dict[str, Any]], result: proof.Proof
) -> None:
    """Hold what is in quarantine against what devices without a meter sent."""
    for device in stage.fleet:
        if device.meter_id is None:
            held = sum(
                q["intervals"] for q in quarantined if q["ven_id"] == device.ven_id
            )
            sent = proof.values_sent(stage.logs, device.ven_id)
            result.compare(f"{device.ven_id} quarantined values", held, sent)
