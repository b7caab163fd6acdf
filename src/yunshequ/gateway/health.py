"""What a proxy or a watchman asks: is this process alive, and can it read its database."""

from fastapi import APIRouter
from sqlalchemy import text

from yunshequ.bootstrap import Container


def router(container: Container) -> APIRouter:
    """Return the routes."""
    routes = APIRouter()

    @routes.get('/health')
    async def health() -> dict[str, str]:
        await container.db.read(lambda session: session.connection().execute(text('SELECT 1')).scalar())
        return {'status': 'ok', 'node': container.settings.node, 'assistant': container.assistant.status().state.value}

    return routes
