"""Who may do what with people and places."""

from collections.abc import Iterable

from yunshequ.community.schemas import PlaceKind
from yunshequ.core.i18n import N_
from yunshequ.core.policy import COMMUNITY_STAFF, STAFF_ROLES, Role, Rule

_STAFF_ONLY = N_('只有社区工作人员可以这样做')

_OWN_OFFICE = frozenset({Role.COMMUNITY_WORKER, Role.COMMUNITY_SECRETARY})
"""The community's own office, nobody above it: a whole roll leaves or enters only where its people are known."""

ACTIONS: dict[str, Rule] = {
    'community.view_roll': Rule(STAFF_ROLES, N_('名册只对网格员和社区工作人员开放')),
    'community.manage_households': Rule(STAFF_ROLES, N_('住户由网格员或社区工作人员登记和核实')),
    'community.manage_places': Rule(COMMUNITY_STAFF, _STAFF_ONLY),
    'community.grant_role': Rule(STAFF_ROLES, N_('只有上一级工作人员可以任免')),
    'community.invite': Rule(STAFF_ROLES | {Role.BUILDING_LEAD}, N_('入群码由楼栋长、网格员或社区工作人员发放')),
    'community.manage_members': Rule(COMMUNITY_STAFF, _STAFF_ONLY),
    'community.check_identity': Rule(
        _OWN_OFFICE | {Role.GRID_OFFICER}, N_('证件由本社区的工作人员和网格员核验')),
    'community.change_households': Rule(_OWN_OFFICE, N_('合户、分户和迁入迁出由本社区的工作人员登记')),
    'community.import_roll': Rule(_OWN_OFFICE, N_('名册只能由本社区的工作人员导入')),
    'community.export_roll': Rule(_OWN_OFFICE, N_('名册只能由本社区的工作人员导出')),
}
"""What the module can be asked to do, and the roles that may."""

RANK: dict[Role, int] = {role: rank for rank, role in enumerate((
    Role.MEMBER, Role.VERIFIED, Role.OWNER, Role.BUILDING_LEAD, Role.GRID_OFFICER, Role.COMMUNITY_WORKER,
    Role.COMMUNITY_SECRETARY, Role.STREET_OFFICER, Role.DISTRICT_OFFICER, Role.ADMIN,
))}
"""Responsibility, least first. The bot has none."""

GRANTABLE: dict[Role, frozenset[PlaceKind]] = {
    Role.MEMBER: frozenset(PlaceKind),
    Role.BUILDING_LEAD: frozenset({PlaceKind.BUILDING, PlaceKind.ESTATE}),
    Role.GRID_OFFICER: frozenset({PlaceKind.GRID, PlaceKind.ESTATE, PlaceKind.BUILDING}),
    Role.COMMUNITY_WORKER: frozenset({PlaceKind.COMMUNITY}),
    Role.COMMUNITY_SECRETARY: frozenset({PlaceKind.COMMUNITY}),
    Role.STREET_OFFICER: frozenset({PlaceKind.SUBDISTRICT}),
    Role.DISTRICT_OFFICER: frozenset({PlaceKind.DISTRICT}),
}
"""Roles that can be given by hand, and the kinds of places they belong to. VERIFIED and OWNER follow from the
household roll; ADMIN is given on the command line only."""

PARENTS: dict[PlaceKind, frozenset[PlaceKind]] = {
    PlaceKind.DISTRICT: frozenset(),
    PlaceKind.SUBDISTRICT: frozenset({PlaceKind.DISTRICT}),
    PlaceKind.COMMUNITY: frozenset({PlaceKind.SUBDISTRICT}),
    PlaceKind.GRID: frozenset({PlaceKind.COMMUNITY}),
    PlaceKind.ESTATE: frozenset({PlaceKind.COMMUNITY, PlaceKind.GRID}),
    PlaceKind.BUILDING: frozenset({PlaceKind.COMMUNITY, PlaceKind.GRID, PlaceKind.ESTATE}),
}
"""Under which kinds of places a kind may stand."""


def outranks(held: Iterable[Role], role: Role) -> bool:
    """Tell whether somebody who holds ``held`` at a place may give or take ``role`` there: strictly above it, in office."""
    return any(RANK[mine] > RANK[role] for mine in held if mine in STAFF_ROLES)


def grantable_by(held: Iterable[Role], kind: PlaceKind) -> list[Role]:
    """Return the roles that somebody who holds ``held`` may give at a place of ``kind``, least first."""
    mine = tuple(held)
    return [role for role, kinds in GRANTABLE.items() if kind in kinds and outranks(mine, role)]
