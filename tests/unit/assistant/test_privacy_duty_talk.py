"""What is kept of a question, when the office is open, and small talk."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunshequ.assistant.desk_clock import PACK, DeskClock
from yunshequ.assistant.holidays import PACK as HOLIDAY_PACK
from yunshequ.assistant.holidays import Holidays
from yunshequ.assistant.privacy import MAX_TEXT, pseudonym, redact, unmarked
from yunshequ.assistant.talk import SmallTalk, TalkRule
from yunshequ.core.clock import SHANGHAI, local


@pytest.mark.parametrize(('text', 'kept'), [
    ('打13812345678', '打[电话]'), ('打 138-1234-5678 谢谢', '打 [电话] 谢谢'), ('１３８１２３４５６７８', '[电话]'),
    ('+86 138 1234 5678', '[电话]'),
    ('证32011319900101123X呢', '证[证件号]呢'), ('320113 19900101 1234', '[证件号]'), ('座机025-85571234', '座机[电话]'),
    ('苏A12345被堵了', '[车牌]被堵了'), ('我住3栋2单元502', '我住[住址]'), ('3-1-502漏水', '[住址]漏水'),
    ('信发 a.b@qq.com 吧', '信发 [邮箱] 吧'),
    ('卡号 6222 0200 1234 5678', '卡号 [号码]'), ('打12345可以吗', '打12345可以吗'), ('80岁有补贴吗', '80岁有补贴吗'),
    ('2026年新规', '2026年新规'), ('幺三八一二三四五六七八', '[号码]'), ('一三八 一二三四 五六七八', '[号码]'), ('一九八七年二月', '一九八七年二月'),
    ('138\u200b1234\u200b5678', '[电话]'), ('①③⑧①②③④⑤⑥⑦⑧', '[电话]'),
])
def test_numbers_that_lead_to_a_person_are_masked(text: str, kept: str) -> None:
    assert redact(text) == kept


@pytest.mark.parametrize(('text', 'asked'), [
    ('我手机13812345678，身份证320113199001011234，医保卡丢了怎么补办', '医保卡丢了怎么补办'),
    ('我的电话是13812345678', '我的电话是[电话]'), ('老人补贴咋领', '老人补贴咋领'), ('身份证丢了怎么补办', '身份证丢了怎么补办'),
])
def test_what_is_asked_beside_a_number_is_found(text: str, asked: str) -> None:
    assert unmarked(redact(text)) == asked


@given(st.text(max_size=2000))
def test_redaction_takes_anything_and_is_short(text: str) -> None:
    assert len(redact(text)) <= MAX_TEXT


@given(st.from_regex(r'1[3-9][0-9]{9}', fullmatch=True), st.text(alphabet='老人补贴咋领，？ ', max_size=20),
    st.text(alphabet='老人补贴咋领，？ ', max_size=20))
def test_no_mobile_number_survives(phone: str, before: str, after: str) -> None:
    assert phone not in redact(before + phone + after)


def test_a_pseudonym_needs_the_key() -> None:
    assert pseudonym(b'k', 5) == pseudonym(b'k', 5)
    assert len({pseudonym(b'k', 5), pseudonym(b'k', 6), pseudonym(b'x', 5)}) == 3


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=SHANGHAI).astimezone(UTC)  # the 2nd is a Monday


HOURS = DeskClock()


@pytest.mark.parametrize(('now', 'opens'), [
    (at(2, 9), None), (at(2, 11, 59), None), (at(2, 12), at(2, 13, 30)), (at(2, 8), at(2, 9)), (at(2, 17, 30), at(3, 9)),
    (at(6, 18), at(9, 9)), (at(7, 10), at(9, 9)),
])
def test_office_hours(now: datetime, opens: datetime | None) -> None:
    assert HOURS(now) == opens


@pytest.mark.parametrize(('now', 'minutes', 'due'), [
    (at(2, 9), 15, at(2, 9, 15)), (at(2, 11, 50), 15, at(2, 13, 35)), (at(6, 17, 25), 15, at(9, 9, 10)),
    (at(7, 3), 15, at(9, 9, 15)),
    (at(2, 9), 8 * 60, at(3, 10)),
])
def test_time_runs_while_the_office_is_open(now: datetime, minutes: int, due: datetime) -> None:
    assert HOURS.after(now, timedelta(minutes=minutes)) == due


MOMENTS = st.integers(0, 365 * 24 * 60).map(lambda minutes: at(1, 0) + timedelta(minutes=minutes))


@given(MOMENTS, st.integers(1, 3000))
def test_a_deadline_lies_ahead_in_open_time(now: datetime, minutes: int) -> None:
    due = HOURS.after(now, timedelta(minutes=minutes))
    assert due >= now + timedelta(minutes=minutes)
    assert HOURS(due - timedelta(seconds=1)) is None


SPRING, MAKE_UP = date(2026, 3, 4), date(2026, 3, 7)  # a Wednesday off, the Saturday worked instead
HOLIDAYS = DeskClock(holidays=frozenset({SPRING}), workdays=frozenset({MAKE_UP}))


@pytest.mark.parametrize(('now', 'opens'), [
    (at(3, 18), at(5, 9)), (at(4, 10), at(5, 9)), (at(6, 18), at(7, 9)), (at(7, 10), None), (at(7, 18), at(9, 9)), (at(5, 10), None),
])
def test_holidays_and_exchanged_days(now: datetime, opens: datetime | None) -> None:
    assert HOLIDAYS(now) == opens
    assert HOLIDAYS.after(now, timedelta(0)) == (opens or now)


@given(MOMENTS, st.integers(0, 3000), st.integers(0, 3000))
def test_more_work_is_never_due_earlier(now: datetime, some: int, more: int) -> None:
    assert HOLIDAYS.after(now, timedelta(minutes=some)) <= HOLIDAYS.after(now, timedelta(minutes=some + more))


@given(MOMENTS)
def test_nobody_is_there_on_a_holiday(now: datetime) -> None:
    opens = HOLIDAYS(now)
    assert local(opens or now).date() != SPRING
    assert opens is None or (opens > now and HOLIDAYS(opens) is None)


def test_the_hours_a_community_fills_in_are_read(tmp_path: Path) -> None:
    assert DeskClock.load().works(date(2026, 11, 23))
    assert '由社区填写' in json.loads(PACK.read_text(encoding='utf-8'))['source']
    broken = tmp_path / 'hours.json'
    broken.write_text('{"version": "1", "source": "x", "days": [1], "spans": [["25:00", "26:00"]]}', encoding='utf-8')
    with pytest.raises(ValueError, match='spans'):
        DeskClock.load(broken)


PUBLIC = Holidays.load()
REST_2026 = DeskClock.load()


@pytest.mark.parametrize(('day', 'works'), [
    ((1, 1), False), ((1, 2), False), ((1, 4), True),  # a Friday off, the Sunday worked instead
    ((2, 14), True), ((2, 16), False), ((2, 23), False), ((2, 28), True), ((4, 6), False), ((5, 5), False), ((5, 9), True),
    ((6, 19), False), ((9, 20), True), ((9, 25), False), ((10, 7), False), ((10, 8), True), ((10, 10), True), ((10, 11), False),
])
def test_the_public_calendar_of_2026(day: tuple[int, int], works: bool) -> None:
    assert REST_2026.works(date(2026, *day)) is works


def test_who_asks_at_the_national_holiday_hears_when_the_desk_is_back() -> None:
    asked = datetime(2026, 9, 30, 18, tzinfo=SHANGHAI).astimezone(UTC)
    opens = REST_2026(asked)
    assert opens is not None
    assert local(opens) == datetime(2026, 10, 8, 9, tzinfo=SHANGHAI)
    saturday = datetime(2026, 10, 10, 10, tzinfo=SHANGHAI).astimezone(UTC)
    assert REST_2026(saturday) is None  # worked in exchange
    assert local(REST_2026.after(asked, timedelta(minutes=15))) == datetime(2026, 10, 8, 9, 15, tzinfo=SHANGHAI)


def test_every_day_worked_in_exchange_is_a_weekend_and_no_holiday() -> None:
    assert {day.isoweekday() for day in PUBLIC.work} <= {6, 7}
    assert not PUBLIC.work & PUBLIC.off
    assert len([day for day in PUBLIC.off if day.year == 2026]) == 33  # 3 + 9 + 3 + 5 + 3 + 3 + 7
    assert PUBLIC.documents[2026] == '国办发明电〔2025〕7号'


def test_a_year_without_its_notice_is_missed_in_time_and_counts_by_weekdays() -> None:
    some = Holidays(filled=frozenset({2026}))
    assert some.missing(date(2026, 10, 1)) == []
    assert some.missing(date(2026, 12, 1)) == [2027]
    assert some.missing(date(2027, 5, 1)) == [2027]
    assert Holidays().missing(date(2026, 12, 20)) == [2026, 2027]


def test_before_its_notice_a_year_has_the_holidays_on_fixed_dates() -> None:
    """Who asks on the evening of 31 December is not promised an answer on New Year's morning."""
    assert 2027 not in PUBLIC.filled
    opens = REST_2026(datetime(2026, 12, 31, 20, tzinfo=SHANGHAI).astimezone(UTC))
    assert opens is not None
    assert local(opens) == datetime(2027, 1, 4, 9, tzinfo=SHANGHAI)
    assert not REST_2026.works(date(2027, 10, 1))


def test_a_communitys_own_days_go_before_the_public_calendar(tmp_path: Path) -> None:
    own = tmp_path / 'hours.json'
    own.write_text(json.dumps({
        'version': '1', 'source': 'x', 'days': [1, 2, 3, 4, 5], 'spans': [['09:00', '12:00']],
        'holidays': ['2026-05-09'], 'workdays': ['2026-05-01']}), encoding='utf-8')
    clock = DeskClock.load(own, PUBLIC)
    assert clock.works(date(2026, 5, 1))
    assert not clock.works(date(2026, 5, 9))
    assert not clock.works(date(2026, 5, 4))


def test_a_list_that_is_none_is_refused(tmp_path: Path) -> None:
    wrong = json.loads(HOLIDAY_PACK.read_text(encoding='utf-8'))
    wrong['years']['2026']['off'][0] = ['元旦', '2025-01-01', '2025-01-03']
    path = tmp_path / 'holidays.json'
    path.write_text(json.dumps(wrong), encoding='utf-8')
    with pytest.raises(ValueError, match='元旦'):
        Holidays.load(path)


def test_an_office_that_never_opens_is_a_mistake() -> None:
    with pytest.raises(ValueError, match='never'):
        DeskClock(days=frozenset())(at(2, 9))


TALK = SmallTalk([TalkRule(('你好', '在吗'), '您好'), TalkRule(('谢谢',), '不客气')])


@pytest.mark.parametrize(('text', 'reply'), [
    ('你好', '您好'), ('你好呀！', '您好'), ('小栖你好', '您好'), ('在吗在吗？', '您好'), ('谢谢啦~', '不客气'),
    ('谢谢，居住证怎么办', None), ('', None), ('呀', None),
])
def test_small_talk(text: str, reply: str | None) -> None:
    assert TALK.reply(text) == reply


def test_the_seeded_small_talk_is_read() -> None:
    talk = SmallTalk.load(Path(__file__).parents[3] / 'data' / 'seed' / 'small_talk.jsonl')
    assert len(talk) >= 30
    assert talk.reply('你好') is not None
    assert len(SmallTalk.load(Path('/nowhere'))) == 0
