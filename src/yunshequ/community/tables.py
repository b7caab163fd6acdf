"""The module's tables for Core statements."""

from sqlalchemy import Table

from yunshequ.community.models import Household, HouseholdMember, JoinCode, JoinUse, Member, Place, RoleGrant

place: Table = Place.__table__  # type: ignore[attr-defined]
household: Table = Household.__table__  # type: ignore[attr-defined]
member: Table = Member.__table__  # type: ignore[attr-defined]
household_member: Table = HouseholdMember.__table__  # type: ignore[attr-defined]
role_grant: Table = RoleGrant.__table__  # type: ignore[attr-defined]
join_code: Table = JoinCode.__table__  # type: ignore[attr-defined]
join_use: Table = JoinUse.__table__  # type: ignore[attr-defined]
