"""Share My Data: the custodian's notifications -> feeds, landed like any usage file.

What becomes of the feeds is in `usage_files`.
"""

from collections import Counter
from collections.abc import Iterator

import dagster as dg

from ter_pipelines.assets.common import (
    REMOTE_RETRIES,
    bad_input_is_final,
    described,
    telling,
    utc_now,
    warning,
)
from ter_pipelines.formats.espi_custodian import read_notice
from ter_pipelines.metering.notices import (
    UNREADABLE,
    NoticedResource,
    correlation_id_of,
    due,
    find_unfetched,
    judge,
)
from ter_pipelines.noticed import newest_notice, noticed
from ter_pipelines.registry.registry import Registry
from ter_pipelines.registry.submissions import NOTICE, Submission
from ter_pipelines.registry.usage_files import land_green_button
from ter_pipelines.resources.own_certificate import LEAST_DAYS_LEFT, valid_until
from ter_pipelines.resources.share_my_data import ShareMyData
from ter_pipelines.store.frames import frame_of
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.clock import DAY, iso_utc
from ter_pipelines.vocab.errors import FormatError, InputError, RemoteError

SOURCE = "share-my-data"
FEEDS_A_RUN = 20
EVERY_NOTICED_FEED_IS_FETCHED = telling(
    "every_noticed_feed_is_fetched",
    tables.SHARE_MY_DATA_NOTICE,
    "Tells which resources of notifications wait, failed or were refused, and why.",
)


@dg.asset(
    **described(
        tables.SHARE_MY_DATA_NOTICE, group="usage", kinds={"greenbutton", "parquet"}
    ),
    retry_policy=REMOTE_RETRIES,
    check_specs=[EVERY_NOTICED_FEED_IS_FETCHED],
)
def share_my_data_notice(
    lake: dg.ResourceParam[Lake],
    registry: dg.ResourceParam[Registry],
    share_my_data: dg.ResourceParam[ShareMyData],
) -> dg.MaterializeResult:
    arrived = registry.submissions(NOTICE, after_id=newest_notice(lake))
    new = [row for notice in arrived for row in _resources(registry, notice)]
    with bad_input_is_final():
        resources = judge([*noticed(lake), *new], share_my_data.refusal_of)
        tried = {
            (wanted.notice_id, wanted.position): _fetch(wanted, share_my_data, registry)
            for wanted in due(resources, utc_now())[:FEEDS_A_RUN]
        }
    resources = [tried.get((r.notice_id, r.position), r) for r in resources]
    newest = arrived[-1].id if arrived else newest_notice(lake)
    stored = lake.replace(
        tables.SHARE_MY_DATA_NOTICE,
        "",
        frame_of(tables.SHARE_MY_DATA_NOTICE, map(vars, resources)),
        {"notice": str(newest)},
    )
    counted = Counter(resource.state for resource in resources)
    return dg.MaterializeResult(
        metadata={"dagster/row_count": stored.rows, "tried": len(tried), **counted},
        check_results=[
            warning(EVERY_NOTICED_FEED_IS_FETCHED, find_unfetched(resources))
        ],
    )


@dg.op(
    description="Ask the data custodian whether its service is online, and look how "
    "long our certificate is still valid.",
    retry_policy=REMOTE_RETRIES,
)
def ask_service_status(
    context: dg.OpExecutionContext, share_my_data: dg.ResourceParam[ShareMyData]
) -> None:
    """Fail if the service is not online, or our certificate ends soon."""
    until = valid_until(share_my_data.custodian.certificate_file)
    days_left = (until - utc_now()) // DAY
    context.add_output_metadata(
        {"certificate_until": iso_utc(until), "certificate_days_left": days_left}
    )
    share_my_data.require_online()
    if days_left < LEAST_DAYS_LEFT:
        raise dg.Failure(
            f"Our certificate {share_my_data.custodian.certificate_file} ends at "
            f"{iso_utc(until)}: get another and register it with the custodian.",
            allow_retries=False,
        )


@dg.job(description="Ask whether the data custodian's service is online.")
def look_at_share_my_data() -> None:
    """Ask whether the service is online."""
    ask_service_status()


def _resources(registry: Registry, notice: Submission) -> Iterator[NoticedResource]:
    try:
        uris = read_notice(registry.body(notice))
    except InputError as error:
        yield _resource(notice, 0, "", state=UNREADABLE, explanation=str(error))
        return
    for position, uri in enumerate(uris):
        yield _resource(notice, position, uri)


def _resource(
    notice: Submission, position: int, uri: str, **more: str
) -> NoticedResource:
    return NoticedResource(
        notice_id=notice.id,
        position=position,
        source=notice.source,
        received_at=notice.received_at,
        resource_uri=uri,
        correlation_id=correlation_id_of(uri),
        **more,  # type: ignore[arg-type]
    )


def _fetch(
    wanted: NoticedResource, share_my_data: ShareMyData, registry: Registry
) -> NoticedResource:
    try:
        landed = land_green_button(
            registry,
            share_my_data.fetch(wanted.resource_uri),
            source=SOURCE,
            submitted_by="share_my_data_notice",
            received_at=utc_now(),
        )
    except (RemoteError, FormatError) as error:
        return wanted.failed(utc_now(), str(error))
    return wanted.fetched(utc_now(), landed.id, landed.sha256)
