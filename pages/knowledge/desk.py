"""/staff/knowledge/desk: residents who wait for a person; taking over, entering the chat, settling."""

from typing import Any

from nicegui import ui

from pages import guards
from pages.components.case_board import CaseBoard
from pages.knowledge.around import PATH, desk_page, enter, workplace
from pages.knowledge.news import DEPARTMENTS
from pages.live import Acts, Args, Fanout, number
from pages.model_note import Note
from pages.theme import Addresses
from yunshequ.assistant.schemas import CaseView
from yunshequ.bootstrap import Container
from yunshequ.community.schemas import PlaceKind
from yunshequ.core.clock import local
from yunshequ.core.i18n import _
from yunshequ.core.policy import Actor


def case_data(case: CaseView) -> dict[str, Any]:
    """Return a case as the board takes it."""
    return {
        'id': case.id, 'href': f'/rooms/{case.room_id}', 'asker': case.asker.name, 'question': case.question,
        'state': case.state.value,
        'worker': case.worker.name if case.worker else None, 'worker_id': case.worker.id if case.worker else None,
        'opened_at': case.opened_at.isoformat(), 'due_at': case.due_at.isoformat(), 'department_id': case.department_id, 'department': case.department,
        'talk': [one.model_dump() for one in case.talk], 'reopened': case.reopened,
    }


def register(c: Container, fanout: Fanout, assets: Addresses, note: Note) -> None:
    """Register the desk and what it asks."""
    acts = Acts(fanout)

    async def cases(actor: Actor) -> list[dict[str, Any]]:
        return [case_data(case) for case in await c.assistant.desk.cases(actor, await workplace(c, actor))]

    async def departments(actor: Actor) -> list[dict[str, Any]]:
        found = await c.assistant.knowledge.departments.all(actor, await workplace(c, actor))
        return [{'id': one.id, 'name': one.name} for one in found if one.answers and one.keepers and not one.closed]

    @acts.on('desk.list', ordered=False)
    async def listed(actor: Actor, _args: Args) -> dict[str, Any]:
        return {'cases': await cases(actor), 'departments': await departments(actor)}

    @acts.on('desk.take')
    async def take(actor: Actor, args: Args) -> dict[str, Any]:
        case = await c.assistant.desk.take(actor, number(args, 'case_id'))
        return {'href': f'/rooms/{case.room_id}'}

    @acts.on('desk.close')
    async def close(actor: Actor, args: Args) -> None:
        await c.assistant.desk.close(actor, number(args, 'case_id'))

    @acts.on('desk.pass')
    async def pass_on(actor: Actor, args: Args) -> None:
        department_id = number(args, 'department_id') if args.get('department_id') else None
        await c.assistant.desk.pass_on(actor, number(args, 'case_id'), department_id)

    @acts.on('desk.release')
    async def release(actor: Actor, args: Args) -> None:
        await c.assistant.desk.release(actor, number(args, 'case_id'))

    @ui.page(f'{PATH}/desk')
    @guards.in_office
    async def desk(actor: Actor) -> None:
        around = await enter(c, actor, assets)
        place_id = await workplace(c, actor)
        offices = [place_id, *(place.id for place in await c.community.below(place_id, PlaceKind.COMMUNITY))]
        topics = [*(f'desk:{one}' for one in dict.fromkeys(offices)), DEPARTMENTS]
        fanout.join(ui.context.client, *topics)
        with desk_page(note, actor, 'desk', _('转人工'), around):
            for year in c.assistant.holidays.missing(local(c.clock.now()).date()):
                with ui.element('div').classes('ys-card ys-kb-news').props('role=note'):
                    ui.label(_(
                        '{year} 年的放假和调休还没有填，到时小栖会把上班时间说错。请管理员照国务院办公厅的通知填好 data/rules/office/holidays.json。',
                        year=year))
            acts.bind(CaseBoard(
                me={'id': actor.member_id}, topics=topics, departments=await departments(actor), cases=await cases(actor)), actor)
