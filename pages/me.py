"""/me 我的: name, home, reading, consent, skills, devices, password, leaving."""

from typing import Any

from nicegui import Client, ui

from pages import frame, guards, live, shell
from pages.components.profile import ProfileForm
from pages.live import Acts, Args, number, text
from yunshequ.bootstrap import Container
from yunshequ.community.schemas import Profile
from yunshequ.community.words import RELATION_WORDS, ROLE_WORDS
from yunshequ.core.i18n import _
from yunshequ.core.policy import RESIDENT_ROLES, Actor
from yunshequ.rooms.schemas import EntryState

LOCALE_NAMES = ({'key': 'zh-CN', 'label': '简体中文'}, {'key': 'en', 'label': 'English'})
"""Each language by its own name, so nobody is lost in a foreign one."""

SKILL_MARKS = '、，,;；/'


def split_skills(text: str) -> list[str]:
    """Return skills written in one line, however they are set apart."""
    for mark in SKILL_MARKS:
        text = text.replace(mark, '、')
    return [skill.strip() for skill in text.split('、') if skill.strip()]


def _me(profile: Profile, proposed: str) -> dict[str, Any]:
    offices = [grant for grant in profile.roles if grant.role not in RESIDENT_ROLES]
    return {
        'name': profile.nickname, 'proposed': proposed if proposed != profile.nickname else '',
        'phone': profile.phone_mask, 'skills': '、'.join(profile.skills),
        'roles': [f'{_(ROLE_WORDS[grant.role])} · {grant.place_name}' for grant in offices],
        'homes': [{'label': home.label, 'relation': _(RELATION_WORDS[home.relation]), 'verified': home.verified}
                  for home in profile.homes],
    }


async def _links(c: Container, actor: Actor) -> list[dict[str, Any]]:
    links = [
        {'icon': 'verified_user', 'label': _('隐私和我的数据'), 'href': '/me/privacy',
         'value': _('说明有更新') if await c.privacy.consents.notice_is_new(actor) else ''},
        {'icon': 'how_to_vote', 'label': _('议事和表决'), 'href': '/deliberate'},
        {'icon': 'volunteer_activism', 'label': _('志愿服务'), 'href': '/emergency'},
        {'icon': 'verified_user', 'label': _('我的身份'), 'href': '/me/identity'},
        {'icon': 'group', 'label': _('请家人代办'), 'href': '/me/helpers'},
        {'icon': 'qr_code', 'label': _('输入邀请码，加入别的群'), 'href': '/join'},
    ]
    for one in await c.rooms.door.mine(actor):
        if one.state is not EntryState.ACCEPTED:
            state = _('待审核') if one.state is EntryState.WAITING else _('未通过')
            label = _('入群申请：{room}（{state}）', room=one.room_title, state=state)
            links.append({'icon': 'schedule', 'label': label, 'href': f'/join/{one.token}'})
    links.append({'icon': 'gavel', 'label': _('处理与申诉'), 'href': '/me/order'})
    if await c.community.offices(actor.member_id):
        links.insert(0, {'icon': 'dashboard', 'label': _('工作台'), 'href': '/staff'})
    return links


def _acts(c: Container) -> Acts:
    acts = Acts(live.fanout())

    @acts.on('save')
    async def save(actor: Actor, args: Args) -> dict[str, Any]:
        if 'party_visible' in args:
            await c.privacy.consents.set(actor, 'party_mark', on=args['party_visible'] is True)
        elif 'locale' in args:  # messages shall speak the language chosen on this device
            await c.community.set_profile(actor, locale=text(args, 'locale'))
        elif 'skills' in args:
            saved = await c.community.set_profile(actor, skills=split_skills(text(args, 'skills')))
            await c.privacy.consents.set(actor, 'volunteer_match', on=bool(saved.skills))  # the field says what they are for
            return {'skills': '、'.join(saved.skills)}
        else:
            await c.community.set_profile(actor, nickname=text(args, 'nickname'))
        return {}

    @acts.on('set_password')
    async def set_password(actor: Actor, args: Args) -> dict[str, Any]:
        await c.accounts.set_password(actor, text(args, 'password'), old=text(args, 'old') or None)
        return {}

    @acts.on('revoke')
    async def revoke(actor: Actor, args: Args) -> dict[str, Any]:
        await c.accounts.revoke(actor, number(args, 'session_id'))
        return {}

    return acts


def register(c: Container) -> None:
    """Add the page."""
    acts = _acts(c)

    @ui.page('/me')
    @guards.signed_in
    async def me(actor: Actor, client: Client) -> None:
        await frame.hear(c, live.fanout(), client, actor)
        profile = await c.community.profile(actor)
        consents = [{
            'key': 'party_visible', 'label': _('在群里显示我是党员'), 'hint': _('只有您打开，邻居才看得到；随时可以关'),
            'on': profile.party_visible}] if profile.party_member else []
        sessions = [session.model_dump(mode='json') for session in await c.accounts.sessions(actor)]
        password = {'set': await c.accounts.has_password(actor), 'old_needed': await c.accounts.old_password_needed(actor)}
        with shell.resident(active='me', title=_('我的'), **await frame.around(c, actor)):
            acts.bind(ProfileForm(
                me=_me(profile, await c.community.proposed_nickname(actor)),
                links=await _links(c, actor), consents=consents, sessions=sessions, password=password,
                locales=LOCALE_NAMES), actor)
