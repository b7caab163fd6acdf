"""Rule packs (规则包): figures of laws and conventions are data with an edition and a source, never code."""

import json
from collections.abc import Iterable
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from yunshequ.ballots.quorum import Bound
from yunshequ.ballots.schemas import RuleChoice, Unit
from yunshequ.core.errors import Invalid
from yunshequ.core.i18n import N_, translate

RULES_DIR = Path(__file__).parents[3] / 'data' / 'rules'


class PackedRule(BaseModel):
    """One rule of a pack, as its file has it."""

    model_config = ConfigDict(frozen=True, extra='forbid')

    name: str
    source: str
    participation: tuple[Bound, ...]
    approval: tuple[Bound, ...]


class Pack(BaseModel):
    """A file of rules that share an edition and a source."""

    model_config = ConfigDict(frozen=True, extra='forbid')

    id: str
    version: str
    name: str
    source: str
    note: str
    units: frozenset[Unit]
    secret_allowed: bool
    helpers_allowed: bool = False
    """Whether a vote may be given by somebody who acts for the voter with recorded consent (帮办)."""
    rules: dict[str, PackedRule]


class Rule(BaseModel):
    """A rule by which a vote is decided, complete in itself: what a ballot keeps a copy of."""

    model_config = ConfigDict(frozen=True)

    key: str
    version: str
    name: str
    source: str
    note: str
    units: frozenset[Unit]
    secret_allowed: bool
    helpers_allowed: bool = False
    participation: tuple[Bound, ...]
    approval: tuple[Bound, ...]

    def title(self, locale: str) -> str:
        """Return its name for people."""
        return ' · '.join(translate(part, locale) for part in self.name.split(' · '))

    def grounds(self, locale: str) -> str:
        """Return its source for people."""
        return translate(self.source, locale)


class RuleBook:
    """All rules that a vote may be held by."""

    def __init__(self, packs: Iterable[Pack]) -> None:
        self._rules: dict[str, Rule] = {}
        for pack in packs:
            for name, rule in pack.rules.items():
                key = f'{pack.id}.{name}'
                if key in self._rules:
                    raise ValueError(f'rule {key} stands in two files')
                self._rules[key] = Rule(
                    key=key, version=pack.version, name=f'{pack.name} · {rule.name}', source='；'.join(part for part in (pack.source, rule.source) if part),
                    note=pack.note, units=pack.units, secret_allowed=pack.secret_allowed, helpers_allowed=pack.helpers_allowed,
                    participation=rule.participation, approval=rule.approval,
                )

    @classmethod
    def load(cls, folder: Path = RULES_DIR) -> 'RuleBook':
        """Read every ``*.json`` of a folder.

        :raises ValueError: a file is not a rule pack, or two hold the same rule.
        """
        return cls(Pack.model_validate(json.loads(path.read_text(encoding='utf8'))) for path in sorted(folder.glob('*.json')))

    def rule(self, key: str) -> Rule:
        """Return a rule, e.g. ``civil_code_278.ordinary``.

        :raises Invalid: there is none by that name.
        """
        try:
            return self._rules[key]
        except KeyError:
            raise Invalid(N_('没有这条表决规则，请重新选择'), field='rule') from None

    def choices(self, locale: str) -> tuple[RuleChoice, ...]:
        """Return what a form offers."""
        return tuple(
            RuleChoice(
                key=rule.key, name=rule.title(locale), source=rule.grounds(locale), note=translate(rule.note, locale),
                units=tuple(unit for unit in Unit if unit in rule.units), secret_allowed=rule.secret_allowed,
            )
            for rule in self._rules.values()
        )
