"""Who may do what with votes. Being on the roll is checked beside this, in the unit of work that takes the vote."""

from yunshequ.core.i18n import N_
from yunshequ.core.policy import ANYONE_LIVING_THERE, COMMUNITY_STAFF, RESIDENT_ROLES, STAFF_ROLES, Role, Rule

_ORGANISERS = STAFF_ROLES | {Role.BUILDING_LEAD}

ACTIONS: dict[str, Rule] = {
    'ballots.view': Rule(ANYONE_LIVING_THERE, N_('这项表决只对当地居民开放')),
    'ballots.cast': Rule(RESIDENT_ROLES | {Role.BUILDING_LEAD}, N_('只有当地居民可以投票')),
    'ballots.create': Rule(_ORGANISERS, N_('表决由楼栋长、网格员或社区工作人员发起')),
    'ballots.manage': Rule(_ORGANISERS, N_('表决的开始和取消由楼栋长、网格员或社区工作人员操作')),
    'ballots.export': Rule(COMMUNITY_STAFF, N_('表决结果的导出只对社区工作人员开放')),
}
"""What the module can be asked to do, and the roles that may."""
