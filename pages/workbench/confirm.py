"""还有效 in the queue: one tap says that an answer is right, another takes it back."""

from pages.live import Acts, Args, number
from yunshequ.bootstrap import Container
from yunshequ.core.policy import Actor


def confirm_acts(acts: Acts, c: Container) -> None:
    """Register ``knowledge.confirm`` {id, version} -> {version} and ``knowledge.unconfirm`` {id, version}."""
    keeping = c.assistant.keeping

    @acts.on('knowledge.confirm')
    async def confirm(actor: Actor, args: Args) -> dict[str, int]:
        done = await keeping.confirm(actor, number(args, 'id'), number(args, 'version'))
        return {'version': done.version}

    @acts.on('knowledge.unconfirm')
    async def unconfirm(actor: Actor, args: Args) -> None:
        await keeping.unconfirm(actor, number(args, 'id'), number(args, 'version'))
