"""Who may set somebody else's number anew; everything else in accounts is everybody's own."""

from yunshequ.core.i18n import N_
from yunshequ.core.policy import Role, Rule

ACTIONS: dict[str, Rule] = {
    'accounts.reset_phone': Rule(
        frozenset({Role.COMMUNITY_WORKER, Role.COMMUNITY_SECRETARY, Role.STREET_OFFICER}),
        N_('换手机号由本社区的两位工作人员一起办理')),
}
"""What the module can be asked to do, and the roles that may: the community's own office, and its street as the second person where
the office has one only. 管理员 is not among them: no account changes hands by somebody who runs the machine."""
