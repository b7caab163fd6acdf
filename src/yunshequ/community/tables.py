"""The module's tables for Core statements."""

from sqlalchemy import Table

from yunshequ.community.models import (
    ActingConsent,
    ActingEntry,
    Household,
    HouseholdChange,
    HouseholdMember,
    IdentityCheck,
    JoinCode,
    JoinUse,
    Member,
    OfficeHandover,
    Place,
    RealName,
    RoleGrant,
    RollPerson,
)

place: Table = Place.__table__  # type: ignore[attr-defined]
household: Table = Household.__table__  # type: ignore[attr-defined]
acting_consent: Table = ActingConsent.__table__  # type: ignore[attr-defined]
acting_entry: Table = ActingEntry.__table__  # type: ignore[attr-defined]
household_change: Table = HouseholdChange.__table__  # type: ignore[attr-defined]
member: Table = Member.__table__  # type: ignore[attr-defined]
household_member: Table = HouseholdMember.__table__  # type: ignore[attr-defined]
role_grant: Table = RoleGrant.__table__  # type: ignore[attr-defined]
office_handover: Table = OfficeHandover.__table__  # type: ignore[attr-defined]
join_code: Table = JoinCode.__table__  # type: ignore[attr-defined]
join_use: Table = JoinUse.__table__  # type: ignore[attr-defined]
roll_person: Table = RollPerson.__table__  # type: ignore[attr-defined]
real_name: Table = RealName.__table__  # type: ignore[attr-defined]
identity_check: Table = IdentityCheck.__table__  # type: ignore[attr-defined]
