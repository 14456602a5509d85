"""Records PyTorch's answers to seeded networks: ``python -m tests.oracle.record``.

As many as fit into LIMIT bytes; the tests use them where PyTorch is not installed.
"""

import gzip
import json
from typing import Any

from tests.oracle.oracle import RECORD, Torch, batch_of, document_of, fingerprint

LIMIT = 330_000
"""Bytes of the file."""
MOST = {"exact": 300, "drawn": 104, "exact batches": 30, "drawn batches": 12}
"""Seeds of each family; exact answers compress well, the others hardly at all."""


def main() -> None:
    """Write the record."""
    oracle = Torch()
    held: dict[str, Any] = {**{family: [] for family in MOST}, "answers": {}}
    for family, most in MOST.items():
        for seed in range(most):
            drawn = batch_of if family.endswith("batches") else document_of
            doc = drawn(seed, family.startswith("exact"))
            named = oracle.answer(doc).named
            held[family].append(seed)
            held["answers"][fingerprint(doc)] = {
                name: array.tolist() for name, array in named.items()
            }
    written = gzip.compress(json.dumps(held, separators=(",", ":")).encode(), 9, mtime=0)
    if len(written) > LIMIT:
        raise SystemExit(f"{len(written)} bytes are more than {LIMIT}: lower MOST")
    RECORD.write_bytes(written)
    print(f"{RECORD.name}: {' + '.join(map(str, MOST.values()))} networks, {len(written)} bytes")


if __name__ == "__main__":
    main()
