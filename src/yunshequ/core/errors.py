"""Refusals: each has a code for programs and words for people, and names the rule it follows."""

from dataclasses import dataclass
from typing import Any, ClassVar

from yunshequ.core.i18n import N_, current_locale, translate


@dataclass(frozen=True, slots=True)
class WayOut:
    """What is missing, how to get it (``message`` with ``params``), and the page to do so: ``href`` with the words ``link``."""

    message: str
    params: dict[str, Any]
    href: str
    link: str

    def words(self, locale: str) -> str:
        """Return what is missing in the reader's language."""
        return translate(self.message, locale, **self.params)


class AppError(Exception):
    """Something a person asked for was refused; nothing was changed.

    ``message`` is a Chinese message id that says what happened and what to do; ``params`` fill its places;
    ``field`` names the input it belongs to, if one.
    """

    code: ClassVar[str] = 'error'
    status: ClassVar[int] = 400
    """The HTTP status a gateway answers with."""

    def __init__(self, message: str, /, *, field: str | None = None, rule: str | None = None, **params: object) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.rule = rule
        self.params = params
        self.way_out: WayOut | None = None
        """Set by whoever refuses and knows what the person lacks."""

    def words(self, locale: str | None = None) -> str:
        """Return the refusal in the reader's language."""
        locale = locale or current_locale()
        words = translate(self.message, locale, **self.params)
        if self.way_out is None:
            return words
        return translate(N_('{words}。{missing}'), locale, words=words, missing=self.way_out.words(locale))

    def __str__(self) -> str:
        return f'{self.code}: {self.words("zh-CN")}'


class Invalid(AppError):
    """What was entered cannot be accepted as it is."""

    code = 'invalid'
    status = 422


class NotFound(AppError):
    """It does not exist, or not for this person."""

    code = 'not_found'
    status = 404

    def __init__(self, message: str = N_('没有找到，可能已经被删除或您没有权限查看'), /, **params: object) -> None:
        super().__init__(message, **params)  # type: ignore[arg-type]  # params are places of the message


class NotPermitted(AppError):
    """The person's role does not allow it here; ``rule`` names the action asked about."""

    code = 'not_permitted'
    status = 403


class SignedOut(AppError):
    """The session has ended or was revoked."""

    code = 'signed_out'
    status = 401

    def __init__(self, message: str = N_('登录已失效，请重新登录，已写的内容会保留'), /) -> None:
        super().__init__(message)


class Conflict(AppError):
    """Somebody or something else was first."""

    code = 'conflict'
    status = 409


class TooMany(AppError):
    """Asked too often; ``params['seconds']`` says when to come back."""

    code = 'too_many'
    status = 429


class Blocked(AppError):
    """A text was stopped by a rule of the room; it is kept for its writer to change."""

    code = 'blocked'
    status = 422


class Unavailable(AppError):
    """A part is not ready or out of reach; the rest works on."""

    code = 'unavailable'
    status = 503
