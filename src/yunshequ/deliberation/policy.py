"""Who may do what in deliberation."""

from yunshequ.core.i18n import N_
from yunshequ.core.policy import ANYONE_LIVING_THERE, STAFF_ROLES, Role, Rule

ACTIONS: dict[str, Rule] = {
    'deliberation.view': Rule(ANYONE_LIVING_THERE, N_('这个议题只对当地居民开放')),
    'deliberation.speak': Rule(ANYONE_LIVING_THERE, N_('只有当地居民可以发表意见')),
    'deliberation.manage': Rule(STAFF_ROLES | {Role.BUILDING_LEAD}, N_('议题由楼栋长、网格员或社区工作人员主持')),
}
"""What the module can be asked to do, and the roles that may."""
