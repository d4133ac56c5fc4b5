"""What an account may be in a market: a message for every field that contradicts."""

from ter_pipelines.accounts.account import (
    CAPACITY_TAGS,
    INACTIVE,
    SUMMARY_USAGES,
    TRANSMISSION_TAGS,
    Account,
    Tag,
)
from ter_pipelines.accounts.body_fields import NOT_IN_LIST, Errors
from ter_pipelines.accounts.market import Market, Utility
from ter_pipelines.accounts.periods import (
    find_gaps,
    find_overlapping,
    find_uncovered,
)
from ter_pipelines.vocab.clock import DAY
from ter_pipelines.vocab.findings import Finding

LONGEST_SUMMARY_DAYS = 800


def find_errors(account: Account, market: Market) -> Errors:
    """Find what is not in the market's lists, and what contradicts itself."""
    return {
        **_list_errors(account, market),
        **_tag_errors(account, market),
        **_summary_errors(account, market),
        **_flow_errors(account),
    }


def find_freeze_errors(before: Account, after: Account) -> Errors:
    """Find a change of the usage of an account that is inactive and stays so."""
    if after.status == INACTIVE and before.summary_usages != after.summary_usages:
        return {SUMMARY_USAGES: ["can't change while the account is inactive"]}
    return {}


def find_tag_gaps(account: Account, subject: str) -> list[Finding]:
    """Find days that no tag has: between the tags of a kind, and under usage."""
    findings = []
    for name in (CAPACITY_TAGS, TRANSMISSION_TAGS):
        tags: tuple[Tag, ...] = getattr(account, name)
        findings += [
            Finding(f"{name}.gap", subject, {"from": str(first), "to": str(last)})
            for first, last in find_gaps(tags)
        ]
        periods = [usage.period for usage in account.summary_usages]
        if (day := find_uncovered(periods, tags)) is not None:
            findings.append(Finding(f"{name}.not_in_force", subject, {"on": str(day)}))
    return findings


def _list_errors(account: Account, market: Market) -> Errors:
    errors: Errors = {}
    if account.state not in market.states:
        errors["state"] = [NOT_IN_LIST]
    if account.load_zone not in market.load_zones:
        errors["load_zone"] = [NOT_IN_LIST]
    utility = market.utilities.get(account.utility)
    if utility is None:
        return errors | {"utility": [NOT_IN_LIST]}
    return {**_utility_errors(account, utility), **errors}


def _utility_errors(account: Account, utility: Utility) -> Errors:
    lists = {
        "load_zone": utility.load_zones,
        "load_profile": utility.load_profiles,
        "rate_class": utility.rate_classes,
        "voltage": utility.loss_uplifts,
    }
    return {
        name: [f"is not included in the utility's {_plural(name)}"]
        for name, allowed in lists.items()
        if getattr(account, name) not in allowed
    }


def _plural(name: str) -> str:
    """Call a field as the messages do.

    >>> _plural("rate_class"), _plural("load_profile")
    ('rate classes', 'load profiles')
    """
    words = name.replace("_", " ")
    return f"{words}es" if words.endswith("s") else f"{words}s"


def _tag_errors(account: Account, market: Market) -> Errors:
    errors: Errors = {}
    for name in (CAPACITY_TAGS, TRANSMISSION_TAGS):
        tags: tuple[Tag, ...] = getattr(account, name)
        for i, tag in enumerate(tags):
            if tag.end_date < tag.start_date:
                errors[f"{name}[{i}].end_date"] = ["must be on or after start_date"]
            if tag.value_kw < 0:
                errors[f"{name}[{i}].value_kw"] = ["must be 0 or more"]
        for i in find_overlapping(tags):
            errors[f"{name}[{i}].start_date"] = ["overlaps another tag"]
        periods = [usage.period for usage in account.summary_usages]
        if market.needs_tags and (day := find_uncovered(periods, tags)) is not None:
            errors[name] = [f"has no tag in force on {day}"]
    return errors


def _summary_errors(account: Account, market: Market) -> Errors:
    errors: Errors = {}
    for i, usage in enumerate(account.summary_usages):
        place = f"{SUMMARY_USAGES}[{i}]"
        if usage.ends_on < usage.starts_on:
            errors[f"{place}.ends_on"] = ["must be on or after starts_on"]
        elif usage.ends_on - usage.starts_on >= LONGEST_SUMMARY_DAYS * DAY:
            errors[f"{place}.ends_on"] = [f"is over {LONGEST_SUMMARY_DAYS} days later"]
        if usage.volume_kwh < 0 and not market.allows_negative:
            errors[f"{place}.volume_kwh"] = ["must be 0 or more"]
    for i in find_overlapping(account.summary_usages):
        errors[f"{SUMMARY_USAGES}[{i}].starts_on"] = ["overlaps another summary usage"]
    return errors


def _flow_errors(account: Account) -> Errors:
    first, last = account.flow_start, account.flow_end
    if first is not None and last is not None and last < first:
        return {"flow_end": ["must be on or after flow_start"]}
    return {}
