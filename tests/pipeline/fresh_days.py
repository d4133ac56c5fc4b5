"""Days of usage in a lake, made from what they should be, or not."""

from datetime import date
from zoneinfo import ZoneInfo

from ter_pipelines.metering.mapping import MeterMap
from ter_pipelines.settings import read_settings
from ter_pipelines.store.frames import frame_of
from ter_pipelines.store.lake import Lake
from ter_pipelines.vee_inputs import inputs_of
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import day_span
from ter_pipelines.vocab.table import Table

PROGRAMME = read_settings({}).read_programme()
NEW_YORK = ZoneInfo("America/New_York")


def write(lake: Lake, table: Table, partition: object = "", **inputs: str) -> None:
    """Write an empty partition that was made from what is said."""
    lake.replace(table, partition, frame_of(table, []), inputs)


def content(lake: Lake, table: Table, partition: object = "") -> str:
    """Give the hash of what a partition says; empty if there is none."""
    stored = lake.stored(table, partition)
    return stored.content_sha256 if stored else ""


def write_fresh_day(
    lake: Lake, day: date, wrong: str = "", *, gap_policy: str = ""
) -> None:
    """Write what a settled day consists of; one named input is not what it was."""
    mapping = MeterMap().digest_during(day_span(day, NEW_YORK))

    def derive(table: Table, **inputs: str) -> None:
        given = {n: "another" if n == wrong else of for n, of in inputs.items()}
        write(lake, table, day, **given)

    write(lake, tables.VEN_REPORT, day, report_seq="1")
    write(lake, tables.USAGE_FILE_VALUE, day, submission="1")
    reports = content(lake, tables.VEN_REPORT, day)
    files = content(lake, tables.USAGE_FILE_VALUE, day)
    readings = content(lake, tables.METER_READING, day)
    sources = {
        "ven_report": reports,
        "usage_file_value": files,
        "meter_reading": readings,
    }
    derive(tables.INTERVAL_USAGE, **sources, meter_mapping=mapping)
    usage = content(lake, tables.INTERVAL_USAGE, day)
    told_from = {"ven_report": reports, "meter_reading": readings}
    derive(
        tables.TELEMETRY_VALUE,
        **told_from,
        interval_usage=usage,
        meter_mapping=mapping,
        points=PROGRAMME.telemetry.digest,
    )
    judged_from = inputs_of(lake, day, PROGRAMME, mapping=mapping, edit_id=0)
    derive(tables.VALIDATED_USAGE, **judged_from, gap_policy=gap_policy)
    validated = content(lake, tables.VALIDATED_USAGE, day)
    curve = content(lake, tables.PRICE_CURVE, day)
    derive(tables.SETTLED_HOUR, validated_usage=validated, price_curve=curve)
