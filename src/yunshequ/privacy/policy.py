"""Who may decide on downloads, and see what is due to go."""

from yunshequ.core.i18n import N_
from yunshequ.core.policy import COMMUNITY_STAFF, Rule

ACTIONS = {
    'privacy.approve_export': Rule(COMMUNITY_STAFF, N_('导出由本社区的另一位工作人员或上级部门批准')),
    'privacy.see_retention': Rule(COMMUNITY_STAFF, N_('到期清理只对社区工作人员开放')),
}
