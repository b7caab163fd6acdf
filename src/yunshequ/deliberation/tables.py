"""The module's tables for Core statements."""

from sqlalchemy import Table

from yunshequ.deliberation.models import Opinion, OpinionStance, Progress, Topic, TopicDraft

topic: Table = Topic.__table__  # type: ignore[attr-defined]
draft: Table = TopicDraft.__table__  # type: ignore[attr-defined]
opinion: Table = Opinion.__table__  # type: ignore[attr-defined]
stance: Table = OpinionStance.__table__  # type: ignore[attr-defined]
progress: Table = Progress.__table__  # type: ignore[attr-defined]
