"""Tables sent in (导入): what every route that takes one asks before it reads it, and the limits of its body."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Form, UploadFile

from yunshequ.bootstrap import Container
from yunshequ.core.errors import Invalid
from yunshequ.core.i18n import N_
from yunshequ.core.policy import Actor
from yunshequ.core.sheet_read import FILE_BYTES, FILE_MB, TOO_BIG

UPLOADS = '30/10 minutes'
"""Files one person may send; checking and importing are two."""
BODY_BYTES = FILE_BYTES + (64 << 10)
"""A file and the form around it."""
PlaceNumber = Annotated[int, Form(ge=1, le=(1 << 63) - 1)]
Receive = Callable[[Actor, int, UploadFile], Awaitable[bytes]]


def receiver(container: Container, action: str, counter: str) -> Receive:
    """Return a coroutine that gives a file's bytes if the actor may do ``action`` at the place; ``counter`` counts their files.

    It raises NotPermitted, TooMany, or Invalid where the file is too big.
    """

    async def received(actor: Actor, place_id: int, file: UploadFile) -> bytes:
        await container.policy.require(actor, action, place_id)
        await container.throttle.require(N_('上传得太多了，请 {seconds} 秒后再试'), UPLOADS, counter, str(actor.member_id))
        if (file.size or 0) > FILE_BYTES:
            raise Invalid(TOO_BIG, field='file', n=FILE_MB)
        return await file.read()

    return received
