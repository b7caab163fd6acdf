"""Words for roles, relations and kinds of places; message ids, to be spoken through ``core.i18n._``."""

from yunshequ.community.schemas import PlaceKind, Relation
from yunshequ.core.i18n import N_
from yunshequ.core.policy import Role

ROLE_WORDS: dict[Role, str] = {
    Role.MEMBER: N_('成员'), Role.VERIFIED: N_('实名居民'), Role.OWNER: N_('业主'), Role.BUILDING_LEAD: N_('楼栋长'),
    Role.GRID_OFFICER: N_('网格员'), Role.COMMUNITY_WORKER: N_('社区工作者'), Role.COMMUNITY_SECRETARY: N_('社区书记'),
    Role.STREET_OFFICER: N_('街道工作人员'), Role.DISTRICT_OFFICER: N_('区工作人员'),
    Role.ADMIN: N_('管理员'), Role.BOT: N_('机器人'),
}

RELATION_WORDS: dict[Relation, str] = {Relation.OWNER: N_('业主'), Relation.FAMILY: N_('家人'), Relation.TENANT: N_('租客')}

KIND_WORDS: dict[PlaceKind, str] = {
    PlaceKind.DISTRICT: N_('区'), PlaceKind.SUBDISTRICT: N_('街道'), PlaceKind.COMMUNITY: N_('社区'), PlaceKind.GRID: N_('网格'),
    PlaceKind.ESTATE: N_('小区'), PlaceKind.BUILDING: N_('楼栋'),
}
