#!/usr/bin/env python3
"""Stands in for gcloud: records how it was called and answers from a folder of prepared answers.

`FAKE_GCLOUD` names the folder. Its `answers.json` maps the beginning of a call, without the flags every call has, to
what is printed; `null` stands for "not found". What a call reads from a file or from its input is kept too.
"""

import json
import os
import sys
from pathlib import Path

folder = Path(os.environ["FAKE_GCLOUD"])
arguments = [argument for argument in sys.argv[1:] if argument != "--quiet"]
if arguments[:1] == ["--project"]:
    arguments = arguments[2:]
call = " ".join(arguments)
files = {argument: Path(argument).read_text() for argument in arguments if argument.endswith(".yaml")}
given = sys.stdin.read() if "--data-file -" in call else ""
with open(folder / "calls.jsonl", "a", encoding="utf-8") as calls:
    calls.write(json.dumps({"call": call, "files": list(files.values()), "input": given}) + "\n")

answers = json.loads((folder / "answers.json").read_text())
known = [beginning for beginning in answers if call.startswith(beginning)]
if known:
    answer = answers[max(known, key=len)]
    if answer is None:
        sys.exit("ERROR: (gcloud) NOT_FOUND: there is no such thing")
    print(answer if isinstance(answer, str) else json.dumps(answer))
