"""Who may do what, where: every registered action × every role × every place, other communities included.

The table below is written by hand and not derived from the rules: a change of a rule must be a change here too.
"""

from datetime import timedelta

import pytest

from tests.modules.people_kit import START
from yunshequ.bootstrap import ACTIONS, Container
from yunshequ.community.schemas import PlaceKind, PlaceView, Relation
from yunshequ.community.seed import BulkSeed
from yunshequ.core.clock import MovableClock
from yunshequ.core.errors import NotFound, NotPermitted
from yunshequ.core.policy import Actor, Grant, Policy, Role, Rule
from yunshequ.core.unit import Tx

ROLES = (
    Role.MEMBER, Role.VERIFIED, Role.OWNER, Role.BUILDING_LEAD, Role.GRID_OFFICER, Role.COMMUNITY_WORKER, Role.COMMUNITY_SECRETARY,
    Role.STREET_OFFICER, Role.DISTRICT_OFFICER, Role.ADMIN, Role.BOT,
)

# In the order of ROLES: member verified owner · building_lead · grid worker secretary street district admin · bot
MATRIX = {
    'community.view_roll': '... . ++++++ .',
    'community.manage_households': '... . ++++++ .',
    'community.manage_places': '... . .+++++ .',
    'community.grant_role': '... . ++++++ .',
    'community.invite': '... + ++++++ .',
    'community.manage_members': '... . .+++++ .',
    'community.check_identity': '... . +++... .',
    'community.change_households': '... . .++... .',
    'community.import_roll': '... . .++... .',
    'community.export_roll': '... . .++... .',
    'accounts.reset_phone': '... . .+++.. .',
    'rooms.read': '+++ + ++++++ +',
    'rooms.post': '+++ + ++++++ +',
    'rooms.notice': '... + ++++++ .',
    'rooms.create': '... . .+++++ .',
    'rooms.moderate': '... . ++++++ .',
    'rooms.read_receipts': '... + ++++++ .',
    'rooms.admit': '... + ++++++ .',
    'rooms.enter_any': '... . .+++++ .',
    'ballots.view': '+++ + ++++++ .',
    'ballots.cast': '+++ + ...... .',
    'ballots.create': '... + ++++++ .',
    'ballots.manage': '... + ++++++ .',
    'ballots.export': '... . .+++++ .',
    'emergency.see': '+++ + ++++++ .',
    'emergency.sign_up': '+++ + ++++++ .',
    'emergency.report': '... + ++++++ .',
    'emergency.open_incident': '... . .+++++ .',
    'emergency.close_incident': '... . .+++++ .',
    'emergency.call': '... . ++++++ .',
    'emergency.lead': '... . ++++++ .',
    'emergency.export': '... . .+++++ .',
    'assistant.ask': '+++ + ++++++ .',
    'assistant.read_knowledge': '... . ++++++ .',
    'assistant.edit_knowledge': '... . .+++++ .',
    'assistant.publish_knowledge': '... . .+++++ .',
    'assistant.manage_duty': '... . .+++++ .',
    'assistant.handle_handoff': '... . +++++. .',
    'assistant.sign_replay': '... . .+++++ .',
    'assistant.import_knowledge': '... . .+++++ .',
    'assistant.export_knowledge': '... . .+++++ .',
    'assistant.keep_department': '... . ++++++ .',
    'assistant.manage_departments': '... . .+++++ .',
    'chains.manage': '... + ++++++ .',
    'deliberation.view': '+++ + ++++++ .',
    'deliberation.speak': '+++ + ++++++ .',
    'deliberation.manage': '... + ++++++ .',
    'privacy.approve_export': '... . .+++++ .',
    'privacy.see_retention': '... . .+++++ .',
}

# The small world: key -> (kind, parent)
PLACES = {
    'district': (PlaceKind.DISTRICT, None),
    'street': (PlaceKind.SUBDISTRICT, 'district'), 'street2': (PlaceKind.SUBDISTRICT, 'district'),
    'community': (PlaceKind.COMMUNITY, 'street'), 'community2': (PlaceKind.COMMUNITY, 'street'),
    'community3': (PlaceKind.COMMUNITY, 'street2'),
    'grid': (PlaceKind.GRID, 'community'), 'grid2': (PlaceKind.GRID, 'community'),
    'building': (PlaceKind.BUILDING, 'grid'), 'building2': (PlaceKind.BUILDING, 'grid2'),
    'far': (PlaceKind.BUILDING, 'community2'), 'farther': (PlaceKind.BUILDING, 'community3'),
}

# Where each role is held, and all the places where it then counts.
COMMUNITY = {'community', 'grid', 'grid2', 'building', 'building2'}
STREET = COMMUNITY | {'street', 'community2', 'far'}
HELD = {
    Role.MEMBER: ('building', {'building', 'grid', 'community', 'street', 'district'}),
    Role.VERIFIED: ('building', {'building', 'grid', 'community', 'street', 'district'}),
    Role.OWNER: ('building', {'building', 'grid', 'community', 'street', 'district'}),
    Role.BUILDING_LEAD: ('building', {'building'}),
    Role.GRID_OFFICER: ('grid', {'grid', 'building'}),
    Role.COMMUNITY_WORKER: ('community', COMMUNITY),
    Role.COMMUNITY_SECRETARY: ('community', COMMUNITY),
    Role.STREET_OFFICER: ('street', STREET),
    Role.DISTRICT_OFFICER: ('district', set(PLACES)),
    Role.ADMIN: ('district', set(PLACES)),
    Role.BOT: ('everywhere', set(PLACES)),
}

WITHIN = {'rooms.read', 'rooms.post', 'rooms.read_receipts', 'assistant.keep_department'}
"""Actions for which an office counts at the places around it too: 网格员 and 楼栋长 in the room of their community."""


def counts_at(action: str, role: Role) -> set[str]:
    """Return the places where a role counts for an action."""
    where, places = HELD[role]
    found = set(places)
    if action in WITHIN:
        place: str | None = where
        while place in PLACES:
            found.add(place)
            place = PLACES[place][1]
    return found


RULES: dict[str, Rule] = {name: rule for actions in ACTIONS for name, rule in actions.items()}


def allowed(action: str) -> set[Role]:
    marks = MATRIX[action].replace(' ', '')
    assert len(marks) == len(ROLES)
    return {role for role, mark in zip(ROLES, marks, strict=True) if mark == '+'}


def test_the_table_knows_every_action_and_no_other() -> None:
    assert set(MATRIX) == set(RULES)
    assert set(ROLES) == set(Role)


@pytest.mark.parametrize('action', sorted(MATRIX))
def test_rule_of(action: str) -> None:
    assert set(RULES[action].roles) == allowed(action)


class Fixed:
    """A directory of one member with one grant."""

    def __init__(self, grants: tuple[Grant, ...], paths: dict[int, str]) -> None:
        self._grants, self._paths = grants, paths

    async def grants_of(self, member_id: int) -> tuple[Grant, ...]:
        return self._grants if member_id == 1 else ()

    async def path_of(self, place_id: int) -> str | None:
        return self._paths.get(place_id)


def paths() -> dict[str, str]:
    found: dict[str, str] = {}
    for number, (key, (_kind, parent)) in enumerate(PLACES.items(), 1):
        found[key] = f'{found[parent] if parent else "/"}{number}/'
    return found


@pytest.mark.parametrize('action', sorted(MATRIX))
async def test_role_action_place(action: str) -> None:
    by_key = paths()
    ids = {key: number for number, key in enumerate(by_key, 1)}
    wrong = []
    for role in ROLES:
        where = HELD[role][0]
        policy = Policy(Fixed((Grant(role, by_key.get(where, '/')),), {ids[k]: p for k, p in by_key.items()}), MovableClock(START))
        policy.register(RULES)
        for key in PLACES:
            expected = role in allowed(action) and key in counts_at(action, role)
            if await policy.may(Actor(1), action, ids[key]) != expected:
                wrong.append((role, key, not expected))
            assert not await policy.may(Actor(2), action, ids[key])
    assert wrong == []


async def test_the_whole_table_in_the_house(container: Container) -> None:
    """The same through the real directory: given roles, confirmed households, the bot; and roles that are over or not yet."""
    at: dict[str, PlaceView] = {}
    people: dict[Role | str, Actor] = {}

    def work(tx: Tx) -> None:
        seed = BulkSeed(tx)
        for key, (kind, parent) in PLACES.items():
            at[key] = seed.place(kind, key, at[parent] if parent else None)

        def person(key: Role | str) -> int:
            people[key] = Actor(seed.member(str(key), created_at=tx.now))
            return people[key].member_id

        for role, (where, _) in HELD.items():
            if role in {Role.VERIFIED, Role.OWNER}:
                relation = Relation.OWNER if role is Role.OWNER else Relation.TENANT
                flat = seed.household(at[where].id, str(role))
                seed.settle(flat, person(role), relation, verified_at=tx.now)
            elif role is not Role.BOT:
                seed.grant(person(role), at[where].id, role)
        person('nobody')
        seed.settle(seed.household(at['building'].id, 'claimed'), person('claims only'), Relation.OWNER, verified_at=None)
        seed.grant(person('over'), at['community'].id, Role.COMMUNITY_SECRETARY, valid_until=tx.now)
        seed.flush()

    await container.db.write(work)
    people[Role.BOT] = await container.community.bot()

    def expected(key: Role | str, action: str, place: str) -> bool:
        if key not in HELD:
            return False  # nobody, a claim not yet confirmed, an office that is over
        roles = {Role.OWNER, Role.VERIFIED} if key is Role.OWNER else {key}  # an owner is verified too
        return bool(roles & allowed(action)) and place in counts_at(action, Role(key))

    wrong = [
        (key, action, place) for key, actor in people.items() for action in MATRIX for place, view in at.items()
        if await container.policy.may(actor, action, view.id) != expected(key, action, place)
    ]
    assert wrong == []


async def test_what_require_says(container: Container, clock: MovableClock) -> None:
    def work(tx: Tx) -> tuple[int, int]:
        seed = BulkSeed(tx)
        place = seed.place(PlaceKind.DISTRICT, '栖霞区', None)
        member = seed.member('甲', created_at=tx.now)
        seed.grant(member, place.id, Role.DISTRICT_OFFICER, valid_until=tx.now + timedelta(days=1))
        seed.flush()
        return place.id, member

    place, member = await container.db.write(work)
    await container.policy.require(Actor(member), 'community.view_roll', place)
    clock.move(timedelta(days=1))
    with pytest.raises(NotPermitted) as refusal:
        await container.policy.require(Actor(member), 'community.view_roll', place)
    assert refusal.value.rule == 'community.view_roll'
    assert refusal.value.words('zh-CN') == '名册只对网格员和社区工作人员开放'
    assert 'roll' in refusal.value.words('en')
    with pytest.raises(NotFound):
        await container.policy.require(Actor(member), 'community.view_roll', 999)
    with pytest.raises(KeyError):
        await container.policy.may(Actor(member), 'community.fly', place)
    with pytest.raises(ValueError, match='twice'):
        container.policy.register({'community.invite': RULES['community.invite']})
