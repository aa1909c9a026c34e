"""What a person should look at, and who works at it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from kit.errors import Code, Fault


class TaskTaken(Fault):
    code = Code.FAILED_PRECONDITION
    reason = "STOCK_TASK_TAKEN"


class TaskEnded(Fault):
    code = Code.FAILED_PRECONDITION
    reason = "STOCK_TASK_ENDED"


@dataclass(frozen=True, slots=True)
class Task:
    """One task of the stock room."""

    task_id: str
    kind: str
    location_id: str
    subject: str
    state: str
    create_time: datetime
    update_time: datetime
    details: Mapping[str, str] = field(default_factory=dict)
    claimed_by: str = ""
    resolution: str = ""
    version: int = 1


def claim(task: Task, user: str, *, give_back: bool, overrule: bool) -> Task:
    """The task in somebody's hands, or in nobody's; what is so already stays as it is."""
    _mine(task, user, overrule=overrule)
    if give_back:
        return replace(task, state="OPEN", claimed_by="")
    return replace(task, state="CLAIMED", claimed_by=user)


def resolve(task: Task, user: str, resolution: str, *, overrule: bool) -> Task:
    """The task at its end."""
    _mine(task, user, overrule=overrule)
    return replace(task, state="RESOLVED", resolution=resolution)


def _mine(task: Task, user: str, *, overrule: bool) -> None:
    if task.state == "RESOLVED":
        raise TaskEnded("the task was ended before", task_id=task.task_id)
    if task.claimed_by not in ("", user) and not overrule:
        raise TaskTaken(f"{task.claimed_by} works at it", task_id=task.task_id, claimed_by=task.claimed_by)
