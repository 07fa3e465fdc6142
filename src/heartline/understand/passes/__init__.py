"""Journey analyses as passes over the packed log, each of one shape (docs/explanation/journey-passes.md)."""

from __future__ import annotations

from heartline.understand.passes.between import Between, BetweenPartial, measure_between, plan_between
from heartline.understand.passes.cohorts import CohortPartial, CohortPlan, Cohorts, draw_cohorts, plan_cohorts
from heartline.understand.passes.comparison import (
    ComparisonPartial,
    ComparisonPlan,
    PathComparison,
    Shift,
    compare_paths,
    plan_comparison,
)
from heartline.understand.passes.funnel import (
    Anchor,
    Funnel,
    FunnelCount,
    FunnelLine,
    FunnelPartial,
    FunnelStep,
    StepCount,
    StepOrder,
    list_reached,
    measure_funnel,
    plan_funnel,
)
from heartline.understand.passes.longwaits import (
    LongWait,
    WaitPartial,
    find_long_stages,
    find_long_waits,
    plan_long_stages,
    plan_long_waits,
)
from heartline.understand.passes.nextsteps import (
    NextPartial,
    Outlook,
    find_next_steps,
    foresee,
    plan_next_steps,
    plan_outlook,
)
from heartline.understand.passes.paths import PathPartial, draw_paths, draw_run_paths, plan_paths
from heartline.understand.passes.rework import Rework, ReworkCount, ReworkKind, ReworkPartial, find_rework, plan_rework
from heartline.understand.passes.sessions import SessionPartial, Sessions, cut_sessions, plan_sessions
from heartline.understand.passes.shape import Ground, Pass
from heartline.understand.passes.steps import GONE, StepMatrix, StepPartial, StepPlan, plan_steps, tabulate_steps
from heartline.understand.passes.variants import VariantPartial, find_sequences, find_variants, plan_variants

__all__ = [
    "GONE",
    "Anchor",
    "Between",
    "BetweenPartial",
    "CohortPartial",
    "CohortPlan",
    "Cohorts",
    "ComparisonPartial",
    "ComparisonPlan",
    "Funnel",
    "FunnelCount",
    "FunnelLine",
    "FunnelPartial",
    "FunnelStep",
    "Ground",
    "LongWait",
    "NextPartial",
    "Outlook",
    "Pass",
    "PathComparison",
    "PathPartial",
    "Rework",
    "ReworkCount",
    "ReworkKind",
    "ReworkPartial",
    "SessionPartial",
    "Sessions",
    "Shift",
    "StepCount",
    "StepMatrix",
    "StepOrder",
    "StepPartial",
    "StepPlan",
    "VariantPartial",
    "WaitPartial",
    "compare_paths",
    "cut_sessions",
    "draw_cohorts",
    "draw_paths",
    "draw_run_paths",
    "find_long_stages",
    "find_long_waits",
    "find_next_steps",
    "find_rework",
    "find_sequences",
    "find_variants",
    "foresee",
    "list_reached",
    "measure_between",
    "measure_funnel",
    "plan_between",
    "plan_cohorts",
    "plan_comparison",
    "plan_funnel",
    "plan_long_stages",
    "plan_long_waits",
    "plan_next_steps",
    "plan_outlook",
    "plan_paths",
    "plan_rework",
    "plan_sessions",
    "plan_steps",
    "plan_variants",
    "tabulate_steps",
]
