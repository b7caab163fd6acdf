"""What the community module holds of a person: who they are here, where they live, what they were given."""

from pathlib import Path

from sqlalchemy import select, update
from sqlmodel import Session

from yunshequ.community import tables as t
from yunshequ.community.events import MemberChanged, RolesChanged
from yunshequ.community.household_schemas import CHANGE_WORDS
from yunshequ.community.identity_schemas import HOW_WORDS
from yunshequ.community.words import RELATION_WORDS, ROLE_WORDS
from yunshequ.core.i18n import N_
from yunshequ.core.personal import GONE, Fate, Holding, Keeper
from yunshequ.core.unit import Tx

OFFICE = N_('本社区工作人员')
RELATIONS = {str(key): words for key, words in RELATION_WORDS.items()}
ROLES = {str(key): words for key, words in ROLE_WORDS.items()}

HOLDINGS = (
    Holding(t.household_member, N_('住处'), N_('核实住户，办理表决和入群'), OFFICE, 'account', Fate.DELETE,
            shown={'household_id': N_('房号'), 'relation': N_('关系'), 'verified_at': N_('核实时间'), 'valid_until': N_('结束时间'),
                   'checked_until': N_('核验有效期'), 'share': N_('业主份额（万分之一）')},
            refs={'household_id': t.household.c.room_no}, words={'relation': RELATIONS}),
    Holding(t.real_name, N_('实名'), N_('确认您是本人'), N_('遮住的姓名：本社区工作人员；摘要没有人看'), 'account', Fate.DELETE,
            shown={'name_mask': N_('姓名（掩码）'), 'how': N_('怎么核验的'), 'verified_at': N_('核实时间'), 'valid_until': N_('核验有效期')},
            also=('name_key', 'number_key'), words={'how': {str(key): words for key, words in HOW_WORDS.items()}}),
    Holding(t.identity_check, N_('证件核验'), N_('确认您是本人'), OFFICE, 'account', Fate.DELETE,
            shown={'name_mask': N_('姓名（掩码）'), 'papers': N_('看过的证件'), 'proposed_at': N_('提交时间'), 'decided_at': N_('确认时间'),
                   'confirmed': N_('通过'), 'reason': N_('原因')},
            also=('household_id', 'relation', 'share', 'residence_until', 'name_key', 'number_key'), acts=('proposed_by', 'decided_by')),
    Holding(t.roll_person, N_('名册上的我'), N_('让您自己与名册核对'), N_('遮住的姓名：本社区工作人员；摘要没有人看'), 'account', Fate.BLANK,
            shown={'household_id': N_('房号'), 'name_mask': N_('姓名（掩码）'), 'relation': N_('关系'), 'matched_at': N_('核实时间')},
            also=('name_key', 'phone_key', 'tail_key'), refs={'household_id': t.household.c.room_no}, words={'relation': RELATIONS},
            blank={'member_id': None, 'matched_at': None, 'phone_key': None, 'tail_key': None}),
    Holding(t.household_change, N_('经办的户的变动'), N_('合户、分户、迁入迁出的依据和撤销'), OFFICE, 'office', owner='made_by',
            shown={'kind': N_('事项'), 'on_day': N_('生效日期'), 'note': N_('备注'), 'made_at': N_('时间')}, also=('before', 'after'),
            acts=('undone_by',), words={'kind': {str(key): words for key, words in CHANGE_WORDS.items()}}),
    Holding(t.acting_consent, N_('我同意的代办'), N_('证明谁可以替您办什么'), N_('您和代办的人；纸质的还有本社区工作人员'), 'consents',
            owner='principal_id',
            shown={'helper_id': N_('请谁代办'), 'purposes': N_('可以代办什么'), 'text_version': N_('同意书版本'), 'given_at': N_('时间'),
                   'valid_until': N_('结束时间'), 'withdrawn_at': N_('收回时间')},
            acts=('proposed_by', 'confirmed_by', 'withdrawn_by'), refs={'helper_id': t.member.c.nickname}),
    Holding(t.acting_entry, N_('替我办过的事'), N_('证明谁可以替您办什么'), N_('您和代办的人'), 'consents', owner='principal_id',
            shown={'helper_id': N_('请谁代办'), 'words': N_('事项'), 'at': N_('时间')}, also=('purpose', 'subject'),
            refs={'helper_id': t.member.c.nickname}),
    Holding(t.role_grant, N_('身份和任职'), N_('决定您能看什么、做什么'), N_('同社区的人'), 'office',
            shown={'place_id': N_('地点'), 'role': N_('身份'), 'valid_from': N_('开始时间'), 'valid_until': N_('结束时间'),
                   'revoked_at': N_('收回时间')}, acts=('granted_by',), refs={'place_id': t.place.c.name}, words={'role': ROLES}),
    Holding(t.office_handover, N_('交接'), N_('职务交给谁、什么时候，可以查证和退回'), OFFICE, 'office', owner='giver_id',
            shown={'place_id': N_('地点'), 'role': N_('身份'), 'due_at': N_('时间'), 'note': N_('说明')},
            also=('taker_id', 'done_at', 'undone_at', 'passed', 'planned_at', 'grant_id', 'fresh'), acts=('planned_by', 'undone_by'),
            refs={'place_id': t.place.c.name}, words={'role': ROLES}),
    Holding(t.join_use, N_('用过的入群码'), N_('同一个码不重复计数'), OFFICE, 'account', Fate.DELETE,
            shown={'code_id': N_('备注'), 'at': N_('时间')},
            refs={'code_id': t.join_code.c.note}),
    Holding(t.join_code, N_('发出的入群码'), N_('知道是谁发的'), OFFICE, 'office', owner='created_by',
            shown={'note': N_('备注'), 'created_at': N_('时间')}),
    Holding(t.member, N_('我的资料'), N_('账号，邻居之间的称呼，志愿者匹配'), N_('称呼：同社区的人；手机号只存掩码和带密钥的摘要'), 'account',
            Fate.BLANK, owner='id',
            shown={'nickname': N_('称呼'), 'phone_mask': N_('手机号（掩码）'), 'party_member': N_('登记为党员'),
                   'party_visible': N_('同意显示党员'), 'skills': N_('特长'), 'locale': N_('语言'), 'created_at': N_('注册时间')},
            also=('phone_hash', 'left_at'),
            blank={'nickname': GONE, 'phone_hash': None, 'phone_mask': None, 'party_member': False, 'party_visible': False,
                   'skills': [], 'locale': 'zh-CN'}, words={'locale': {'zh-CN': '中文', 'en': 'English'}}),
)


class CommunityKeeper(Keeper):
    """The member's row stays as a stub without a name, so that what others see keeps its order."""

    def __init__(self) -> None:
        super().__init__(N_('资料和住处'), HOLDINGS)

    @staticmethod
    def phone_hash(session: Session, member_id: int) -> str | None:
        """Return the keyed hash of a member's phone."""
        found: str | None = session.connection().execute(
            select(t.member.c.phone_hash).where(t.member.c.id == member_id)).scalar()
        return found

    @staticmethod
    def bots(session: Session) -> list[int]:
        """Return the members that are programs."""
        return list(session.connection().execute(select(t.member.c.id).where(t.member.c.is_bot)).scalars())

    def erase(self, tx: Tx, member_id: int, name: str) -> list[Path]:
        """As ``Keeper``; roles end and the member counts as left."""
        files = super().erase(tx, member_id, name)
        grant = t.role_grant.c
        tx.connection.execute(update(t.role_grant).where(grant.member_id == member_id, grant.revoked_at.is_(None)).values(revoked_at=tx.now))
        tx.connection.execute(update(t.member).where(t.member.c.id == member_id).values(left_at=tx.now))
        tx.emit(RolesChanged(member_id=member_id))
        tx.emit(MemberChanged(member_id=member_id))
        return files
