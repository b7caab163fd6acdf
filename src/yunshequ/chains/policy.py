"""Who may do what with a chain that somebody else has started; joining is for whoever may write in its room."""

from yunshequ.core.i18n import N_
from yunshequ.core.policy import STAFF_ROLES, Role, Rule

ACTIONS: dict[str, Rule] = {
    'chains.manage': Rule(STAFF_ROLES | {Role.BUILDING_LEAD}, N_('接龙由发起的人、楼栋长或社区工作人员结束和导出')),
}
