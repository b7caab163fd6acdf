"""Every table of the house, imported for migrations and tests; nothing else belongs here."""

from sqlmodel import SQLModel

import yunshequ.accounts.models
import yunshequ.assistant.models
import yunshequ.ballots.models
import yunshequ.chains.models
import yunshequ.community.models
import yunshequ.core.audit
import yunshequ.core.lasting
import yunshequ.core.schedule
import yunshequ.deliberation.models
import yunshequ.emergency.models
import yunshequ.privacy.models
import yunshequ.rooms.models  # noqa: F401

metadata = SQLModel.metadata
