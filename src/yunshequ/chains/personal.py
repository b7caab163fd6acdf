"""What sign-up chains hold of a person: a line goes with the account, a chain somebody started stays for those on it."""

from yunshequ.chains.lines import chain_table, line_table
from yunshequ.core.i18n import N_
from yunshequ.core.personal import Fate, Holding, Keeper

PURPOSE = N_('群里的接龙')
INSIDE = N_('同群的人')

HOLDINGS = (
    Holding(line_table, N_('我接的龙'), PURPOSE, INSIDE, 'account', fate=Fate.DELETE,
            shown={'chain_id': N_('接龙'), 'text': N_('内容'), 'at': N_('时间')}, refs={'chain_id': chain_table.c.title}),
    Holding(chain_table, N_('我发起的接龙'), PURPOSE, INSIDE, 'messages', owner='starter_id',
            shown={'title': N_('标题'), 'created_at': N_('时间')}),
)


def keeper() -> Keeper:
    """Return what the module holds of people."""
    return Keeper(N_('接龙'), HOLDINGS)
