"""Every setting is documented, and the documentation names no setting that is none."""

import re
from pathlib import Path

from yunshequ.core.settings import Settings

DOCS = Path(__file__).parents[2] / 'docs' / 'settings.md'


def test_docs_and_settings_name_the_same() -> None:
    documented = set(re.findall(r'^\| `YUNSHEQU_([A-Z_]+)` \|', DOCS.read_text(encoding='utf-8'), re.MULTILINE))
    assert documented == {name.upper() for name in Settings.model_fields}


def test_every_setting_says_what_it_is_for() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []
