"""Look for known holes in what we stand on: fails on a finding, only says so when the advisory service cannot be asked."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path


def main() -> int:
    """Run pip-audit and judge its report, not its exit code: that is 1 for a finding and for a lost line alike."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / 'audit.json'
        command = [
            sys.executable, '-m', 'pip_audit', '--skip-editable', '--progress-spinner', 'off', '--format', 'json', '--output', str(report),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
        if not report.exists() or not report.read_text():
            sys.stderr.write(f'pip-audit could not ask anybody, nothing was audited:\n{done.stderr[-2000:]}\n')
            return 0
        packages = json.loads(report.read_text())['dependencies']
    holes = [(one['name'], one['version'], hole) for one in packages for hole in one.get('vulns', ())]
    for name, version, hole in holes:
        sys.stderr.write(f'{name} {version}: {hole["id"]}, mended in {", ".join(hole["fix_versions"]) or "no version yet"}\n')
    asked = sum('skip_reason' not in one for one in packages)
    sys.stderr.write(f'audited {asked} of {len(packages)} packages: {len(holes)} known holes\n')
    return 1 if holes else 0


if __name__ == '__main__':
    sys.exit(main())
