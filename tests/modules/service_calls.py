"""How each public coroutine of the services is asked for by somebody (``me``) in the world of ``service_world``."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from tests.modules.service_world import FILE, Stage
from yunshequ.assistant.tool_schemas import BulkChange, Replay
from yunshequ.chains.schemas import ChainDraft
from yunshequ.community.acting import Purpose
from yunshequ.community.household_schemas import Part
from yunshequ.community.schemas import PlaceKind, Relation
from yunshequ.core.policy import Actor, Role
from yunshequ.deliberation.schemas import Outcome as Made
from yunshequ.deliberation.schemas import Stance
from yunshequ.emergency.schemas import IncidentDraft, Level
from yunshequ.privacy.schemas import Exportable
from yunshequ.rooms.order_schemas import Outcome, Reason
from yunshequ.rooms.schemas import MessageKind, PostDraft, RoomKind, RoomMode
from yunshequ.rooms.words import Match, WordAction

Call = Callable[[Stage, Actor], Awaitable[Any]]

ENTRIES = '问题,答案\n社区图书室几点开门？,九点。\n'.encode()
TO_THE_DEPARTMENT = BulkChange(department='民政科')
"""Would put an entry into the hands of 网格员, who keeps that department and nothing else."""
PARTS = (Part(room_no='704', area=4000), Part(room_no='704A', area=5000))


async def _import(w: Stage, me: Actor) -> Any:
    """Import what a colleague was shown: the digest is no secret."""
    digest = (await w.c.community.check_roll(w.who('worker'), w['community'], FILE)).digest
    return await w.c.community.import_roll(me, w['community'], FILE, digest)


async def _merge(w: Stage, me: Actor) -> Any:
    keep, others = w['households']['alice'], [w['empty_flat']]
    digest = (await w.c.households.preview_merge(w.who('worker'), keep, others)).digest
    return await w.c.households.merge(me, keep, others, on=w.day(0), digest=digest)


async def _split(w: Stage, me: Actor) -> Any:
    digest = (await w.c.households.preview_split(w.who('worker'), w['empty_flat'], PARTS)).digest
    return await w.c.households.split(me, w['empty_flat'], PARTS, on=w.day(0), digest=digest)


async def _undoing(w: Stage, me: Actor) -> Any:
    return await w.c.rooms.acts.undoing(me, await w.c.rooms.acts.required(w.who('worker'), w['muted']), '看错了')


async def _take_entries(w: Stage, me: Actor) -> Any:
    digest = (await w.c.assistant.exchange.check(w.who('worker'), w['community'], ENTRIES)).digest
    return await w.c.assistant.exchange.take(me, w['community'], ENTRIES, digest)


async def _bulk(w: Stage, me: Actor) -> Any:
    digest = (await w.c.assistant.bulk.preview(w.who('worker'), [w['ours'].id], TO_THE_DEPARTMENT)).digest
    return await w.c.assistant.bulk.apply(me, [w['ours'].id], TO_THE_DEPARTMENT, digest)


COMMUNITY: dict[str, Call] = {
    'community.add_household': lambda w, me: w.c.community.add_household(me, w['building'], '909', area_cm2=8000),
    'community.add_households': lambda w, me: w.c.community.add_households(me, w['building'], [('910', 8000), ('911', 0)]),
    'community.add_place': lambda w, me: w.c.community.add_place(me, PlaceKind.GRID, '第九网格', w['community']),
    'community.check_roll': lambda w, me: w.c.community.check_roll(me, w['community'], FILE),
    'community.claims': lambda w, me: w.c.community.claims(me, w['community']),
    'community.confirm_claim': lambda w, me: w.c.community.confirm_claim(me, w['claim']),
    'community.create_join_code': lambda w, me: w.c.community.create_join_code(me, w['building'], room_id=w['hall']),
    'community.end_residence': lambda w, me: w.c.community.end_residence(me, w['households']['alice'], w.id('alice')),
    'community.export_roll': lambda w, me: w.c.community.export_roll(me, w['community'], 'csv', '走访'),
    'community.grant_role': lambda w, me: w.c.community.grant_role(me, w.id('guest'), w['building'], Role.BUILDING_LEAD),
    'community.grantable': lambda w, me: w.c.community.grantable(me, w['community']),
    'community.import_roll': _import,
    'community.join': lambda w, me: w.c.community.join(me, w['code_token']),
    'community.join_codes': lambda w, me: w.c.community.join_codes(me, w['building']),
    'community.names_at': lambda w, me: w.c.community.names_at(me, w['community'], 50),
    'community.office_holders': lambda w, me: w.c.community.office_holders(me, w['community']),
    'community.prepare_join': lambda w, me: w.c.community.prepare_join(me, w['code_token']),
    'community.profile': lambda w, me: w.c.community.profile(me),
    'community.rename_place': lambda w, me: w.c.community.rename_place(me, w['building'], '三栋'),
    'community.renew_join_code': lambda w, me: w.c.community.renew_join_code(me, w['code'], days=30),
    'community.reveal': lambda w, me: w.c.community.reveal(me, w['community'], w.id('alice'), '电话回访'),
    'community.revoke_join_code': lambda w, me: w.c.community.revoke_join_code(me, w['code']),
    'community.revoke_role': lambda w, me: w.c.community.revoke_role(me, w['grant']),
    'community.roll_page': lambda w, me: w.c.community.roll_page(me, w['community']),
    'community.set_party_member': lambda w, me: w.c.community.set_party_member(me, w.id('alice'), w['community'], party_member=True),
    'community.set_profile': lambda w, me: w.c.community.set_profile(me, nickname='换个名字'),
    'community.settle': lambda w, me: w.c.community.settle(me, w['empty_flat'], w.id('guest'), Relation.TENANT),
    'community.claimed_flats': lambda w, me: w.c.community.claimed_flats(me, w['community']),
    'community.fit_nickname': lambda w, me: w.c.community.fit_nickname(me, '3栋-张阿姨'),
    'community.looked_at': lambda w, me: w.c.community.looked_at(me, [w.id('alice')], w['community'], 'names'),
    'community.proposed_nickname': lambda w, me: w.c.community.proposed_nickname(me, w['building']),
    'community.access.seen': lambda w, me: w.c.privacy.access.seen(me, [w.id('alice')], w['community'], 'names'),
    'community.access.of': lambda w, me: w.c.privacy.access.of(me),
    'handovers.at': lambda w, me: w.c.handovers.at(me, w['building']),
    'handovers.cancel': lambda w, me: w.c.handovers.cancel(me, w['planned']),
    'handovers.mine': lambda w, me: w.c.handovers.mine(me),
    'handovers.open_work': lambda w, me: w.c.handovers.open_work(me, w['grant']),
    'handovers.plan': lambda w, me: w.c.handovers.plan(me, w['grant'], w.id('bob')),
    'handovers.undo': lambda w, me: w.c.handovers.undo(me, w['handed']),
    'identity.decide': lambda w, me: w.c.identity.decide(me, w['check'], confirmed=True),
    'identity.match': lambda w, me: w.c.identity.match(me, '张兰'),
    'identity.mine': lambda w, me: w.c.identity.mine(me),
    'identity.of_member': lambda w, me: w.c.identity.of_member(me, w['community'], w.id('bob')),
    'identity.propose': lambda w, me: w.c.identity.propose(me, w['community'], w['check_draft']),
    'identity.waiting': lambda w, me: w.c.identity.waiting(me, w['community']),
    'identity.withdraw': lambda w, me: w.c.identity.withdraw(me, w['check']),
    'acting.confirm_paper': lambda w, me: w.c.acting.confirm_paper(me, w['paper']),
    'acting.family': lambda w, me: w.c.acting.family(me),
    'acting.give': lambda w, me: w.c.acting.give(me, [Purpose.VOTE], w.day(), phone='13800000001'),
    'acting.may_act_for': lambda w, me: w.c.acting.may_act_for(me, w.id('alice'), Purpose.VOTE),
    'acting.mine': lambda w, me: w.c.acting.mine(me),
    'acting.propose_paper': lambda w, me: w.c.acting.propose_paper(
        me, w['community'], w.id('alice'), w.id('bob'), [Purpose.VOTE], w.day()),
    'acting.waiting': lambda w, me: w.c.acting.waiting(me, w['community']),
    'acting.withdraw': lambda w, me: w.c.acting.withdraw(me, w['consent']),
    'households.changes': lambda w, me: w.c.households.changes(me, w['community']),
    'households.living_in': lambda w, me: w.c.households.living_in(me, w['households']['alice']),
    'households.merge': _merge,
    'households.move_in': lambda w, me: w.c.households.move_in(me, w['empty_flat'], w.id('carol'), Relation.TENANT, on=w.day(0)),
    'households.move_out': lambda w, me: w.c.households.move_out(me, w['households']['alice'], w.id('alice'), on=w.day(0)),
    'households.preview_merge': lambda w, me: w.c.households.preview_merge(me, w['households']['alice'], [w['empty_flat']]),
    'households.preview_split': lambda w, me: w.c.households.preview_split(me, w['empty_flat'], PARTS),
    'households.split': _split,
    'households.undo': lambda w, me: w.c.households.undo(me, w['change']),
}

ACCOUNTS: dict[str, Call] = {
    'accounts.has_password': lambda w, me: w.c.accounts.has_password(me),
    'accounts.old_password_needed': lambda w, me: w.c.accounts.old_password_needed(me),
    'accounts.require_open': lambda w, me: w.c.accounts.require_open(me),
    'accounts.revoke': lambda w, me: w.c.accounts.revoke(me, w['session']),
    'accounts.revoke_others': lambda w, me: w.c.accounts.revoke_others(me),
    'accounts.sessions': lambda w, me: w.c.accounts.sessions(me),
    'accounts.set_password': lambda w, me: w.c.accounts.set_password(me, 'Tianhe-2026-yuan'),
    'lost_phones.ask': lambda w, me: w.c.lost_phones.ask(me, w['community'], w.id('bob'), '13900000009', w['sms'](), '看过身份证，手机丢了'),
    'lost_phones.confirm': lambda w, me: w.c.lost_phones.confirm(me, w['phone_change']),
    'lost_phones.mine': lambda w, me: w.c.lost_phones.mine(me),
    'lost_phones.object': lambda w, me: w.c.lost_phones.object(me, w['phone_change']),
    'lost_phones.refuse': lambda w, me: w.c.lost_phones.refuse(me, w['phone_change']),
    'lost_phones.waiting': lambda w, me: w.c.lost_phones.waiting(me, w['community']),
}

ROOMS: dict[str, Call] = {
    'rooms.acknowledge': lambda w, me: w.c.rooms.acknowledge(me, w['hall'], w['notice']),
    'rooms.around': lambda w, me: w.c.rooms.around(me, w['hall'], w['by_bob']),
    'rooms.before': lambda w, me: w.c.rooms.before(me, w['hall'], w['notice']),
    'rooms.create_room': lambda w, me: w.c.rooms.create_room(me, w['building'], RoomKind.TOPIC, '种菜群'),
    'rooms.gallery': lambda w, me: w.c.rooms.gallery(me, w['hall']),
    'rooms.join': lambda w, me: w.c.rooms.join(me, w['hall']),
    'rooms.join_by_code': lambda w, me: w.c.rooms.join_by_code(me, w['code_token']),
    'rooms.leave': lambda w, me: w.c.rooms.leave(me, w['hall']),
    'rooms.mark_read': lambda w, me: w.c.rooms.mark_read(me, w['hall'], w['notice']),
    'rooms.may_call_everybody': lambda w, me: w.c.rooms.may_call_everybody(me, w['hall']),
    'rooms.member_card': lambda w, me: w.c.rooms.member_card(me, w['hall'], w.id('alice')),
    'rooms.members': lambda w, me: w.c.rooms.members(me, w['hall']),
    'rooms.my_name': lambda w, me: w.c.rooms.my_name(me, w['hall']),
    'rooms.open_room': lambda w, me: w.c.rooms.open_room(me, w['hall']),
    'rooms.pin_notice': lambda w, me: w.c.rooms.pin_notice(me, w['hall'], w['by_bob']),
    'rooms.post': lambda w, me: w.c.rooms.post(me, _draft(w, w['hall'], '大家晚上好')),
    'rooms.post as a notice': lambda w, me: w.c.rooms.post(me, _draft(w, w['hall'], '明天停电', kind=MessageKind.NOTICE)),
    'rooms.public_log': lambda w, me: w.c.rooms.public_log(me, w['lobby']),
    'rooms.recall': lambda w, me: w.c.rooms.recall(me, w['hall'], w['by_alice']),
    'rooms.report': lambda w, me: w.c.rooms.report(me, w['hall'], w['by_alice'], Reason.ABUSE),
    'rooms.require_inside': lambda w, me: w.c.rooms.require_inside(me, w['hall']),
    'rooms.require_shown': lambda w, me: w.c.rooms.require_shown(me, w['image']),
    'rooms.require_writable': lambda w, me: w.c.rooms.require_writable(me, w['hall']),
    'rooms.rooms_at': lambda w, me: w.c.rooms.rooms_at(me, w['community']),
    'rooms.rooms_of': lambda w, me: w.c.rooms.rooms_of(me),
    'rooms.rules_seen': lambda w, me: w.c.rooms.rules_seen(me, w['hall']),
    'rooms.say': lambda w, me: w.c.rooms.say(me, w['hall'], '这里是居委会', client_id=w.key()),
    'rooms.search': lambda w, me: w.c.rooms.search(me, w['hall'], '电话'),
    'rooms.set_name': lambda w, me: w.c.rooms.set_name(me, w['hall'], '3栋-张阿姨'),
    'rooms.set_prefs': lambda w, me: w.c.rooms.set_prefs(me, w['hall'], muted=True),
    'rooms.since': lambda w, me: _first(w.c.rooms.since(me, w['hall'], 0)),
    'rooms.standing': lambda w, me: w.c.rooms.standing(me, w['hall']),
    'rooms.words.add_term': lambda w, me: w.c.rooms.words.add_term(me, w['community'], '低价机票', '广告'),
    'rooms.words.allow': lambda w, me: w.c.rooms.words.allow(me, w['community'], '远离代办驾照的骗局'),
    'rooms.words.disallow': lambda w, me: w.c.rooms.words.disallow(me, w['words'].phrases[0].id),
    'rooms.words.marked': lambda w, me: w.c.rooms.words.marked(me, w['community']),
    'rooms.words.remove_term': lambda w, me: w.c.rooms.words.remove_term(me, w['term']),
    'rooms.words.set_action': lambda w, me: w.c.rooms.words.set_action(me, w['community'], '广告', WordAction.MARK),
    'rooms.words.try_out': lambda w, me: w.c.rooms.words.try_out(me, w['community'], '代办驾照'),
    'rooms.words.words_at': lambda w, me: w.c.rooms.words.words_at(me, w['community']),
    'rooms.order.looked_after': lambda w, me: w.c.rooms.order.looked_after(me, w['hall']),
    'rooms.order.newcomers': lambda w, me: w.c.rooms.order.newcomers(me, w['hall']),
    'rooms.order.places': lambda w, me: w.c.rooms.order.places(me, w['building']),
    'rooms.order.set_hush': lambda w, me: w.c.rooms.order.set_hush(me, w['hall'], 22 * 60, 7 * 60),
    'rooms.order.set_mode': lambda w, me: w.c.rooms.order.set_mode(me, w['hall'], RoomMode.STAFF),
    'rooms.order.set_quiet': lambda w, me: w.c.rooms.order.set_quiet(me, w['hall'], quiet=True),
    'rooms.order.set_slow': lambda w, me: w.c.rooms.order.set_slow(me, w['hall'], 30),
    'rooms.order.vouch': lambda w, me: w.c.rooms.order.vouch(me, w['hall'], w.id('bob')),
    'rooms.gate.is_newcomer': lambda w, me: w.c.rooms.gate.is_newcomer(me, w['hall_view']),
    'rooms.gate.require': lambda w, me: w.c.rooms.gate.require(me, w['hall_view'], _draft(w, w['hall'], '早上好'), '早上好'),
    'rooms.gate.require_heard': lambda w, me: w.c.rooms.gate.require_heard(me, w['hall_view']),
    'rooms.gate.require_open': lambda w, me: w.c.rooms.gate.require_open(me, w['hall_view']),
    'rooms.gate.standing': lambda w, me: w.c.rooms.gate.standing(me, w['hall_view']),
    'rooms.acts.deeds': lambda w, me: w.c.rooms.acts.deeds(
        me, w['hall_view'], w['by_bob'], w.id('bob'), Outcome.BOTH, Reason.ABUSE, '', 60),
    'rooms.acts.handle': lambda w, me: w.c.rooms.acts.handle(me, w['hall'], w['by_bob'], Outcome.BOTH, Reason.ABUSE, minutes=60),
    'rooms.acts.in_room': lambda w, me: w.c.rooms.acts.in_room(me, w['lobby']),
    'rooms.acts.mine': lambda w, me: w.c.rooms.acts.mine(me),
    'rooms.acts.mute': lambda w, me: w.c.rooms.acts.mute(me, w['hall'], w.id('bob'), 60, Reason.ABUSE),
    'rooms.acts.muting': lambda w, me: w.c.rooms.acts.muting(me, w['hall_view'], w.id('bob'), 60, Reason.ABUSE, ''),
    'rooms.acts.recall': lambda w, me: w.c.rooms.acts.recall(me, w['hall'], w['by_bob'], Reason.ABUSE),
    'rooms.acts.recalling': lambda w, me: w.c.rooms.acts.recalling(me, w['hall_view'], w['by_bob'], Reason.ABUSE, ''),
    'rooms.acts.require_other': lambda w, me: w.c.rooms.acts.require_other(me, w['hall_view'], w.id('bob')),
    'rooms.acts.required': lambda w, me: w.c.rooms.acts.required(me, w['muted']),
    'rooms.acts.undo': lambda w, me: w.c.rooms.acts.undo(me, w['muted'], '看错了'),
    'rooms.acts.undoing': _undoing,
    'rooms.reports.cases': lambda w, me: w.c.rooms.reports.cases(me, w['community']),
    'rooms.reports.claim': lambda w, me: w.c.rooms.reports.claim(me, w['report']),
    'rooms.reports.decide': lambda w, me: w.c.rooms.reports.decide(me, w['claimed'], Outcome.RECALL, Reason.SPAM),
    'rooms.reports.mine': lambda w, me: w.c.rooms.reports.mine(me),
    'rooms.reports.report': lambda w, me: w.c.rooms.reports.report(me, w['hall_view'], w['by_bob'], Reason.RUMOUR),
    'rooms.reports.unclaim': lambda w, me: w.c.rooms.reports.unclaim(me, w['claimed']),
    'rooms.appeals.appeal': lambda w, me: w.c.rooms.appeals.appeal(me, w['muted'], '我没有骂人'),
    'rooms.appeals.decide': lambda w, me: w.c.rooms.appeals.decide(me, w['mute_again'], upheld=True, answer='看过记录'),
    'rooms.appeals.waiting': lambda w, me: w.c.rooms.appeals.waiting(me, w['community']),
    'rooms.held.hold': lambda w, me: w.c.rooms.held.hold(
        me, w['hall_view'], _draft(w, w['hall'], '代办驾照'), Match('代办驾照', '广告', WordAction.HOLD, '代办驾照')),
    'rooms.held.mine': lambda w, me: w.c.rooms.held.mine(me, w['hall']),
    'rooms.held.refuse': lambda w, me: w.c.rooms.held.refuse(me, w['held'], Reason.SPAM),
    'rooms.held.release': lambda w, me: w.c.rooms.held.release(me, w['held']),
    'rooms.held.releasing': lambda w, me: w.c.rooms.held.releasing(me, w['held']),
    'rooms.held.waiting': lambda w, me: w.c.rooms.held.waiting(me, w['community']),
    'rooms.removals.decide': lambda w, me: w.c.rooms.removals.decide(me, w['removal'], confirmed=True),
    'rooms.removals.propose': lambda w, me: w.c.rooms.removals.propose(me, w['hall'], w.id('alice'), Reason.ABUSE),
    'rooms.removals.waiting': lambda w, me: w.c.rooms.removals.waiting(me, w['community']),
    'rooms.forwarding.forward': lambda w, me: w.c.rooms.forwarding.forward(me, w['hall'], w['by_bob'], w['lobby'], client_id=w.key()),
    'rooms.forwarding.targets': lambda w, me: w.c.rooms.forwarding.targets(me, w['hall']),
    'rooms.welcome.set_words': lambda w, me: w.c.rooms.welcome.set_words(me, w['hall'], welcome='您好', rules='不发广告'),
    'rooms.door.accept': lambda w, me: w.c.rooms.door.accept(me, w['entry']),
    'rooms.door.come_in': lambda w, me: w.c.rooms.door.come_in(me, w['code_token']),
    'rooms.door.mine': lambda w, me: w.c.rooms.door.mine(me),
    'rooms.door.refuse': lambda w, me: w.c.rooms.door.refuse(me, w['entry'], '房号不对'),
    'rooms.door.requests': lambda w, me: w.c.rooms.door.requests(me, w['lobby']),
    'rooms.door.set_entry': lambda w, me: w.c.rooms.door.set_entry(me, w['hall'], asks=True),
    'rooms.door.undo': lambda w, me: w.c.rooms.door.undo(me, w['entry_decided']),
    'rooms.door.waiting': lambda w, me: w.c.rooms.door.waiting(me, w['community']),
    'rooms.receipts.export': lambda w, me: w.c.rooms.receipts.export(me, w['hall'], w['notice']),
    'rooms.receipts.notices': lambda w, me: w.c.rooms.receipts.notices(me, w['hall']),
    'rooms.receipts.remind': lambda w, me: w.c.rooms.receipts.remind(me, w['hall'], w['notice']),
    'rooms.receipts.state': lambda w, me: w.c.rooms.receipts.state(me, w['hall'], w['notice']),
}

TOGETHER: dict[str, Call] = {
    'ballots.cancel': lambda w, me: w.c.ballots.cancel(me, w['ballot'], '写错了'),
    'ballots.card_state': lambda w, me: w.c.ballots.card_state(me, w['ballot']),
    'ballots.cast': lambda w, me: w.c.ballots.cast(me, w['ballot'], ((w['option'], 1),), client_id=w.key()),
    'ballots.cast for alice': lambda w, me: w.c.ballots.cast(
        me, w['ballot'], ((w['option'], 1),), client_id=w.key(), principal_id=w.id('alice')),
    'ballots.create': lambda w, me: w.c.ballots.create(me, w['ballot_draft']()),
    'ballots.export_csv': lambda w, me: w.c.ballots.export_csv(me, w['ballot']),
    'ballots.list_closing': lambda w, me: w.c.ballots.list_closing(me, timedelta(days=10)),
    'ballots.list_decided': lambda w, me: w.c.ballots.list_decided(me),
    'ballots.list_open': lambda w, me: w.c.ballots.list_open(me),
    'ballots.list_prepared': lambda w, me: w.c.ballots.list_prepared(me),
    'ballots.my_votes': lambda w, me: w.c.ballots.my_votes(me),
    'ballots.of_topic': lambda w, me: w.c.ballots.of_topic(me, w['topic']),
    'ballots.open': lambda w, me: w.c.ballots.open(me, w['prepared']),
    'ballots.state': lambda w, me: w.c.ballots.state(me, w['ballot']),
    'ballots.to_do': lambda w, me: w.c.ballots.to_do(me),
    'ballots.votes': lambda w, me: w.c.ballots.votes(me, w['ballot']),
    'deliberation.answer': lambda w, me: w.c.deliberation.answer(me, w['opinion'], Made.ADOPTED, '已写入'),
    'deliberation.compare': lambda w, me: w.c.deliberation.compare(me, w['topic'], 1, 2),
    'deliberation.create_topic': lambda w, me: w.c.deliberation.create_topic(me, w['new_topic']()),
    'deliberation.decide': lambda w, me: w.c.deliberation.decide(me, w['topic'], '照此执行'),
    'deliberation.decided': lambda w, me: w.c.deliberation.decided(me),
    'deliberation.draft_text': lambda w, me: w.c.deliberation.draft_text(me, w['topic'], 1),
    'deliberation.drop': lambda w, me: w.c.deliberation.drop(me, w['topic'], '不议了'),
    'deliberation.opinions': lambda w, me: w.c.deliberation.opinions(me, w['topic']),
    'deliberation.post_opinion': lambda w, me: w.c.deliberation.post_opinion(me, w['topic'], '同意这一稿', client_id=w.key()),
    'deliberation.publish_draft': lambda w, me: w.c.deliberation.publish_draft(me, w['topic'], '一、都不堆放。', after=2),
    'deliberation.report': lambda w, me: w.c.deliberation.report(me, w['topic'], '已经办了', client_id=w.key()),
    'deliberation.topic': lambda w, me: w.c.deliberation.topic(me, w['topic']),
    'deliberation.topics': lambda w, me: w.c.deliberation.topics(me),
    'deliberation.weigh': lambda w, me: w.c.deliberation.weigh(me, w['opinion'], Stance.DISAGREE),
    'chains.export_csv': lambda w, me: w.c.chains.export_csv(me, w['chain']),
    'chains.export_xlsx': lambda w, me: w.c.chains.export_xlsx(me, w['chain']),
    'chains.put': lambda w, me: w.c.chains.put(me, w['chain'], '两袋'),
    'chains.start': lambda w, me: w.c.chains.start(me, ChainDraft(room_id=w['hall'], client_id=w.key(), title='团购鸡蛋')),
    'chains.take': lambda w, me: w.c.chains.take(me, w['chain']),
    'chains.turn': lambda w, me: w.c.chains.turn(me, w['chain'], closed=True),
    'chains.view': lambda w, me: w.c.chains.view(me, w['chain']),
    'emergency.add_shift': lambda w, me: w.c.emergency.add_shift(me, w['call'], w['shift_draft']),
    'emergency.board': lambda w, me: w.c.emergency.board(me, w['community']),
    'emergency.call_off_shift': lambda w, me: w.c.emergency.call_off_shift(me, w['shift']),
    'emergency.cancel': lambda w, me: w.c.emergency.cancel(me, w['signup']),
    'emergency.card_state': lambda w, me: w.c.emergency.card_state(me, w['call']),
    'emergency.check_in': lambda w, me: w.c.emergency.check_in(me, w['shift'], w['venue']),
    'emergency.check_in_by_hand': lambda w, me: w.c.emergency.check_in_by_hand(me, w['signup']),
    'emergency.close_call': lambda w, me: w.c.emergency.close_call(me, w['call']),
    'emergency.close_incident': lambda w, me: w.c.emergency.close_incident(me, w['incident'], '雨停了'),
    'emergency.confirm_incident': lambda w, me: w.c.emergency.confirm_incident(me, w['incident']),
    'emergency.export_csv': lambda w, me: w.c.emergency.export_csv(me, w['call']),
    'emergency.incident': lambda w, me: w.c.emergency.incident(me, w['incident']),
    'emergency.my_signups': lambda w, me: w.c.emergency.my_signups(me),
    'emergency.nearby': lambda w, me: _shown(w.c.emergency.nearby(me), 'incidents'),
    'emergency.open_call': lambda w, me: w.c.emergency.open_call(me, w['call_draft']()),
    'emergency.open_incident': lambda w, me: w.c.emergency.open_incident(
        me, IncidentDraft(place_id=w['community'], title='停水', client_id=w.key())),
    'emergency.red_bar': lambda w, me: w.c.emergency.red_bar(me),
    'emergency.report': lambda w, me: w.c.emergency.report(me, w['incident'], '水退了'),
    'emergency.roster': lambda w, me: w.c.emergency.roster(me, w['shift']),
    'emergency.set_capacity': lambda w, me: w.c.emergency.set_capacity(me, w['shift'], 9),
    'emergency.set_level': lambda w, me: w.c.emergency.set_level(me, w['incident'], Level.ORANGE),
    'emergency.sign_up': lambda w, me: w.c.emergency.sign_up(me, w['shift'], w.key()),
    'emergency.sign_up_by_word': lambda w, me: _shown(w.c.emergency.sign_up_by_word(
        me, w['lobby'], '我报名', w['call']), 'signup'),
    'emergency.venue_code': lambda w, me: w.c.emergency.venue_code(me, w['shift']),
    'ballots.poster.post_card': lambda w, me: w.c.ballots.poster.post_card(me, w['hall'], 'ballot', w['ballot'], w.key(), '请投票'),
}

ASSISTANT: dict[str, Call] = {
    'assistant.feedback': lambda w, me: w.c.assistant.feedback(me, w['log'], helpful=True),
    'assistant.figures': lambda w, me: w.c.assistant.figures(me, w['community']),
    'assistant.forget_questions': lambda w, me: w.c.assistant.forget_questions(me),
    'assistant.handoff': lambda w, me: w.c.assistant.handoff(me, w['hall']),
    'assistant.home_of': lambda w, me: w.c.assistant.home_of(me),
    'assistant.log_of': lambda w, me: w.c.assistant.log_of(me, w['hall'], w['notice']),
    'assistant.open_chat': lambda w, me: w.c.assistant.open_chat(me),
    'assistant.pick': lambda w, me: w.c.assistant.pick(me, w['log'], w['kb']),
    'assistant.unanswered': lambda w, me: w.c.assistant.unanswered(me, w['community']),
    'assistant.knowledge.add_similar': lambda w, me: w.c.assistant.knowledge.add_similar(me, w['kb'], '暂住证在哪办'),
    'assistant.knowledge.alike': lambda w, me: w.c.assistant.knowledge.alike(me, w['community'], '居住证怎么办'),
    'assistant.knowledge.categories': lambda w, me: w.c.assistant.knowledge.categories(me, w['community']),
    'assistant.knowledge.create': lambda w, me: w.c.assistant.knowledge.create(me, w['entry_draft'].model_copy(
        update={'question': '医保卡丢了怎么办？'})),
    'assistant.knowledge.edit': lambda w, me: w.c.assistant.knowledge.edit(me, w['kb'], w['kb_version'], w['entry_draft'].model_copy(
        update={'answer': '带身份证去。'})),
    'assistant.knowledge.get': lambda w, me: w.c.assistant.knowledge.get(me, w['kb_draft']),
    'assistant.knowledge.page': lambda w, me: w.c.assistant.knowledge.page(me, w['community']),
    'assistant.knowledge.publish': lambda w, me: w.c.assistant.knowledge.publish(me, w['kb_draft'], w['kb_draft_version']),
    'assistant.knowledge.retire': lambda w, me: w.c.assistant.knowledge.retire(me, w['kb'], w['kb_version']),
    'assistant.desk.case_of': lambda w, me: w.c.assistant.desk.case_of(me, w['chat']),
    'assistant.desk.cases': lambda w, me: w.c.assistant.desk.cases(me, w['community']),
    'assistant.desk.close': lambda w, me: w.c.assistant.desk.close(me, w['owned']),
    'assistant.desk.open': lambda w, me: w.c.assistant.desk.open(me, w['chat'], '低保怎么申请'),
    'assistant.desk.release': lambda w, me: w.c.assistant.desk.release(me, w['owned']),
    'assistant.desk.take': lambda w, me: w.c.assistant.desk.take(me, w['case']),
    'privacy.my_data.ask': lambda w, me: w.c.privacy.my_data.ask(me),
    'privacy.my_data.fetch': lambda w, me: w.c.privacy.my_data.fetch(me, w['copy']),
    'privacy.my_data.held': lambda w, me: w.c.privacy.my_data.held(me),
    'privacy.my_data.latest': lambda w, me: w.c.privacy.my_data.latest(me),
    'privacy.leaving.ask': lambda w, me: w.c.privacy.leaving.ask(me),
    'privacy.leaving.take_back': lambda w, me: w.c.privacy.leaving.take_back(me),
    'privacy.leaving.waiting': lambda w, me: w.c.privacy.leaving.waiting(me),
    'privacy.consents.note_notice': lambda w, me: w.c.privacy.consents.note_notice(me),
    'privacy.consents.notice_is_new': lambda w, me: w.c.privacy.consents.notice_is_new(me),
    'privacy.consents.of': lambda w, me: w.c.privacy.consents.of(me),
    'privacy.consents.set': lambda w, me: w.c.privacy.consents.set(me, 'volunteer_match', on=True),
    'privacy.exports.approvers': lambda w, me: w.c.privacy.exports.approvers(me, w['community']),
    'privacy.exports.ask': lambda w, me: w.c.privacy.exports.ask(me, Exportable.ROLL, w['community'], 'csv', '走访用的纸质名册一份'),
    'privacy.exports.decide': lambda w, me: w.c.privacy.exports.decide(me, w['request'], approve=True),
    'privacy.exports.mine': lambda w, me: w.c.privacy.exports.mine(me, w['community']),
    'privacy.exports.ready': lambda w, me: w.c.privacy.exports.ready(me),
    'privacy.exports.take': lambda w, me: w.c.privacy.exports.take(me, w['approved']),
    'privacy.exports.waiting': lambda w, me: w.c.privacy.exports.waiting(me),
    'privacy.retention.due': lambda w, me: w.c.privacy.retention.due(me, w['community']),
}

OFFICE: dict[str, Call] = {
    'assistant.bulk.apply': _bulk,
    'assistant.bulk.last': lambda w, me: w.c.assistant.bulk.last(me),
    'assistant.bulk.preview': lambda w, me: _shown(w.c.assistant.bulk.preview(me, [w['ours'].id], TO_THE_DEPARTMENT), 'touched'),
    'assistant.bulk.preview who sees it': lambda w, me: _shown(
        w.c.assistant.bulk.preview(me, [w['ours'].id], TO_THE_DEPARTMENT), 'lines'),
    'assistant.bulk.undo': lambda w, me: w.c.assistant.bulk.undo(me, w['bulk']),
    'assistant.desk.pass_on': lambda w, me: w.c.assistant.desk.pass_on(me, w['case'], w['department']),
    'assistant.duplicates.look': lambda w, me: w.c.assistant.duplicates.look(me, w['community'], '居住证怎么办理'),
    'assistant.exchange.check': lambda w, me: w.c.assistant.exchange.check(me, w['community'], ENTRIES),
    'assistant.exchange.export': lambda w, me: w.c.assistant.exchange.export(me, w['community'], 'csv'),
    'assistant.exchange.take': _take_entries,
    'assistant.guide': lambda w, me: w.c.assistant.guide(me, w['kb']),
    'assistant.keeping.compare': lambda w, me: w.c.assistant.keeping.compare(me, w['revised'].id, 1, 2),
    'assistant.keeping.confirm': lambda w, me: w.c.assistant.keeping.confirm(me, w['kb'], w['kb_version']),
    'assistant.keeping.confirm of a department': lambda w, me: w.c.assistant.keeping.confirm(me, w['kept'].id, w['kept'].version),
    'assistant.keeping.due': lambda w, me: w.c.assistant.keeping.due(me),
    'assistant.keeping.history': lambda w, me: w.c.assistant.keeping.history(me, w['revised'].id),
    'assistant.keeping.reviews': lambda w, me: w.c.assistant.keeping.reviews(me),
    'assistant.keeping.sent_back': lambda w, me: w.c.assistant.keeping.sent_back(me),
    'assistant.keeping.unconfirm': lambda w, me: w.c.assistant.keeping.unconfirm(me, w['confirmed'].id, w['confirmed'].version),
    'assistant.knowledge.departments.all': lambda w, me: w.c.assistant.knowledge.departments.all(me, w['community']),
    'assistant.knowledge.departments.close': lambda w, me: w.c.assistant.knowledge.departments.close(me, w['emptied']),
    'assistant.knowledge.departments.create': lambda w, me: w.c.assistant.knowledge.departments.create(me, w['community'], '残联'),
    'assistant.knowledge.departments.drop_keeper': lambda w, me: w.c.assistant.knowledge.departments.drop_keeper(
        me, w['department'], w.id('grid')),
    'assistant.knowledge.departments.name_keeper': lambda w, me: w.c.assistant.knowledge.departments.name_keeper(
        me, w['department'], w.id('worker')),
    'assistant.knowledge.departments.rename': lambda w, me: w.c.assistant.knowledge.departments.rename(me, w['department'], '民政', ''),
    'assistant.knowledge.departments.reopen': lambda w, me: w.c.assistant.knowledge.departments.reopen(me, w['emptied']),
    'assistant.knowledge.departments.set_answers': lambda w, me: w.c.assistant.knowledge.departments.set_answers(
        me, w['department'], answers=False),
    'assistant.knowledge.discard': lambda w, me: w.c.assistant.knowledge.discard(me, w['pending'].id, w['pending'].version),
    'assistant.knowledge.gate.sign': lambda w, me: w.c.assistant.replays.sign(me, Replay(
        asked=1, changes=(), by_meaning=True, digest='0' * 32, place_ids=(w['community'],)), '旧政策已经废止'),
    'assistant.knowledge.gate.sign for no place': lambda w, me: w.c.assistant.replays.sign(me, Replay(
        asked=1, changes=(), by_meaning=True, digest='0' * 32, place_ids=()), '旧政策已经废止'),
    'assistant.knowledge.gate.try_out': lambda w, me: w.c.assistant.replays.try_out(me, w['entry_draft']),
    'assistant.knowledge.may_keep': lambda w, me: w.c.assistant.knowledge.may_keep(me, w['entry_draft'], publish=True),
    'assistant.knowledge.may_keep of a department': lambda w, me: w.c.assistant.knowledge.may_keep(me, w['kept'], publish=True),
    'assistant.knowledge.restore': lambda w, me: w.c.assistant.knowledge.restore(me, w['revised'].id, w['revised'].version, 1),
    'assistant.knowledge.rights.may': lambda w, me: w.c.assistant.knowledge.rights.may(me, w['community'], ''),
    'assistant.knowledge.rights.others': lambda w, me: w.c.assistant.knowledge.rights.others(me, w['community'], ''),
    'assistant.knowledge.rights.require': lambda w, me: _held(w.c.assistant.knowledge.rights.require(me, w['community'], '')),
    'assistant.keeping.linking.gone': lambda w, me: w.c.assistant.keeping.linking.gone(me, w['kept']),
    'assistant.knowledge.rights.require_second': lambda w, me: w.c.assistant.knowledge.rights.require_second(
        me, me.member_id, w['community'], ''),
    'assistant.knowledge.rights.require_sight': lambda w, me: _held(w.c.assistant.knowledge.rights.require_sight(me, w['kept'])),
    'assistant.knowledge.rights.standing': lambda w, me: _shown(w.c.assistant.knowledge.rights.standing(me, w['kept']), 'others'),
    'assistant.knowledge.scope': lambda w, me: w.c.assistant.knowledge.scope(me, w['community'], '居住证怎么办理？'),
    'assistant.knowledge.send_back': lambda w, me: w.c.assistant.knowledge.send_back(
        me, w['reviewed'].id, w['reviewed'].version, '请写明地址'),
    'assistant.knowledge.standing': lambda w, me: _shown(w.c.assistant.knowledge.standing(me, w['entry_draft']), 'others'),
    'assistant.knowledge.submit': lambda w, me: w.c.assistant.knowledge.submit(me, w['kb_draft'], w['kb_draft_version']),
    'assistant.knowledge.unretire': lambda w, me: w.c.assistant.knowledge.unretire(me, w['retired'].id, w['retired'].version),
    'assistant.rating.card': lambda w, me: w.c.assistant.rating.card(me, w['settled']),
    'assistant.rating.rate': lambda w, me: w.c.assistant.rating.rate(me, w['settled'], 5),
    'assistant.rating.reopen': lambda w, me: w.c.assistant.rating.reopen(me, w['settled']),
    'assistant.roster.first_asked': lambda w, me: w.c.assistant.roster.first_asked(me, w['community'], None),
    'assistant.roster.put': lambda w, me: w.c.assistant.roster.put(me, w['community'], w.day(1), w.id('worker')),
    'assistant.roster.staff': lambda w, me: w.c.assistant.roster.staff(me, w['community']),
    'assistant.roster.take': lambda w, me: w.c.assistant.roster.take(me, w['community'], w.day(0), w.id('worker')),
    'assistant.roster.turns': lambda w, me: w.c.assistant.roster.turns(me, w['community']),
}

PRIVATE: dict[str, Call] = {
    'rooms.acknowledge': lambda w, me: w.c.rooms.acknowledge(me, w['chat'], w['in_chat']),
    'rooms.around': lambda w, me: w.c.rooms.around(me, w['chat'], w['in_chat']),
    'rooms.before': lambda w, me: w.c.rooms.before(me, w['chat'], w['in_chat'] + 1),
    'rooms.gallery': lambda w, me: w.c.rooms.gallery(me, w['chat']),
    'rooms.join': lambda w, me: w.c.rooms.join(me, w['chat']),
    'rooms.leave': lambda w, me: w.c.rooms.leave(me, w['chat']),
    'rooms.mark_read': lambda w, me: w.c.rooms.mark_read(me, w['chat'], w['in_chat']),
    'rooms.may_call_everybody': lambda w, me: w.c.rooms.may_call_everybody(me, w['chat']),
    'rooms.member_card': lambda w, me: w.c.rooms.member_card(me, w['chat'], w.id('alice')),
    'rooms.members': lambda w, me: w.c.rooms.members(me, w['chat']),
    'rooms.my_name': lambda w, me: w.c.rooms.my_name(me, w['chat']),
    'rooms.open_room': lambda w, me: w.c.rooms.open_room(me, w['chat']),
    'rooms.pin_notice': lambda w, me: w.c.rooms.pin_notice(me, w['chat'], w['in_chat']),
    'rooms.post': lambda w, me: w.c.rooms.post(me, _draft(w, w['chat'], '在吗')),
    'rooms.post as a notice': lambda w, me: w.c.rooms.post(me, _draft(w, w['chat'], '明天停电', kind=MessageKind.NOTICE)),
    'rooms.public_log': lambda w, me: w.c.rooms.public_log(me, w['chat']),
    'rooms.recall': lambda w, me: w.c.rooms.recall(me, w['chat'], w['in_chat']),
    'rooms.report': lambda w, me: w.c.rooms.report(me, w['chat'], w['in_chat'], Reason.ABUSE),
    'rooms.require_inside': lambda w, me: w.c.rooms.require_inside(me, w['chat']),
    'rooms.require_shown': lambda w, me: w.c.rooms.require_shown(me, w['chat_image']),
    'rooms.require_writable': lambda w, me: w.c.rooms.require_writable(me, w['chat']),
    'rooms.rules_seen': lambda w, me: w.c.rooms.rules_seen(me, w['chat']),
    'rooms.search': lambda w, me: w.c.rooms.search(me, w['chat'], '低保'),
    'rooms.set_name': lambda w, me: w.c.rooms.set_name(me, w['chat'], '3栋-张阿姨'),
    'rooms.set_prefs': lambda w, me: w.c.rooms.set_prefs(me, w['chat'], muted=True),
    'rooms.since': lambda w, me: _first(w.c.rooms.since(me, w['chat'], 0)),
    'rooms.standing': lambda w, me: w.c.rooms.standing(me, w['chat']),
    'rooms.order.looked_after': lambda w, me: w.c.rooms.order.looked_after(me, w['chat']),
    'rooms.order.newcomers': lambda w, me: w.c.rooms.order.newcomers(me, w['chat']),
    'rooms.order.set_hush': lambda w, me: w.c.rooms.order.set_hush(me, w['chat'], 22 * 60, 7 * 60),
    'rooms.order.set_mode': lambda w, me: w.c.rooms.order.set_mode(me, w['chat'], RoomMode.READ_ONLY),
    'rooms.order.set_quiet': lambda w, me: w.c.rooms.order.set_quiet(me, w['chat'], quiet=True),
    'rooms.order.set_slow': lambda w, me: w.c.rooms.order.set_slow(me, w['chat'], 30),
    'rooms.order.vouch': lambda w, me: w.c.rooms.order.vouch(me, w['chat'], w.id('alice')),
    'rooms.acts.handle': lambda w, me: w.c.rooms.acts.handle(me, w['chat'], w['in_chat'], Outcome.BOTH, Reason.ABUSE, minutes=60),
    'rooms.acts.in_room': lambda w, me: w.c.rooms.acts.in_room(me, w['chat']),
    'rooms.acts.mute': lambda w, me: w.c.rooms.acts.mute(me, w['chat'], w.id('alice'), 60, Reason.ABUSE),
    'rooms.acts.recall': lambda w, me: w.c.rooms.acts.recall(me, w['chat'], w['in_chat'], Reason.ABUSE),
    'rooms.removals.propose': lambda w, me: w.c.rooms.removals.propose(me, w['chat'], w.id('alice'), Reason.ABUSE),
    'rooms.forwarding.forward': lambda w, me: w.c.rooms.forwarding.forward(me, w['chat'], w['in_chat'], w['hall'], client_id=w.key()),
    'rooms.forwarding.targets': lambda w, me: w.c.rooms.forwarding.targets(me, w['chat']),
    'rooms.welcome.set_words': lambda w, me: w.c.rooms.welcome.set_words(me, w['chat'], welcome='您好', rules=''),
    'rooms.held.mine': lambda w, me: w.c.rooms.held.mine(me, w['chat']),
    'rooms.door.requests': lambda w, me: w.c.rooms.door.requests(me, w['chat']),
    'rooms.door.set_entry': lambda w, me: w.c.rooms.door.set_entry(me, w['chat'], asks=False),
    'rooms.receipts.export': lambda w, me: w.c.rooms.receipts.export(me, w['chat'], w['in_chat']),
    'rooms.receipts.notices': lambda w, me: w.c.rooms.receipts.notices(me, w['chat']),
    'rooms.receipts.remind': lambda w, me: w.c.rooms.receipts.remind(me, w['chat'], w['in_chat']),
    'rooms.receipts.state': lambda w, me: w.c.rooms.receipts.state(me, w['chat'], w['in_chat']),
    'chains.start': lambda w, me: w.c.chains.start(me, ChainDraft(room_id=w['chat'], client_id=w.key(), title='团购鸡蛋')),
    'assistant.desk.case_of': lambda w, me: w.c.assistant.desk.case_of(me, w['chat']),
    'assistant.desk.open': lambda w, me: w.c.assistant.desk.open(me, w['chat'], '低保怎么申请'),
    'assistant.handoff': lambda w, me: w.c.assistant.handoff(me, w['chat']),
    'assistant.log_of': lambda w, me: w.c.assistant.log_of(me, w['chat'], w['in_chat']),
    'community.create_join_code': lambda w, me: w.c.community.create_join_code(me, w['community'], room_id=w['chat']),
    'ballots.poster.post_card': lambda w, me: w.c.ballots.poster.post_card(me, w['chat'], 'ballot', w['ballot'], w.key(), '请投票'),
}
"""The same, asked about alice's own chat with 小栖: each coroutine that takes a room or what stands in one."""

CALLS = COMMUNITY | ACCOUNTS | ROOMS | TOGETHER | ASSISTANT | OFFICE


def _draft(w: Stage, room_id: int, body: str, **more: Any) -> PostDraft:
    return PostDraft(room_id=room_id, client_id=w.key(), body=f'{body}{w.tries}', **more)


async def _first(pair: Awaitable[tuple[Any, Any]]) -> Any:
    return (await pair)[0]


async def _shown(view: Awaitable[Any], part: str) -> Any:
    return getattr(await view, part)


async def _held(asked: Awaitable[None]) -> bool:
    """Something to show for a question that is answered by not being refused."""
    await asked
    return True
