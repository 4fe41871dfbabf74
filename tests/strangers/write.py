"""`.venv/bin/python tests/strangers/write.py`: write `matrix.md` anew, as the product answers now."""

import os
import sys
from pathlib import Path

import pytest

os.environ["YIWANG_WRITE_MATRIX"] = "1"
test = Path(__file__).parent / "test_matrix.py"
sys.exit(pytest.main(["-q", f"{test}::test_the_table_is_written_anew"]))
