"""The module's tables for Core statements."""

from sqlalchemy import Table

from yunshequ.accounts.models import Credential, DemoAccount, LoginSession, OneTimeCode, PhoneChange, SecondFactor

credential: Table = Credential.__table__  # type: ignore[attr-defined]
one_time_code: Table = OneTimeCode.__table__  # type: ignore[attr-defined]
login_session: Table = LoginSession.__table__  # type: ignore[attr-defined]
second_factor: Table = SecondFactor.__table__  # type: ignore[attr-defined]
phone_change: Table = PhoneChange.__table__  # type: ignore[attr-defined]
demo_account: Table = DemoAccount.__table__  # type: ignore[attr-defined]
