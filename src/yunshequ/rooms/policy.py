"""Who may do what in a room. Being in the room is checked beside this by the service."""

from yunshequ.core.i18n import N_
from yunshequ.core.policy import ANYONE_LIVING_THERE, COMMUNITY_STAFF, STAFF_ROLES, Role, Rule

ACTIONS = {
    'rooms.read': Rule(ANYONE_LIVING_THERE | {Role.BOT}, N_('这个群只对本社区居民开放，请先扫码加入'), within=True),
    'rooms.post': Rule(ANYONE_LIVING_THERE | {Role.BOT}, N_('您还不是本社区成员，不能在这里发言'), within=True),
    'rooms.notice': Rule(STAFF_ROLES | {Role.BUILDING_LEAD}, N_('公告由楼栋长或社区工作人员发布')),
    'rooms.create': Rule(COMMUNITY_STAFF, N_('建群请联系社区工作人员')),
    'rooms.moderate': Rule(STAFF_ROLES, N_('这项操作由社区工作人员进行')),
    'rooms.read_receipts': Rule(STAFF_ROLES | {Role.BUILDING_LEAD}, N_('公告的阅读情况只对楼栋长和社区工作人员开放'), within=True),
    'rooms.admit': Rule(STAFF_ROLES | {Role.BUILDING_LEAD}, N_('入群申请由楼栋长、网格员或社区工作人员审核')),
    'rooms.enter_any': Rule(COMMUNITY_STAFF, N_('请先扫码加入这个群')),
}
"""``rooms.enter_any``: staff may join any resident room of their place without a code; private rooms never."""
