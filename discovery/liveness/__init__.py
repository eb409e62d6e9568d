"""Who is still there: suspicion that adapts to what is observed, and verdicts that rest on evidence."""

from __future__ import annotations

from .accrual import Accrual
from .judge import LivenessJudge
from .settings import LivenessSettings
from .words import AskOthers, Evidence, Probe, Request, State, StateChange

__all__ = [
    "Accrual",
    "AskOthers",
    "Evidence",
    "LivenessJudge",
    "LivenessSettings",
    "Probe",
    "Request",
    "State",
    "StateChange",
]
