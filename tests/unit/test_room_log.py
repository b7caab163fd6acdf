"""The part of a room's log a browser shows: whatever arrives in whatever order, nothing is missing and nothing is twice."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

LOG = Path(__file__).parents[2] / 'pages' / 'components' / 'lib' / 'log.js'
NODE = shutil.which('node')
pytestmark = pytest.mark.skipif(NODE is None, reason='needs node to run the browser code')

# Mulberry32: the same trials on every machine.
TRIALS = """
import { RoomLog, rows, MOST, KEEP } from '%s';
let state = 20261123;
const random = () => {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
};
const at = (seq) => new Date(Date.UTC(2026, 10, 23) + seq * 60000).toISOString();
const wrong = [];
for (let trial = 0; trial < 400; trial += 1) {
  const full = [];
  for (let seq = 1; seq <= 60; seq += 1) {
    const recall = seq > 5 && random() < 0.1;
    full.push(recall ? { seq, kind: 'recall', target: 1 + Math.floor(random() * (seq - 1)), at: at(seq) }
      : { seq, n: seq, kind: 'text', sender: { id: seq %% 3 }, body: `m${seq}`, at: at(seq) });
  }
  const opened = 20;
  const log = new RoomLog(full.slice(0, opened).filter((m) => m.kind !== 'recall'), opened, false);
  for (const m of full.slice(0, opened)) if (m.kind === 'recall') log.take([m]);
  const sync = () => {
    log.take(full.filter((m) => m.seq > log.hi));
    log.last = Math.max(log.last, log.hi);
  };
  for (const m of full.slice(opened)) {
    if (random() < 0.2) continue; // a frame that never came
    if (log.arrive({ ...m }) === 'gap') sync();
    if (random() < 0.2) log.arrive({ ...m }); // and one that came twice
  }
  sync();
  const struck = new Set(full.filter((m) => m.kind === 'recall').map((m) => m.target));
  const expected = full.filter((m) => m.kind !== 'recall').map((m) => [m.seq, struck.has(m.seq)]);
  const shown = log.items.map((m) => [m.seq, !!m.recalled]);
  if (JSON.stringify(shown) !== JSON.stringify(expected)) wrong.push(trial);
  const keys = rows(log.items, [], 30).map((row) => row.key);
  if (new Set(keys).size !== keys.length) wrong.push(`keys of ${trial}`);
}
const many = () => Array.from({ length: MOST + 40 }, (_, i) => ({ seq: i + 1, kind: 'text', sender: { id: 1 }, at: at(i) }));
const long = new RoomLog(many(), MOST + 40, false);
long.trim('old');
const afterOld = [long.items.length, long.lo, long.atEnd, long.hasMore];
const up = new RoomLog(many(), MOST + 40, false);
up.trim('new');
const afterNew = [up.items.length, up.hi, up.atEnd];
const far = up.arrive({ seq: MOST + 41, kind: 'text', at: at(1) });
console.log(JSON.stringify({ wrong, afterOld, afterNew, keep: KEEP, most: MOST, far }));
"""


@pytest.fixture(scope='module')
def outcome(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    copy = tmp_path_factory.mktemp('log') / 'log.mjs'
    copy.write_text(LOG.read_text('utf-8'), 'utf-8')
    done = subprocess.run(
        [str(NODE), '--input-type=module', '-e', TRIALS % copy.as_uri()], capture_output=True, text=True, timeout=60, check=True)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def test_lost_doubled_and_recalled_frames_leave_the_same_log(outcome: dict[str, Any]) -> None:
    assert outcome['wrong'] == []


def test_a_long_log_lets_go_of_the_end_nobody_reads(outcome: dict[str, Any]) -> None:
    most, keep = outcome['most'], outcome['keep']
    assert outcome['afterOld'] == [keep, most + 40 - keep + 1, True, True]
    assert outcome['afterNew'] == [keep, keep, False]


def test_a_message_beyond_the_shown_part_waits_to_be_fetched(outcome: dict[str, Any]) -> None:
    assert outcome['far'] == 'far'
