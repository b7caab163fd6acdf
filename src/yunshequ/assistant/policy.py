"""Who may ask, who keeps the knowledge, who takes cases."""

from yunshequ.core.i18n import N_
from yunshequ.core.policy import ANYONE_LIVING_THERE, COMMUNITY_STAFF, STAFF_ROLES, Role, Rule

_DESK = STAFF_ROLES - {Role.ADMIN}
"""Who takes a case comes into the chat of whoever asked; 管理员 looks after the machine and comes into nobody's."""

ACTIONS = {
    'assistant.ask': Rule(ANYONE_LIVING_THERE, N_('加入本社区后就可以问小栖')),
    'assistant.read_knowledge': Rule(STAFF_ROLES, N_('知识库由社区工作人员查看和维护')),
    'assistant.edit_knowledge': Rule(COMMUNITY_STAFF, N_('这条知识由它所属的社区或上级部门维护')),
    'assistant.publish_knowledge': Rule(COMMUNITY_STAFF, N_('发布和停用由它所属的社区或上级部门进行')),
    'assistant.sign_replay': Rule(COMMUNITY_STAFF, N_('答案会变差时，由有权发布的人签字')),
    'assistant.import_knowledge': Rule(COMMUNITY_STAFF, N_('知识条目由所属社区或上级部门导入')),
    'assistant.export_knowledge': Rule(COMMUNITY_STAFF, N_('知识条目由所属社区或上级部门导出')),
    'assistant.keep_department': Rule(STAFF_ROLES, N_('部门知识员要在这里任职，离任后不能再改部门的条目'), within=True),
    'assistant.manage_departments': Rule(COMMUNITY_STAFF, N_('部门由它所在的社区、街道或区设置')),
    'assistant.manage_duty': Rule(COMMUNITY_STAFF, N_('值班表由社区或上级部门安排')),
    'assistant.handle_handoff': Rule(_DESK, N_('转人工的问题由社区工作人员处理')),
}
