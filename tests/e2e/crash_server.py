"""The services in a process of their own, asked over its standard input: what the crash test kills a hundred times.

The same container as behind the pages (database, rooms, votes, seats, jobs), without the pages, so that it is back in a
second. One JSON object a line: ``{"id", "member", "name", "args"}`` in, ``{"id", "ok", "data" | "code"}`` out. An answer is
written when the service has returned, as a page's reply is.
"""

import asyncio
import json
import sys
from typing import Any

from yunshequ.ballots.schemas import as_choice
from yunshequ.bootstrap import Container
from yunshequ.core.errors import AppError
from yunshequ.core.policy import Actor
from yunshequ.core.settings import Settings
from yunshequ.rooms.schemas import PostDraft

READY = 'ready'


async def answer(c: Container, actor: Actor, name: str, args: dict[str, Any]) -> dict[str, Any]:
    """Do what the act of this name does on a page."""
    if name == 'post':
        view = await c.rooms.post(actor, PostDraft(room_id=args['room_id'], client_id=args['client_id'], body=args['body']))
        return {'message': {'seq': view.seq, 'body': view.body}}
    if name == 'ballot.vote':
        taken = await c.ballots.cast(
            actor, args['ballot_id'], as_choice(args['choices']), client_id=args['client_id'], version=args['version'])
        return {'version': taken.version}
    if name == 'call.signup':
        signup = await c.emergency.sign_up(actor, args['shift_id'], args['client_id'])
        return {'mine': {'state': signup.state.value}}
    call = await c.emergency.card_state(actor, args['call_id'])
    mine = next(shift.mine for shift in call.shifts if shift.id == args['shift_id'])
    if mine is not None:
        await c.emergency.cancel(actor, mine.id)
    return {'mine': None}


async def serve() -> None:
    """Answer until the input ends or the process is killed."""
    c = Container(Settings(_env_file=None))  # type: ignore[call-arg]
    await c.start()
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin.buffer)
    running: set[asyncio.Task[None]] = set()

    def say(words: dict[str, Any] | str) -> None:
        sys.stdout.write(json.dumps(words) + '\n')
        sys.stdout.flush()

    async def one(asked: dict[str, Any]) -> None:
        try:
            data = await answer(c, Actor(asked['member']), asked['name'], asked['args'])
            say({'id': asked['id'], 'ok': True, 'data': data})
        except AppError as refusal:
            say({'id': asked['id'], 'ok': False, 'code': refusal.code})

    say(READY)
    while line := await reader.readline():
        task = asyncio.create_task(one(json.loads(line)))
        running.add(task)
        task.add_done_callback(running.discard)
    await asyncio.gather(*running)
    await c.stop()


if __name__ == '__main__':
    asyncio.run(serve())
