"""Records ten real digits for the builder: run it with a Python that has scikit-learn.

The digits are recorded, so that the tool does not need scikit-learn.
"""

import json
from pathlib import Path

from sklearn.datasets import load_digits

FILE = Path(__file__).parents[1] / "app" / "builder" / "digits.json"
ABOUT = (
    "Handwritten digits, 8 × 8, in shades from 0 to 16: the first of each in scikit-learn's "
    "load_digits, which is the test set of «Optical Recognition of Handwritten Digits» by "
    "E. Alpaydin and C. Kaynak, UCI Machine Learning Repository, 1998 (doi:10.24432/C50P49), "
    "licence CC BY 4.0. Unchanged."
)

data = load_digits()
first = {int(label): i for i, label in reversed(list(enumerate(data.target)))}
pictures = {digit: data.images[first[digit]].astype(int).tolist() for digit in range(10)}
rows = ",\n".join(
    f'    "{digit}": [\n' + ",\n".join(f"      {json.dumps(row)}" for row in picture) + "\n    ]"
    for digit, picture in pictures.items()
)
about = json.dumps(ABOUT, ensure_ascii=False)
FILE.write_text(f'{{\n  "about": {about},\n  "digits": {{\n{rows}\n  }}\n}}\n', "utf-8")
