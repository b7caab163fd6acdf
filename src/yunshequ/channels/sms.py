"""Text messages (短信): printed in the demo, posted to an HTTP gateway otherwise."""

import httpx
from loguru import logger

from yunshequ.core.errors import Unavailable
from yunshequ.core.i18n import N_
from yunshequ.core.settings import Settings

NOT_SENT = N_('短信暂时发不出去，请稍后再试，或用密码登录')
TIMEOUT_SECONDS = 8.0


class ConsoleSms:
    """Sends nothing: the code is printed on standard output and, in the demo, shown on the page with the label 演示."""

    def __init__(self, *, demo: bool) -> None:
        self._demo = demo

    async def send_code(self, phone: str, code: str, locale: str) -> str | None:
        """Print the code. It goes to standard output, not to the log: logs are kept, codes must not be."""
        print(f'[sms] {phone[:3]}****{phone[-4:]}: {code}', flush=True)  # noqa: T201 - this is the channel
        return code if self._demo else None

    async def stop(self) -> None:
        """Nothing to close."""


class HttpSms:
    """Posts ``{"phone", "code", "locale"}`` as JSON with a bearer token; any 2xx answer means accepted."""

    def __init__(self, url: str, token: str, *, timeout: float = TIMEOUT_SECONDS) -> None:
        self._url = url
        headers = {'Authorization': f'Bearer {token}'} if token else {}
        self._client = httpx.AsyncClient(timeout=timeout, headers=headers, follow_redirects=False)

    async def send_code(self, phone: str, code: str, locale: str) -> str | None:
        """Hand the code to the gateway.

        :raises Unavailable: it does not answer in time or refuses.
        """
        try:
            answer = await self._client.post(self._url, json={'phone': phone, 'code': code, 'locale': locale})
        except httpx.HTTPError as error:
            logger.error('the text-message gateway is out of reach: {}', type(error).__name__)
            raise Unavailable(NOT_SENT) from error
        if not answer.is_success:
            logger.error('the text-message gateway answered {}', answer.status_code)
            raise Unavailable(NOT_SENT)
        return None

    async def stop(self) -> None:
        """Close connections."""
        await self._client.aclose()


def sms_gateway(settings: Settings) -> ConsoleSms | HttpSms:
    """Return the gateway the settings name.

    :raises ValueError: ``sms=http`` without ``sms_url``.
    """
    if settings.sms == 'http':
        if not settings.sms_url:
            raise ValueError('YUNSHEQU_SMS=http needs YUNSHEQU_SMS_URL')
        return HttpSms(settings.sms_url, settings.sms_token)
    return ConsoleSms(demo=settings.demo)
