"""Who may change which entry, and who has to look at it first (四眼原则).

An entry is changed and published by the office of its place or from above, and by the keepers of its department. What
residents are told goes out with two people's eyes on it: whoever wrote the words last does not publish them. Where nobody
else could look, or the setting says so, one person may, and the page says it.
"""

from yunshequ.assistant.departments import Departments
from yunshequ.assistant.ports import People
from yunshequ.assistant.schemas import EntryDraft, EntryState, EntryView, Standing
from yunshequ.core.errors import NotFound, NotPermitted
from yunshequ.core.i18n import N_
from yunshequ.core.policy import COMMUNITY_STAFF, Actor, Policy

FOUR_EYES = 'assistant.four_eyes'
SHOWN = 3
"""Names of colleagues shown with a refusal."""


class Rights:
    """Asks the policy, the departments and the four-eyes rule."""

    def __init__(self, policy: Policy, people: People, departments: Departments, *, four_eyes: bool) -> None:
        self._policy = policy
        self._people = people
        self._departments = departments
        self._four_eyes = four_eyes

    async def may(self, actor: Actor, place_id: int, department: str, *, publish: bool = False) -> bool:
        """Tell whether somebody may change, or ``publish``, entries of a department at a place."""
        action = 'assistant.publish_knowledge' if publish else 'assistant.edit_knowledge'
        if await self._policy.may(actor, action, place_id):
            return True
        path = await self._people.path_of(place_id)
        return path is not None and await self._departments.keeps(actor.member_id, department, path)

    async def require(self, actor: Actor, place_id: int, department: str, *, publish: bool = False) -> None:
        """Return if somebody may change, or ``publish``, entries of a department at a place.

        :raises NotFound: there is no such place.
        :raises NotPermitted: they may not.
        """
        if await self.may(actor, place_id, department, publish=publish):
            return
        if await self._departments.kept_by(actor.member_id):
            raise NotPermitted(N_('部门知识员只能维护自己部门的条目，请选您的部门'), field='department', rule='assistant.keep_department')
        await self._policy.require(actor, 'assistant.publish_knowledge' if publish else 'assistant.edit_knowledge', place_id)

    async def require_sight(self, actor: Actor, entry: EntryView) -> None:
        """Return if somebody may see an entry: staff see what holds at their place, from above too; never another community's own.

        :raises NotFound: they may not, as if there were none.
        """
        if await self._policy.may(actor, 'assistant.read_knowledge', entry.place_id):
            return
        for grant in await self._people.grants_of(actor.member_id):
            if grant.path == '/':
                continue  # 小栖 itself
            place_id = int(grant.path.rstrip('/').rpartition('/')[2])
            if grant.path.startswith(entry.place_path) and await self._policy.may(actor, 'assistant.read_knowledge', place_id):
                return
        if await self._departments.keeps(actor.member_id, entry.department, entry.place_path):
            return
        raise NotFound(N_('没有找到这条知识，可能已被删除'))

    async def others(self, actor: Actor, place_id: int, department: str) -> list[int]:
        """Return who but the actor is called upon to publish there: the office at the very place, and the department's keepers."""
        path = await self._people.path_of(place_id) or '/'
        called = [*await self._departments.keepers_of(department, path), *await self._people.officers(place_id, COMMUNITY_STAFF, above=False)]
        return [one for one in dict.fromkeys(called) if one != actor.member_id]

    async def require_second(self, actor: Actor, author_id: int | None, place_id: int, department: str) -> None:
        """Return if the actor may let out words that ``author_id`` wrote last.

        :raises NotPermitted: they are the actor's own, and somebody else could look at them.
        """
        if not self._four_eyes or author_id != actor.member_id:
            return
        others = await self.others(actor, place_id, department)
        if others:
            names = '、'.join(await self._names(others[:SHOWN]))
            raise NotPermitted(
                N_('自己写的内容要由另一位维护人员看过才能发布。请点“送审”，{names} 会在工作台看到'), rule=FOUR_EYES, names=names)

    async def standing(self, actor: Actor, entry: EntryView | EntryDraft) -> Standing:
        """Return what the actor may do with an entry, or with a new one that they write.

        Names of colleagues are for those who work there or keep a department there.
        """
        wanted = entry.wanted() if isinstance(entry, EntryView) else entry
        may_edit = await self.may(actor, wanted.place_id, wanted.department)
        may_publish = await self.may(actor, wanted.place_id, wanted.department, publish=True)
        if isinstance(entry, EntryView) and may_edit:
            may_edit = await self.may(actor, entry.place_id, entry.department)
            may_publish = may_publish and await self.may(actor, entry.place_id, entry.department, publish=True)
        others = await self.others(actor, wanted.place_id, wanted.department)
        own = not isinstance(entry, EntryView) or (
            entry.author_id == actor.member_id and (entry.pending is not None or entry.state is not EntryState.PUBLISHED))
        return Standing(
            may_edit=may_edit, may_publish=may_publish, alone=not self._four_eyes or not others, own=own,
            others=tuple(await self._names(others[:SHOWN])) if await self._works_at(actor, wanted.place_id) else ())

    async def _works_at(self, actor: Actor, place_id: int) -> bool:
        if await self._policy.may(actor, 'assistant.read_knowledge', place_id):
            return True
        path = await self._people.path_of(place_id) or '/'
        return any(path.startswith(where) for _name, where in await self._departments.kept_by(actor.member_id))

    async def _names(self, member_ids: list[int]) -> list[str]:
        cards = await self._people.cards(member_ids)
        return [cards[one].name for one in member_ids if one in cards]
