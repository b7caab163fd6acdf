"""Every public coroutine of every service, called as each role, as a member of another community and as nobody.

The tables are written by hand and looked through line by line: a change of what somebody may do must be a change here too.
A coroutine without a line fails. Whoever is refused leaves nothing written, neither a row nor a file.
"""

import inspect
import re
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import World
from tests.conftest import world as small_world
from tests.modules.service_calls import CALLS, PRIVATE
from tests.modules.service_world import WHO, NoLimits, Rehearsal, Stage, build
from yunshequ.bootstrap import Container
from yunshequ.core.clock import MovableClock
from yunshequ.core.settings import Settings

ROOT = Path(__file__).parents[2]
SERVICES = (
    'community', 'identity', 'acting', 'households', 'handovers', 'accounts', 'lost_phones', 'rooms', 'ballots', 'deliberation', 'chains',
    'emergency', 'assistant', 'privacy')

# In the order of WHO: nobody outsider · guest carol alice bob · lead · grid worker secretary street district admin · bot ·
# and of the other community: stranger owner lead worker secretary, officer of another street.
# . done or shown, - allowed, but nothing was there for them; refused: F not_permitted, N not_found, I invalid, C conflict, S signed_out.
TABLE = {
    'community.add_household': 'FF FFFF F ...... F FFFFFF',
    'community.add_households': 'FF FFFF F ...... F FFFFFF',
    'community.add_place': 'FF FFFF F F..... F FFFFFF',
    'community.check_roll': 'FF FFFF F F..FFF F FFFFFF',
    'community.claims': 'FF FFFF F F..... F FFFFFF',
    'community.claimed_flats': 'FF FFFF F F..... F FFFFFF',
    'community.confirm_claim': 'FF FFFF F ...... F FFFFFF',
    'community.create_join_code': 'FF FFFF . ...... F FFFFFF',
    'community.end_residence': 'FF FFFF F ...... F FFFFFF',
    'community.export_roll': 'FF FFFF F F..FFF F FFFFFF',
    'community.grant_role': 'FF FFFF F ...... F FFFFFF',
    'community.grantable': '-- ---- - -..... - ------',
    'community.import_roll': 'FF FFFF F F..FFF F FFFFFF',
    'community.join': 'N. .... . ...... . ......',
    'community.join_codes': 'FF FFFF . ...... F FFFFFF',
    'community.names_at': 'FF FFFF F F..... F FFFFFF',
    'community.office_holders': 'FF FFFF F F..... F FFFFFF',
    'community.prepare_join': 'N. .... . ...... . ......',
    'community.profile': 'N. .... . ...... . ......',
    'community.proposed_nickname': 'N. .... . ...... . ......',
    'community.rename_place': 'FF FFFF F F..... F FFFFFF',
    'community.renew_join_code': 'FF FFFF . ...... F FFFFFF',
    'community.reveal': 'FF FFFF F F..... F FFFFFF',
    'community.revoke_join_code': 'FF FFFF . ...... F FFFFFF',
    'community.revoke_role': 'FF FFFF F ...... F FFFFFF',
    'community.roll_page': 'FF FFFF F F..... F FFFFFF',
    'community.set_party_member': 'FF FFFF F F..... F FFFFFF',
    'community.set_profile': 'N. .... . ...... . ......',
    'community.settle': 'FF FFFF F ...... F FFFFFF',
    'community.access.of': '-- .... - ------ - ------',
    'handovers.at': 'FF FFFF F ...... F FFFFFF',
    'handovers.cancel': 'FF FFFF F ...... F FFFFFF',
    'handovers.mine': '-- ---- - ------ - -..---',
    'handovers.open_work': 'FF FFFF F ------ F FFFFFF',
    'handovers.plan': 'FF FFFF F ...... F FFFFFF',
    'handovers.undo': 'FF FFFF F ...... F FFFFFF',
    'identity.decide': 'FF FFFF F FF.FFF F FFFFFF',
    'identity.match': 'II II.I I IIIIII I IIIIII',
    'identity.mine': 'N. .... . ...... . ......',
    'identity.of_member': 'FF FFFF F F..... F FFFFFF',
    'identity.propose': 'FF FFFF F F..FFF F FFFFFF',
    'identity.waiting': 'FF FFFF F F..FFF F FFFFFF',
    'identity.withdraw': 'CC CCCC C C.CCCC C CCCCCC',
    'acting.confirm_paper': 'FF FFFF F FF.FFF F FFFFFF',
    'acting.family': '-- ---- - ------ - ------',
    'acting.give': '.. ..I. . ...... . ......',
    'acting.may_act_for': '-- ---. - ------ - ------',
    'acting.mine': '.. .... . ...... . ......',
    'acting.propose_paper': 'FF FFFF F F..FFF F FFFFFF',
    'acting.waiting': 'FF FFFF F F..FFF F FFFFFF',
    'acting.withdraw': 'NN NN.. N NNNNNN N NNNNNN',
    'households.changes': 'FF FFFF F F..FFF F FFFFFF',
    'households.living_in': 'FF FFFF F F..FFF F FFFFFF',
    'households.merge': 'FF FFFF F F..FFF F FFFFFF',
    'households.move_in': 'FF FFFF F F..FFF F FFFFFF',
    'households.move_out': 'FF FFFF F F..FFF F FFFFFF',
    'households.preview_merge': 'FF FFFF F F..FFF F FFFFFF',
    'households.preview_split': 'FF FFFF F F..FFF F FFFFFF',
    'households.split': 'FF FFFF F F..FFF F FFFFFF',
    'households.undo': 'FF FFFF F F..FFF F FFFFFF',
    'accounts.has_password': '-- ---- - ------ - ------',
    'accounts.old_password_needed': '-- ---- - ------ - ------',
    'accounts.require_open': 'SS SSSS S SSSSSS S SSSSSS',
    'accounts.revoke': 'NN NN.N N NNNNNN N NNNNNN',
    'accounts.revoke_others': '-- --.- - ------ - ------',
    'accounts.sessions': '-- --.- - ------ - ------',
    'accounts.set_password': 'S. .... . ...... . ......',
    'lost_phones.ask': 'FF FFFF F F...FF F FFFFFF',
    'lost_phones.confirm': 'FF FFFF F FF..FF F FFFFFF',
    'lost_phones.mine': '-- --.- - ------ - ------',
    'lost_phones.object': 'NN NN.N N NNNNNN N NNNNNN',
    'lost_phones.refuse': 'FF FFFF F F...FF F FFFFFF',
    'lost_phones.waiting': 'FF FFFF F F...FF F FFFFFF',
    'rooms.acknowledge': 'NN NN.. . N.NNNN N NNNNNN',
    'rooms.around': 'NN NN.. . N.NNNN N NNNNNN',
    'rooms.before': 'NN NN.. . N.NNNN N NNNNNN',
    'rooms.create_room': 'FF FFFF F F..... F FFFFFF',
    'rooms.gallery': 'NN NN.. . N.NNNN N NNNNNN',
    'rooms.join': 'FF FFFF F F-.... F FFFFFF',
    'rooms.join_by_code': 'N. .... . ...... . ......',
    'rooms.leave': 'NN NN.. . N.NNNN N NNNNNN',
    'rooms.mark_read': '-- ---- . ------ - ------',
    'rooms.may_call_everybody': 'NN NN-- . N.NNNN N NNNNNN',
    'rooms.member_card': 'NN NN.. . N.NNNN N NNNNNN',
    'rooms.members': 'NN NN.. . N.NNNN N NNNNNN',
    'rooms.my_name': 'NN NN.. . N.NNNN N NNNNNN',
    'rooms.open_room': 'NN NN.. . N.NNNN N NNNNNN',
    'rooms.pin_notice': 'NN NNFF . N.NNNN N NNNNNN',
    'rooms.post': 'NN NN.. . N.NNNN N NNNNNN',
    'rooms.post as a notice': 'NN NNFF . N.NNNN N NNNNNN',
    'rooms.public_log': 'NN N... . ...NNN N NNNNNN',
    'rooms.recall': 'NN NN.F F NFNNNN N NNNNNN',
    'rooms.report': 'NN NNF. . N.NNNN N NNNNNN',
    'rooms.require_inside': 'NN NN.. . N.NNNN N NNNNNN',
    'rooms.require_shown': 'NN NN-- - N-NNNN N NNNNNN',
    'rooms.require_writable': 'NN NN.. . N.NNNN N NNNNNN',
    'rooms.rooms_at': 'FF FFFF F F..... F FFFFFF',
    'rooms.rooms_of': '-- -... . ...--- . ....--',
    'rooms.rules_seen': 'NN NN.. . N.NNNN N NNNNNN',
    'rooms.search': 'NN NN.. . N.NNNN N NNNNNN',
    'rooms.set_name': 'NN NN.. . N.NNNN N NNNNNN',
    'rooms.set_prefs': 'NN NN.. . N.NNNN N NNNNNN',
    'rooms.since': 'NN NN.. . N.NNNN N NNNNNN',
    'rooms.standing': 'NN NN.. . N.NNNN N NNNNNN',
    'rooms.words.add_term': 'FF FFFF F F..... F FFFFFF',
    'rooms.words.allow': 'FF FFFF F F..... F FFFFFF',
    'rooms.words.disallow': 'FF FFFF F F..... F FFFFFF',
    'rooms.words.marked': 'FF FFFF F F----- F FFFFFF',
    'rooms.words.remove_term': 'FF FFFF F F..... F FFFFFF',
    'rooms.words.set_action': 'FF FFFF F F..... F FFFFFF',
    'rooms.words.try_out': 'FF FFFF F F..... F FFFFFF',
    'rooms.words.words_at': 'FF FFFF F F..... F FFFFFF',
    'rooms.order.looked_after': 'FF FFFF F ...... F FFFFFF',
    'rooms.order.newcomers': 'FF FFFF F ...... F FFFFFF',
    'rooms.order.places': 'FF FFFF F ...... F FFFFFF',
    'rooms.order.set_hush': 'FF FFFF F ...... F FFFFFF',
    'rooms.order.set_mode': 'FF FFFF F ...... F FFFFFF',
    'rooms.order.set_quiet': 'FF FFFF F ...... F FFFFFF',
    'rooms.order.set_slow': 'FF FFFF F ...... F FFFFFF',
    'rooms.order.vouch': 'FF FFFF F ...... F FFFFFF',
    'rooms.acts.handle': 'FF FFFF F ...... F FFFFFF',
    'rooms.acts.in_room': 'FF FFFF F F..... F FFFFFF',
    'rooms.acts.mine': '-- -... - ------ - ------',
    'rooms.acts.mute': 'FF FFFF F ...... F FFFFFF',
    'rooms.acts.recall': 'FF FFFF F ...... F FFFFFF',
    'rooms.acts.required': 'FF FFFF F F..... F FFFFFF',
    'rooms.acts.undo': 'FF FFFF F F..... F FFFFFF',
    'rooms.reports.cases': 'FF FFFF F F..... F FFFFFF',
    'rooms.reports.claim': 'FF FFFF F ...... F FFFFFF',
    'rooms.reports.decide': 'FF FFFF F C.CCCC F FFFFFF',
    'rooms.reports.mine': '-- --.- - ------ - ------',
    'rooms.reports.report': 'NN NN-F . N.NNNN N NNNNNN',
    'rooms.reports.unclaim': 'FF FFFF F -.---- F FFFFFF',
    'rooms.appeals.appeal': 'NN NN.N N NNNNNN N NNNNNN',
    'rooms.appeals.decide': 'FF FFFF F F..F.. F FFFFFF',
    'rooms.appeals.waiting': 'FF FFFF F F..... F FFFFFF',
    'rooms.held.hold': 'NN NN.. . N.NNNN N NNNNNN',
    'rooms.held.mine': '-- --.- - ------ - ------',
    'rooms.held.refuse': 'FF FFFF F ...... F FFFFFF',
    'rooms.held.release': 'FF FFFF F ...... F FFFFFF',
    'rooms.held.releasing': 'FF FFFF F ...... F FFFFFF',
    'rooms.held.waiting': 'FF FFFF F F..... F FFFFFF',
    'rooms.removals.decide': 'FF FFFF F F..... F FFFFFF',
    'rooms.removals.propose': 'FF FFFF F ...... F FFFFFF',
    'rooms.removals.waiting': 'FF FFFF F F..... F FFFFFF',
    'rooms.forwarding.forward': 'NN NNF. . N.NNNN N NNNNNN',
    'rooms.forwarding.targets': 'NN NN.. . N.NNNN N NNNNNN',
    'rooms.welcome.set_words': 'FF FFFF F ...... F FFFFFF',
    'rooms.door.accept': 'FF FFFF F F..... F FFFFFF',
    'rooms.door.come_in': 'N. .... . ...... . ......',
    'rooms.door.mine': '-- .--- - ------ - ------',
    'rooms.door.refuse': 'FF FFFF F F..... F FFFFFF',
    'rooms.door.requests': 'FF FFFF F F..... F FFFFFF',
    'rooms.door.set_entry': 'FF FFFF F ...... F FFFFFF',
    'rooms.door.undo': 'FF FFFF F F..... F FFFFFF',
    'rooms.door.waiting': 'FF FFFF F F..... F FFFFFF',
    'rooms.receipts.export': 'FF FFFF . ...... F FFFFFF',
    'rooms.receipts.notices': 'FF FFFF . ...... F FFFFFF',
    'rooms.receipts.remind': 'FF FFFF . ...... F FFFFFF',
    'rooms.receipts.state': 'FF FFFF . ...... F FFFFFF',
    'ballots.cancel': 'FF FFFF F F..... F FFFFFF',
    'ballots.card_state': 'FF .... F F..... F FFFFFF',
    'ballots.cast': 'FF .... F FFFFFF F FFFFFF',
    'ballots.cast for alice': 'FF FFF. F FFFFFF F FFFFFF',
    'ballots.create': 'FF FFFF F F..... F FFFFFF',
    'ballots.export_csv': 'FF FFFF F F..... F FFFFFF',
    'ballots.list_closing': '-- ---- - -..... - ------',
    'ballots.list_decided': '-- ---- - ------ - ------',
    'ballots.list_open': '-- .... - -..... . ------',
    'ballots.list_prepared': '-- ---- - -..... - ------',
    'ballots.my_votes': '-- --.- - ------ - ------',
    'ballots.of_topic': '-- ---- - ------ - ------',
    'ballots.open': 'FF FFFF F F..... F FFFFFF',
    'ballots.state': 'FF .... F F..... F FFFFFF',
    'ballots.to_do': '-- ..-. - ------ - ------',
    'ballots.votes': 'FF .... F F..... F FFFFFF',
    'deliberation.answer': 'FF FFFF F F..... F FFFFFF',
    'deliberation.compare': 'FF .... F F..... F FFFFFF',
    'deliberation.create_topic': 'FF FFFF F F..... F FFFFFF',
    'deliberation.decide': 'FF FFFF F F..... F FFFFFF',
    'deliberation.decided': '-- ---- - ------ - ------',
    'deliberation.draft_text': 'FF .... F F..... F FFFFFF',
    'deliberation.drop': 'FF FFFF F F..... F FFFFFF',
    'deliberation.opinions': 'FF .... F F..... F FFFFFF',
    'deliberation.post_opinion': 'FF .... F F..... F FFFFFF',
    'deliberation.publish_draft': 'FF FFFF F F..... F FFFFFF',
    'deliberation.report': 'FF FFFF F F..... F FFFFFF',
    'deliberation.topic': 'FF .... F F..... F FFFFFF',
    'deliberation.topics': '-- .... - -..... . ------',
    'deliberation.weigh': 'FF .... F F..... F FFFFFF',
    'chains.export_csv': 'NN NN.F . N.NNNN N NNNNNN',
    'chains.export_xlsx': 'NN NN.F . N.NNNN N NNNNNN',
    'chains.put': 'NN NN.. . N.NNNN N NNNNNN',
    'chains.start': 'NN NN.. . N.NNNN N NNNNNN',
    'chains.take': 'NN NN.- - N-NNNN N NNNNNN',
    'chains.turn': 'NN NN.F . N.NNNN N NNNNNN',
    'chains.view': 'NN NN.. . N.NNNN N NNNNNN',
    'emergency.add_shift': 'FF FFFF F F..... F FFFFFF',
    'emergency.board': 'FF .... . ...... F FFFFFF',
    'emergency.call_off_shift': 'FF FFFF F F..... F FFFFFF',
    'emergency.cancel': 'FF FF.F F F..... F FFFFFF',
    'emergency.card_state': 'FF .... . ...... F FFFFFF',
    'emergency.check_in': 'CC CC.C C CCCCCC C CCCCCC',
    'emergency.check_in_by_hand': 'FF FFFF F F..... F FFFFFF',
    'emergency.close_call': 'FF FFFF F F..... F FFFFFF',
    'emergency.close_incident': 'FF FFFF F F..... F FFFFFF',
    'emergency.confirm_incident': 'FF FFFF . ...... F FFFFFF',
    'emergency.export_csv': 'FF FFFF F F..... F FFFFFF',
    'emergency.incident': 'FF .... . ...... F FFFFFF',
    'emergency.my_signups': '-- --.- - ------ - ------',
    'emergency.nearby': '-- .... . ...... - ------',
    'emergency.open_call': 'FF FFFF F F..... F FFFFFF',
    'emergency.open_incident': 'FF FFFF F F..... F FFFFFF',
    'emergency.red_bar': '-- .... . ...... - ------',
    'emergency.report': 'FF FFFF . ...... F FFFFFF',
    'emergency.roster': 'FF FFFF F F..... F FFFFFF',
    'emergency.set_capacity': 'FF FFFF F F..... F FFFFFF',
    'emergency.set_level': 'FF FFFF F F..... F FFFFFF',
    'emergency.sign_up': 'FF .... . ...... F FFFFFF',
    'emergency.sign_up_by_word': '-- .... . ...... - ------',
    'emergency.venue_code': 'FF FFFF F F..... F FFFFFF',
    'ballots.poster.post_card': 'FF FF.. . F..... F FFFFFF',
    'assistant.feedback': 'NN NN.. . N.NNNN N NNNNNN',
    'assistant.figures': 'FF FFFF F F..... F FFFFFF',
    'assistant.forget_questions': '-- --.. - ------ - ------',
    'assistant.handoff': 'NN NN.. . N.NNNN N NNNNNN',
    'assistant.home_of': 'NN .... . ...... N ......',
    'assistant.log_of': 'NN NN.. . N.NNNN N NNNNNN',
    'assistant.open_chat': 'NN .... . ...... N ......',
    'assistant.pick': 'NN NN.F F NFNNNN N NNNNNN',
    'assistant.unanswered': 'FF FFFF F F----- F FFFFFF',
    'assistant.knowledge.add_similar': 'NN NNNN N F..... N NNNNNN',
    'assistant.knowledge.alike': 'FF FFFF F F..... F FFFFFF',
    'assistant.knowledge.categories': 'FF FFFF F F..... F FFFFFF',
    'assistant.knowledge.create': 'FF FFFF F F..... F FFFFFF',
    'assistant.knowledge.edit': 'NN NNNN N F..... N NNNNNN',
    'assistant.knowledge.get': 'NN NNNN N ...... N NNNNNN',
    'assistant.knowledge.page': 'FF FFFF F F..... F FFFFFF',
    'assistant.knowledge.publish': 'NN NNNN N F..... N NNNNNN',
    'assistant.knowledge.retire': 'NN NNNN N F..... N NNNNNN',
    'assistant.desk.case_of': 'NN NN.N N NNNNNN . NNNNNN',
    'assistant.desk.cases': 'FF FFFF F F....F F FFFFFF',
    'assistant.desk.close': 'FF FFFF F F....F F FFFFFF',
    'assistant.desk.open': 'NN NN.N N NNNNNN F NNNNNN',
    'assistant.desk.release': 'FF FFFF F F.CCCF F FFFFFF',
    'assistant.desk.take': 'FF FFFF F F....F F FFFFFF',
    'assistant.bulk.apply': 'CC CCCC C C..... C CCCCCC',
    'assistant.bulk.last': '-- ---- - -.---- - ------',
    'assistant.bulk.preview': '-- ---- - -..... - ------',
    'assistant.bulk.preview who sees it': '-- ---- - ...... - ------',
    'assistant.bulk.undo': 'NN NNNN N N.NNNN N NNNNNN',
    'assistant.desk.pass_on': 'FF FFFF F F....F F FFFFFF',
    'assistant.duplicates.look': 'FF FFFF F F..... F FFFFFF',
    'assistant.exchange.check': 'FF FFFF F F..... F FFFFFF',
    'assistant.exchange.export': 'FF FFFF F F..... F FFFFFF',
    'assistant.exchange.take': 'FF FFFF F F..... F FFFFFF',
    'assistant.guide': 'NN .... . ...... N NNNNNN',
    'assistant.keeping.compare': 'NN NNNN N ...... N NNNNNN',
    'assistant.keeping.confirm': 'NN NNNN N F..... N NNNNNN',
    'assistant.keeping.confirm of a department': 'NN NNNN N ...... N NNNNNN',
    'assistant.keeping.due': '-- ---- - .-.--- - ------',
    'assistant.keeping.history': 'NN NNNN N ...... N NNNNNN',
    'assistant.keeping.reviews': '-- ---- - -..... - ------',
    'assistant.keeping.sent_back': '-- ---- - -.---- - ------',
    'assistant.keeping.unconfirm': 'NN NNNN N F.CCCC N NNNNNN',
    'assistant.knowledge.departments.all': 'FF FFFF F F..... F FFFFFF',
    'assistant.knowledge.departments.close': 'FF FFFF F F..... F FFFFFF',
    'assistant.knowledge.departments.create': 'FF FFFF F F..... F FFFFFF',
    'assistant.knowledge.departments.drop_keeper': 'FF FFFF F F..... F FFFFFF',
    'assistant.knowledge.departments.name_keeper': 'FF FFFF F F..... F FFFFFF',
    'assistant.knowledge.departments.rename': 'FF FFFF F F..... F FFFFFF',
    'assistant.knowledge.departments.reopen': 'FF FFFF F F..... F FFFFFF',
    'assistant.knowledge.departments.set_answers': 'FF FFFF F F..... F FFFFFF',
    'assistant.knowledge.discard': 'NN NNNN N F..... N NNNNNN',
    'assistant.knowledge.gate.sign': 'FF FFFF F F..... F FFFFFF',
    'assistant.knowledge.gate.sign for no place': 'NN NNNN N NNNNNN N NNNNNN',
    'assistant.knowledge.gate.try_out': 'FF FFFF F F..... F FFFFFF',
    'assistant.knowledge.may_keep': '-- ---- - -..... - ------',
    'assistant.knowledge.may_keep of a department': '-- ---- - ...... - ------',
    'assistant.knowledge.restore': 'NN NNNN N F..... N NNNNNN',
    'assistant.knowledge.rights.may': '-- ---- - -..... - ------',
    'assistant.knowledge.rights.require': 'FF FFFF F F..... F FFFFFF',
    'assistant.knowledge.rights.require_sight': 'NN NNNN N ...... N NNNNNN',
    'assistant.knowledge.rights.standing': '-- ---- - ...... - ------',
    'assistant.knowledge.scope': 'FF FFFF F F..... F FFFFFF',
    'assistant.knowledge.send_back': 'NN NNNN N F..... N NNNNNN',
    'assistant.knowledge.standing': '-- ---- - ...... - ------',
    'assistant.knowledge.submit': 'NN NNNN N F..... N NNNNNN',
    'assistant.knowledge.unretire': 'NN NNNN N F..... N NNNNNN',
    'assistant.rating.card': 'NN N.NN N N....N N NNNNNN',
    'assistant.rating.rate': 'NN N.NN N NNNNNN N NNNNNN',
    'assistant.rating.reopen': 'NN N.NN N NNNNNN N NNNNNN',
    'assistant.roster.first_asked': 'FF FFFF F F.---F F FFFFFF',
    'assistant.roster.put': 'FF FFFF F F..... F FFFFFF',
    'assistant.roster.staff': 'FF FFFF F F..... F FFFFFF',
    'assistant.roster.take': 'FF FFFF F F..... F FFFFFF',
    'assistant.roster.turns': 'FF FFFF F F....F F FFFFFF',
    'privacy.my_data.ask': 'S. .... . ...... . ......',
    'privacy.my_data.fetch': 'NN NN.N N NNNNNN N NNNNNN',
    'privacy.my_data.held': '-. .... . ...... . ......',
    'privacy.my_data.latest': '-- --.- - ------ - ------',
    'privacy.leaving.ask': 'S. .... C CCCCCC . ..CCCC',
    'privacy.leaving.take_back': 'NN N.NN N NNNNNN N NNNNNN',
    'privacy.leaving.waiting': '-- -.-- - ------ - ------',
    'privacy.consents.note_notice': 'S. .... . ...... . ......',
    'privacy.consents.notice_is_new': '.. .... . ...... . ......',
    'privacy.consents.of': '.. .... . ...... . ......',
    'privacy.consents.set': 'S. .... . ...... . ......',
    'privacy.exports.approvers': 'FF FFFF F F..FFF F FFFFFF',
    'privacy.exports.ask': 'FF FFFF F F..FFF F FFFFFF',
    'privacy.exports.decide': 'FF FFFF F FF.... F FFFFFF',
    'privacy.exports.mine': '-- ---- - -.---- - ------',
    'privacy.exports.ready': '-- ---- - -.---- - ------',
    'privacy.exports.take': 'NN NNNN N N.NNNN N NNNNNN',
    'privacy.exports.waiting': '-- ---- - --.... - ------',
    'privacy.retention.due': 'FF FFFF F F..... F FFFFFF',
}
PRIVATE_TABLE = {
    'rooms.acknowledge': 'NN NNCN N NNNNNN C NNNNNN',
    'rooms.around': 'NN NN.N N NNNNNN . NNNNNN',
    'rooms.before': 'NN NN.N N NNNNNN . NNNNNN',
    'rooms.gallery': 'NN NN.N N NNNNNN . NNNNNN',
    'rooms.join': 'NN NNNN N NNNNNN N NNNNNN',
    'rooms.leave': 'NN NN.N N NNNNNN . NNNNNN',
    'rooms.mark_read': '-- ---- - ------ . ------',
    'rooms.may_call_everybody': 'NN NN-N N NNNNNN - NNNNNN',
    'rooms.member_card': 'NN NN.N N NNNNNN . NNNNNN',
    'rooms.members': 'NN NN.N N NNNNNN . NNNNNN',
    'rooms.my_name': 'NN NN.N N NNNNNN . NNNNNN',
    'rooms.open_room': 'NN NN.N N NNNNNN . NNNNNN',
    'rooms.pin_notice': 'NN NN.N N NNNNNN . NNNNNN',
    'rooms.post': 'NN NN.N N NNNNNN . NNNNNN',
    'rooms.post as a notice': 'NN NN.N N NNNNNN . NNNNNN',
    'rooms.public_log': 'NN NN-N N NNNNNN - NNNNNN',
    'rooms.recall': 'NN NN.N N NNNNNN F NNNNNN',
    'rooms.report': 'NN NNFN N NNNNNN . NNNNNN',
    'rooms.require_inside': 'NN NN.N N NNNNNN . NNNNNN',
    'rooms.require_shown': 'NN NN-N N NNNNNN - NNNNNN',
    'rooms.require_writable': 'NN NN.N N NNNNNN . NNNNNN',
    'rooms.rules_seen': 'NN NN.N N NNNNNN . NNNNNN',
    'rooms.search': 'NN NN.N N NNNNNN . NNNNNN',
    'rooms.set_name': 'NN NNFN N NNNNNN F NNNNNN',
    'rooms.set_prefs': 'NN NN.N N NNNNNN . NNNNNN',
    'rooms.since': 'NN NN.N N NNNNNN . NNNNNN',
    'rooms.standing': 'NN NN.N N NNNNNN . NNNNNN',
    'rooms.order.looked_after': 'NN NNNN N NNNNNN N NNNNNN',
    'rooms.order.newcomers': 'NN NNNN N NNNNNN N NNNNNN',
    'rooms.order.set_hush': 'NN NNNN N NNNNNN N NNNNNN',
    'rooms.order.set_mode': 'NN NNNN N NNNNNN N NNNNNN',
    'rooms.order.set_quiet': 'NN NNNN N NNNNNN N NNNNNN',
    'rooms.order.set_slow': 'NN NNNN N NNNNNN N NNNNNN',
    'rooms.order.vouch': 'NN NNNN N NNNNNN N NNNNNN',
    'rooms.acts.handle': 'NN NNNN N NNNNNN N NNNNNN',
    'rooms.acts.in_room': 'NN NNNN N NNNNNN N NNNNNN',
    'rooms.acts.mute': 'NN NNNN N NNNNNN N NNNNNN',
    'rooms.acts.recall': 'NN NNNN N NNNNNN N NNNNNN',
    'rooms.removals.propose': 'NN NNNN N NNNNNN N NNNNNN',
    'rooms.forwarding.forward': 'NN NNFN N NNNNNN F NNNNNN',
    'rooms.forwarding.targets': 'NN NNFN N NNNNNN F NNNNNN',
    'rooms.welcome.set_words': 'NN NNNN N NNNNNN N NNNNNN',
    'rooms.held.mine': '-- ---- - ------ - ------',
    'rooms.door.requests': 'NN NNNN N NNNNNN N NNNNNN',
    'rooms.door.set_entry': 'NN NNNN N NNNNNN N NNNNNN',
    'rooms.receipts.export': 'NN NNNN N NNNNNN N NNNNNN',
    'rooms.receipts.notices': 'NN NNNN N NNNNNN N NNNNNN',
    'rooms.receipts.remind': 'NN NNNN N NNNNNN N NNNNNN',
    'rooms.receipts.state': 'NN NNNN N NNNNNN N NNNNNN',
    'chains.start': 'NN NNFN N NNNNNN F NNNNNN',
    'assistant.desk.case_of': 'NN NN.N N NNNNNN . NNNNNN',
    'assistant.desk.open': 'NN NN.N N NNNNNN F NNNNNN',
    'assistant.handoff': 'NN NN.N N NNNNNN F NNNNNN',
    'assistant.log_of': 'NN NNNN N NNNNNN N NNNNNN',
    'community.create_join_code': 'FF FFFF F FIIIII F FFFFFF',
    'ballots.poster.post_card': 'NN NN.N N NNNNNN . NNNNNN',
}

CALLERS_AFFAIR = {
    'community.fit_nickname', 'rooms.gate.is_newcomer', 'rooms.gate.require', 'rooms.gate.require_heard',
    'rooms.gate.require_open', 'rooms.gate.standing', 'rooms.acts.deeds', 'rooms.acts.muting', 'rooms.acts.recalling',
    'rooms.acts.require_other', 'rooms.acts.undoing', 'rooms.say', 'community.looked_at', 'community.access.seen',
    'assistant.knowledge.rights.others', 'assistant.knowledge.rights.require_second', 'assistant.keeping.linking.gone',
}
"""Take an actor and leave their rights to the service that calls them; no page or route does."""
HOUSE = {
    'accounts.open_session', 'accounts.opened', 'accounts.reset_factor', 'accounts.seed_demo_account', 'accounts.seed_password',
    'accounts.stop', 'acting.principals', 'assistant.desk.roles_changed', 'assistant.desk.run_clock', 'assistant.desk.run_expire',
    'assistant.desk.run_follow', 'assistant.desk.run_passed', 'assistant.desk.tell_opened', 'assistant.desk.tell_reopened',
    'assistant.duplicates.near', 'assistant.duplicates.twins', 'assistant.knowledge.check', 'assistant.knowledge.departments.keeps',
    'assistant.knowledge.gate.look', 'assistant.knowledge.gate.require', 'assistant.knowledge.import_seed', 'assistant.roster.department',
    'assistant.roster.department_for', 'assistant.roster.answering', 'assistant.roster.waiting_for', 'assistant.roster.on_duty',
    'assistant.roster.set_down', 'assistant.desk.department_of', 'assistant.desk.due',
    'assistant.settled', 'assistant.start', 'assistant.stop', 'ballots.close_due', 'ballots.is_voting_on',
    'ballots.poster.post_notice', 'community.ancestors', 'community.buildings_of', 'community.create_member', 'community.explain',
    'community.households_of', 'community.ids_below', 'community.in_office', 'community.known', 'community.lives_at',
    'community.member_by_phone', 'community.person', 'community.staff_on_duty', 'emergency.active_incidents',
    'handovers.messenger.reach', 'handovers.messenger.tell', 'lost_phones.move', 'privacy.leaving.erase', 'privacy.my_data.build',
    'privacy.my_data.drop', 'privacy.retention.run', 'privacy.retention.schedule', 'privacy.start', 'rooms.acts.mute_over',
    'rooms.acts.public', 'rooms.acts.views', 'rooms.admit', 'rooms.card_answered', 'rooms.check_words', 'rooms.dismiss',
    'rooms.door.forget', 'rooms.files.copy', 'rooms.files.view', 'rooms.gate.remember', 'rooms.images.copy', 'rooms.images.view',
    'rooms.is_quiet', 'rooms.place_of', 'rooms.private_of', 'rooms.private_room', 'rooms.receipts.run_reminder', 'rooms.senders',
    'rooms.teller.run', 'rooms.welcome.rules_seen', 'rooms.words.screen',
}
"""Have no actor: the clock, the command line and other services call them, no page or route does."""
ASKED_BEFORE = {
    'accounts.actor_of', 'accounts.demo_accounts', 'accounts.issue_ticket', 'accounts.prove', 'accounts.redeem_ticket',
    'accounts.request_code', 'accounts.sign_in_code', 'accounts.sign_in_demo', 'accounts.sign_in_password', 'accounts.sign_out',
    'assistant.examples', 'assistant.knowledge.departments.keepers_of', 'assistant.knowledge.departments.kept_by',
    'assistant.knowledge.departments.names', 'assistant.top_asked', 'ballots.checks_at', 'ballots.public_state', 'community.below',
    'community.bot', 'community.card', 'community.cards', 'community.children', 'community.community_of', 'community.grants_of',
    'community.households', 'community.invite', 'community.label_of', 'community.officers', 'community.offices',
    'community.path_of', 'community.place', 'community.residents', 'community.staff_within', 'emergency.alarm',
    'emergency.communities_of', 'emergency.public_state', 'rooms.card', 'rooms.cards', 'rooms.files.add', 'rooms.files.find', 'rooms.head',
    'rooms.images.add', 'rooms.images.find', 'rooms.member_ids', 'rooms.room',
}
"""Have no actor, and pages or routes call them: what everybody may know, what proves itself by a token or a code, and what is
read after the service was asked for the room or the place (by the pages that do so; see ``tests/e2e/test_walk.py``)."""
LOOKING_ON = {'rooms.gate.is_newcomer', 'assistant.keeping.linking.gone'}
"""Of ``CALLERS_AFFAIR``: the page of a room's staff asks about those whom ``order.newcomers`` has named, the page of an entry which of the
links its reader has just been shown he cannot open."""


def coroutines(container: Container) -> dict[str, Any]:
    """Return every public coroutine of the services and of their public parts, each once, by its way from the container."""
    found: dict[str, Any] = {}
    seen = {id(getattr(container, name)) for name in SERVICES}

    def look(name: str, part: Any) -> None:
        for one, method in inspect.getmembers(type(part), inspect.iscoroutinefunction):
            if not one.startswith('_'):
                found[f'{name}.{one}'] = method
        for one, inner in getattr(part, '__dict__', {}).items():  # small values have slots and no parts
            ours = type(inner).__module__.startswith('yunshequ.') and not type(inner).__module__.startswith('yunshequ.core.')
            if not one.startswith('_') and ours and id(inner) not in seen:
                seen.add(id(inner))
                look(f'{name}.{one}', inner)

    for name in SERVICES:
        look(name, getattr(container, name))
    return found


@pytest.fixture
async def stage(settings: Settings, clock: MovableClock) -> AsyncIterator[Stage]:
    """The filled world in a house without rate limits."""
    container = Container(settings, clock=clock, throttle=NoLimits())
    await container.db.start()
    await container.bus.start()
    world: World = await small_world.__wrapped__(container)
    yield await build(container, world)
    await container.bus.stop()
    await container.db.stop()


def test_every_coroutine_has_a_line(tmp_path: Path) -> None:
    found = coroutines(Container(Settings(_env_file=None, data_dir=tmp_path, assistant=False, secret='s' * 32)))
    with_actor = {name for name, method in found.items() if 'actor' in inspect.signature(method).parameters}
    assert {name.split(' ')[0] for name in TABLE} | CALLERS_AFFAIR == with_actor, 'a coroutine without a line, or a line without one'
    assert set(found) - with_actor == HOUSE | ASKED_BEFORE
    assert not HOUSE & ASKED_BEFORE
    assert set(TABLE) | CALLERS_AFFAIR == set(CALLS)
    assert set(PRIVATE_TABLE) == set(PRIVATE)


def test_pages_and_routes_call_nothing_that_is_for_the_house() -> None:
    text = '\n'.join(path.read_text(encoding='utf-8') for folder in ('pages', 'src/yunshequ/gateway') for path in (ROOT / folder).rglob('*.py'))
    called = {name for name in HOUSE | CALLERS_AFFAIR if re.search(r'\b' + re.escape('.'.join(name.split('.')[-2:])) + r'\(', text)}
    assert called == LOOKING_ON


def test_every_room_is_asked_about_as_a_private_one_too(tmp_path: Path) -> None:
    """What takes a room, or a message of one, has a line for a private chat as well."""
    found = coroutines(Container(Settings(_env_file=None, data_dir=tmp_path, assistant=False, secret='s' * 32)))
    of_rooms = {name for name, method in found.items() if {'actor', 'room_id'} <= set(inspect.signature(method).parameters)}
    asked_by_id = {'rooms.door.mine', 'emergency.sign_up_by_word', 'rooms.say'}  # one's own only; by the room's hook; the house's voice
    assert of_rooms - asked_by_id <= {name.split(' ')[0] for name in PRIVATE_TABLE}


async def walked(stage: Stage, calls: dict[str, Any], table: dict[str, str]) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Return the lines that are not as the table says, and what refusals have left behind."""
    rehearsal, wrong, left = Rehearsal(stage.c), {}, {}
    for name, expected in table.items():
        letters = ''
        for who in WHO:
            letter, written = await rehearsal.of(partial(calls[name], stage, stage.who(who)))
            letters += letter
            if written:
                left[f'{name} as {who}'] = written
        if letters != expected.replace(' ', ''):
            wrong[name] = ' '.join((letters[:2], letters[2:6], letters[6], letters[7:13], letters[13], letters[14:]))
    return wrong, left


async def test_everybody_calls_everything(stage: Stage) -> None:
    wrong, left = await walked(stage, CALLS, TABLE)
    assert wrong == {}
    assert left == {}


async def test_a_private_chat_is_for_its_own_person(stage: Stage) -> None:
    """alice's chat with 小栖, a case of hers waiting: nobody else, 管理员 least of all, reads, writes, enters or moderates there."""
    wrong, left = await walked(stage, PRIVATE, PRIVATE_TABLE)
    assert wrong == {}
    assert left == {}
    inside = {WHO.index('alice'), WHO.index('bot')}
    for name, letters in PRIVATE_TABLE.items():
        assert {letter for place, letter in enumerate(letters.replace(' ', '')) if place not in inside} <= set('NFI-'), name
