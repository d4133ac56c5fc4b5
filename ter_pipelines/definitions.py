"""Assembles the Definitions; nothing else does."""

from collections.abc import Sequence

import dagster as dg

from ter_pipelines.assets import (
    accounts,
    delivery,
    dispatch_answers,
    dispatch_events,
    dispatch_plans,
    events,
    exports,
    jobs,
    meters,
    modbus,
    participation,
    prices,
    settlement,
    share_my_data,
    statement_components,
    statements,
    telemetry,
    usage,
    usage_files,
    validation,
    ven_reports,
    views,
)
from ter_pipelines.registry.registry import Registry
from ter_pipelines.resources.mdm import Mdm
from ter_pipelines.resources.price_feed import PriceFeed
from ter_pipelines.resources.share_my_data import ShareMyData
from ter_pipelines.resources.vtn import Vtn
from ter_pipelines.schedules import build_schedules
from ter_pipelines.sensors import build_sensors
from ter_pipelines.settings import read_settings
from ter_pipelines.store.lake import Lake


def all_assets() -> Sequence[dg.AssetsDefinition]:
    """Give every asset there is, for whoever assembles them with other resources."""
    modules = [
        prices,
        events,
        participation,
        meters,
        modbus,
        ven_reports,
        usage,
        usage_files,
        telemetry,
        validation,
        share_my_data,
        settlement,
        statements,
        statement_components,
        exports,
        delivery,
        accounts,
        dispatch_plans,
        dispatch_events,
        dispatch_answers,
        views,
    ]
    found = dg.load_assets_from_modules(modules)
    return [asset for asset in found if isinstance(asset, dg.AssetsDefinition)]


@dg.definitions
def definitions() -> dg.Definitions:
    """Make the code location from the settings."""
    settings = read_settings()
    programme = settings.read_programme()
    return dg.Definitions(
        assets=all_assets(),
        jobs=list(jobs.ALL),
        schedules=build_schedules(programme),
        sensors=build_sensors(programme, settings.month_quiet_seconds),
        resources={
            "lake": Lake(settings.lake_root, settings.query_memory_mb),
            "registry": Registry(settings.registry_address, settings.landing_root),
            "vtn": Vtn(settings.vtn_control_url, settings.read_vtn_key),
            "price_feed": PriceFeed(settings.price_feed_url),
            "share_my_data": ShareMyData(settings.read_share_my_data(), programme.zone),
            "mdm": Mdm(settings.read_mdm()),
            "market": settings.read_market(),
            "programme": programme,
            "rate": settings.read_rate(programme),
        },
        executor=dg.in_process_executor,
    )
