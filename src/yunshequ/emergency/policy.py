"""Who may do what in an emergency. The place is the incident's or the call's."""

from yunshequ.core.i18n import N_
from yunshequ.core.policy import ANYONE_LIVING_THERE, COMMUNITY_STAFF, STAFF_ROLES, Role, Rule

ACTIONS: dict[str, Rule] = {
    'emergency.see': Rule(ANYONE_LIVING_THERE, N_('这件事只有住在这里的居民可以查看')),
    'emergency.sign_up': Rule(ANYONE_LIVING_THERE, N_('这次招募面向住在这里的居民，您可以先加入本社区')),
    'emergency.report': Rule(STAFF_ROLES | {Role.BUILDING_LEAD}, N_('情况由网格员、楼栋长或社区记录，您可以在群里告诉他们')),
    'emergency.open_incident': Rule(COMMUNITY_STAFF, N_('突发事件由社区发布，紧急情况请先联系社区或拨打报警、急救电话')),
    'emergency.close_incident': Rule(COMMUNITY_STAFF, N_('突发事件由社区宣布结束')),
    'emergency.call': Rule(STAFF_ROLES, N_('志愿招募由社区或网格员发布')),
    'emergency.lead': Rule(STAFF_ROLES, N_('名单和签到码只有带队人和社区工作人员可以查看')),
    'emergency.export': Rule(COMMUNITY_STAFF, N_('名单由社区工作人员导出')),
}
