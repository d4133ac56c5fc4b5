"""What a proxy asks before it lets somebody at a page that has no sign-in of its own.

The Dagster UI is one. nginx asks with `auth_request`, and passes on the 401 that makes
a browser ask for name and password; docs/operations.md shows how.
"""

from fastapi import APIRouter, Depends, status

from ter_pipelines.api.documents import answers
from ter_pipelines.api.security import needs

router = APIRouter(tags=["Operation"])


@router.get(
    "/gate/operator",
    status_code=status.HTTP_204_NO_CONTENT,
    dependencies=[Depends(needs("log:read"))],
    responses=answers(401, 403, 429, 503),
)
def let_an_operator_through() -> None:
    """Answer 204 to an operator, 401 or 403 to everybody else."""
