"""The contract of the account partner: `/api/v1/accounts` and what they cost.

An account that is wrong is answered with 422, field by field. Figures of accounts and
hours are JSON numbers with all of their digits; those of a period are text, as ever.
"""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import wraps
from typing import Annotated, Any, ParamSpec

from fastapi import APIRouter, Depends, Path, Query, Response, status

from ter_pipelines.account_answers import AccountAnswers
from ter_pipelines.accounts.account import Account
from ter_pipelines.accounts.bodies import (
    read_change,
    read_metered_hours,
    read_new_account,
)
from ter_pipelines.accounts.body_fields import day as read_day
from ter_pipelines.accounts.shadow_price import PARTS
from ter_pipelines.api.answers import write_json
from ter_pipelines.api.bodies import JsonBytes
from ter_pipelines.api.context import Context, Here
from ter_pipelines.api.documents import answers
from ter_pipelines.api.refusals import Refusal
from ter_pipelines.api.security import Desk, changing, needs
from ter_pipelines.api.truelight_documents import (
    GIVES_ACCOUNT,
    GIVES_ACCOUNTS,
    GIVES_HOURS,
    GIVES_PERIOD,
    GIVES_PRICES,
    TAKES_ACCOUNT,
    TAKES_HOURS,
)
from ter_pipelines.registry.account_rows import StoredAccount
from ter_pipelines.vocab.clock import DAY, operating_day_of
from ter_pipelines.vocab.errors import FieldError, InputError
from ter_pipelines.vocab.strict_json import JsonNumber, parse_json
from ter_pipelines.vocab.units import plain

MOST_AT_ONCE = 1000
_NO_ACCOUNT = "No account of that id."
_NO_MARKET = (
    "No accounts are kept here: the operator has set no market of load zones and "
    "utilities."
)
_PRICES = frozenset({*PARTS, "total_price_per_mwh"})
_READ = Depends(needs("accounts:read", scheme="bearer"))
Writing = Annotated[Desk, Depends(changing("accounts:write", scheme="bearer"))]
AccountId = Annotated[int, Path(ge=0, description="Of the account.")]
DateText = Annotated[
    str | None,
    Query(alias="date", description="YYYY-M-D; yesterday if absent.", max_length=10),
]
P = ParamSpec("P")

router = APIRouter(prefix="/api/v1", tags=["Accounts and shadow prices"])


def _unprocessable(handler: Callable[P, Response]) -> Callable[P, Response]:
    """Answer wrong fields with 422, as this partner's clients expect."""

    @wraps(handler)
    def handle(*args: P.args, **kwargs: P.kwargs) -> Response:
        try:
            return handler(*args, **kwargs)
        except FieldError as error:
            raise Refusal(status.HTTP_422_UNPROCESSABLE_CONTENT, error.fields) from None

    return handle


@router.get(
    "/accounts",
    dependencies=[_READ],
    responses={200: GIVES_ACCOUNTS, **answers(401, 403, 422, 429, 503)},
)
def list_accounts(
    here: Here,
    after_id: Annotated[int, Query(ge=0, le=2**31 - 1)] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST_AT_ONCE)] = 100,
) -> Response:
    """List accounts by id, so many after one."""
    told = _answers(here)
    kept = told.book.page(after_id=after_id, at_most=limit)
    return _json([_account(told, stored) for stored in kept])


@router.post(
    "/accounts",
    status_code=status.HTTP_201_CREATED,
    responses={
        201: GIVES_ACCOUNT,
        **answers(400, 401, 403, 409, 413, 415, 422, 429, 503),
    },
    openapi_extra=TAKES_ACCOUNT,
)
@_unprocessable
def create_account(here: Here, desk: Writing, body: JsonBytes) -> Response:
    """Create an account."""
    _require_market(here)
    account: Account = read_new_account(parse_json(body), here.market)
    stored = desk.registry.accounts.create(account, desk.user.name)
    return _json(_account(_answers(here), stored), status.HTTP_201_CREATED)


@router.get(
    "/accounts/{account_id}",
    dependencies=[_READ],
    responses={200: GIVES_ACCOUNT, **answers(401, 403, 404, 422, 429, 503)},
)
def read_account(here: Here, account_id: AccountId) -> Response:
    """Give an account."""
    told = _answers(here)
    return _json(_account(told, _find(told, account_id)))


@router.patch(
    "/accounts/{account_id}",
    responses={
        200: GIVES_ACCOUNT,
        **answers(400, 401, 403, 404, 409, 413, 415, 422, 429, 503),
    },
    openapi_extra=TAKES_ACCOUNT,
)
@_unprocessable
def change_account(
    here: Here, desk: Writing, account_id: AccountId, body: JsonBytes
) -> Response:
    """Change an account, or de-activate it by its status; what is not named stays."""
    _require_market(here)
    told = _answers(here)
    before = _find(told, account_id)
    account = read_change(parse_json(body), before.account, here.market)
    try:
        stored = desk.registry.accounts.change(before, account, desk.user.name)
    except FieldError:
        raise
    except InputError as error:
        raise Refusal(status.HTTP_409_CONFLICT, {"detail": str(error)}) from error
    return _json(_account(told, stored))


@router.post(
    "/accounts/{account_id}/interval_usages",
    status_code=status.HTTP_201_CREATED,
    responses={
        201: GIVES_HOURS,
        **answers(400, 401, 403, 404, 409, 413, 415, 422, 429, 503),
    },
    openapi_extra=TAKES_HOURS,
)
@_unprocessable
def add_hours(
    here: Here, desk: Writing, account_id: AccountId, body: JsonBytes
) -> Response:
    """Take measured hours in; the newest value of an hour counts."""
    hours = read_metered_hours(parse_json(body), here.programme.zone)
    _find(_answers(here), account_id)
    try:
        kept = desk.registry.accounts.add_hours(account_id, hours, desk.user.name)
    except InputError as error:
        raise Refusal(422, {"account": [str(error)]}) from error
    told = [{"id": each.id, **vars(each.hour)} for each in kept]
    return _json(told, status.HTTP_201_CREATED)


@router.get(
    "/accounts/{account_id}/shadow_prices",
    dependencies=[_READ],
    responses={200: GIVES_PRICES, **answers(401, 403, 404, 422, 429, 503)},
)
def shadow_prices(here: Here, account_id: AccountId, day: DateText = None) -> Response:
    """Give what each hour of a local day cost, per MWh: 23, 24 or 25 of them."""
    told = _answers(here)
    _find(told, account_id)
    hours = told.shadow_prices(account_id, _day(here, day))
    return _json([_priced(hour) for hour in hours])


@router.get(
    "/accounts/{account_id}/actual_hourlies",
    dependencies=[_READ],
    responses={200: GIVES_HOURS, **answers(401, 403, 404, 422, 429, 503)},
)
def actual_hourlies(
    here: Here, account_id: AccountId, day: DateText = None
) -> Response:
    """Give the measured hours of a local day."""
    told = _answers(here)
    _find(told, account_id)
    return _json(told.metered_hours(account_id, _day(here, day)))


@router.get(
    "/rt_lmp_prices/{summary_usage_id}",
    dependencies=[_READ],
    responses={200: GIVES_PERIOD, **answers(401, 403, 404, 422, 429, 503)},
)
def period_price(
    here: Here,
    summary_usage_id: Annotated[int, Path(ge=0, description="Of a summary usage.")],
) -> Response:
    """Give a billing period's price, each part averaged by volume."""
    told = _answers(here)
    found = told.book.summary(summary_usage_id)
    price = None
    if found is not None:
        price = told.period_price(found[0], summary_usage_id, found[1])
    if price is None:
        raise _absent("No period of that id that is wholly priced.")
    return _json(price)


def _answers(here: Context) -> AccountAnswers:
    return AccountAnswers(
        here.registry.accounts, here.lake, here.market, here.programme.zone
    )


def _require_market(here: Context) -> None:
    if not here.market.is_set:
        raise Refusal(status.HTTP_503_SERVICE_UNAVAILABLE, {"detail": _NO_MARKET})


def _find(told: AccountAnswers, account_id: int) -> StoredAccount:
    if not told.book.has(account_id):
        raise _absent(_NO_ACCOUNT)
    return told.book.read(account_id)


def _absent(detail: str) -> Refusal:
    return Refusal(status.HTTP_404_NOT_FOUND, {"detail": detail})


def _day(here: Context, text: str | None) -> date:
    if text is None:
        return operating_day_of(here.now(), here.programme.zone) - DAY
    try:
        return read_day(text)
    except ValueError:
        raise Refusal(422, {"date": ["is not a date such as 2018-12-1"]}) from None


def _account(told: AccountAnswers, stored: StoredAccount) -> dict[str, Any]:
    answer = told.told(stored)
    del answer["version"]  # ours; the contract has none
    return answer


def _priced(hour: dict[str, Any]) -> dict[str, Any]:
    return {k: JsonNumber(v) if k in _PRICES else v for k, v in hour.items()}


def _json(value: object, code: int = status.HTTP_200_OK) -> Response:
    return Response(write_json(_plain(value)), code, media_type="application/json")


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, Decimal):
        return JsonNumber(plain(value))
    return value.isoformat() if isinstance(value, date) else value
