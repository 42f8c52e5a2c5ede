import re
from pathlib import Path

import pytest

README = Path(__file__).parents[2] / "streams/client/README.md"
BLOCKS = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.kafka
def test_the_examples_of_the_readme_run(
    servers: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    monkeypatch.chdir(tmp_path)
    assert len(BLOCKS) == 3
    for block in BLOCKS:
        # The same lines against the broker of the tests, and loops that end.
        code = block.replace("127.0.0.1:19092", servers)
        code = code.replace('start="latest"', 'start="earliest", stop_at_end=True')
        code = code.replace('or "earliest")', 'or "earliest", stop_at_end=True)')
        exec(compile(code, str(README), "exec"), {})
    assert "Receipt(topic='conversation.turns.v1'" in capsys.readouterr().out
