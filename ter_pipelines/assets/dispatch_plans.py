"""Dispatch plans: what operators ordered -> what each battery is to do."""

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from ter_pipelines.assets.common import (
    bad_input_is_final,
    blocking,
    described,
    report_partition,
    telling,
    total,
    utc_now,
    verdict,
    warning,
)
from ter_pipelines.dispatch.battery import Battery, Device
from ter_pipelines.dispatch.limits import RefusedOrderError
from ter_pipelines.dispatch.plan import (
    DayAtHand,
    KeptOrder,
    Plan,
    is_waiting,
    make_plan,
    newest_orders,
)
from ter_pipelines.dispatch.rows import device_of, find_beyond_limits, plan_rows
from ter_pipelines.dispatch_inputs import day_at_hand, newest_of
from ter_pipelines.partitions import days_of
from ter_pipelines.registry.dispatch_orders import enrolled_batteries, orders_of_day
from ter_pipelines.registry.registry import Registry
from ter_pipelines.store.frames import frame_of
from ter_pipelines.store.lake import Lake
from ter_pipelines.vocab import tables
from ter_pipelines.vocab.findings import Finding
from ter_pipelines.vocab.programme import Programme

PLANS_KEEP_TO_LIMITS = blocking(
    "plans_keep_to_limits",
    tables.DISPATCH_PLAN,
    "Every planned battery allows control, and its plan is within its power and its "
    "lowest and highest charge, without gap or overlap, on its day.",
)
NO_ORDER_IS_REFUSED = telling(
    "no_order_is_refused",
    tables.DISPATCH_PLAN,
    "Tells which orders have no plan, and why; the battery is told nothing by them.",
)


@dg.asset(
    **described(
        tables.DISPATCH_PLAN,
        group="dispatch",
        kinds={"python", "parquet"},
        upstream=[tables.PRICE_CURVE],
    ),
    backfill_policy=dg.BackfillPolicy.single_run(),
    check_specs=[PLANS_KEEP_TO_LIMITS, NO_ORDER_IS_REFUSED],
)
def dispatch_plan(
    context: dg.AssetExecutionContext,
    lake: dg.ResourceParam[Lake],
    registry: dg.ResourceParam[Registry],
    programme: dg.ResourceParam[Programme],
) -> dg.MaterializeResult:
    refused: list[Finding] = []
    beyond: list[Finding] = []
    count = 0
    for day in days_of(context):
        inputs = newest_of(registry).inputs(lake, day)
        with bad_input_is_final():
            batteries = enrolled_batteries(registry)
            orders = newest_orders(orders_of_day(registry, day))
        at_hand = day_at_hand(lake, day, programme, utc_now())
        plans, found = _make_plans(orders, batteries, at_hand)
        rows = [row for plan in plans for row in plan_rows(plan, programme.currency)]
        wrong = find_beyond_limits(rows, batteries, at_hand.span)
        unfit = {finding.subject for finding in wrong}
        fit = [row for row in rows if "/".join(device_of(row)) not in unfit]
        frame = frame_of(tables.DISPATCH_PLAN, fit)
        lake.replace(tables.DISPATCH_PLAN, day, frame, inputs)
        facts = _facts(frame, plans, found)
        report_partition(context, tables.DISPATCH_PLAN, day, facts)
        refused += found
        beyond += wrong
        count += frame.height
    return dg.MaterializeResult(
        metadata={"dagster/row_count": count},
        check_results=[
            verdict(PLANS_KEEP_TO_LIMITS, beyond),
            warning(NO_ORDER_IS_REFUSED, refused),
        ],
    )


def _make_plans(
    orders: Mapping[Device, KeptOrder],
    batteries: Mapping[Device, Battery],
    day: DayAtHand,
) -> tuple[list[Plan], list[Finding]]:
    plans, found = [], []
    for device, kept in sorted(orders.items()):
        try:
            plan = make_plan(kept, batteries.get(device), day)
        except RefusedOrderError as error:
            found += [] if is_waiting(error.finding, day) else [error.finding]
            continue
        plans += [plan] if plan else []
    return plans, found


def _facts(
    frame: Any,  # noqa: ANN401
    plans: Sequence[Plan],
    refused: Sequence[Finding],
) -> dict[str, Any]:
    return {
        "dagster/row_count": frame.height,
        "batteries": len(plans),
        "refused": len(refused),
        "cost": total(frame, "cost"),
    }
