#!/usr/bin/env python3
"""Stands in for gcloud, docker, curl, sleep, the doctor and others: records how it was called and answers as prepared.

`STAND_IN` names a folder. Its `answers.json` maps the beginning of a call, without the flags every call has, to what
is printed; `null` stands for "not found", `{"in turn": […]}` for one answer after the other, the last one again and
again. Calls of others than gcloud begin with their name, and a number is their exit status. What a call reads from a
file or from its input is kept too.
"""

import json
import os
import sys
from pathlib import Path

folder = Path(os.environ["STAND_IN"])
name = Path(sys.argv[0]).name
arguments = [argument for argument in sys.argv[1:] if argument != "--quiet"]
if arguments[:1] == ["--project"]:
    arguments = arguments[2:]
call = " ".join(arguments if name == "gcloud" else [name, *arguments])
files = [Path(argument).read_text() for argument in arguments if Path(argument).is_file()]
reads = any(flag in call for flag in ("--data-file -", "--config -"))
given = sys.stdin.read() if reads else ""

answers = json.loads((folder / "answers.json").read_text())
earlier = (folder / "calls.jsonl").read_text().splitlines() if (folder / "calls.jsonl").exists() else []
known = [beginning for beginning in answers if call.startswith(beginning)]
with open(folder / "calls.jsonl", "a", encoding="utf-8") as calls:
    calls.write(json.dumps({"call": call, "files": files, "input": given}) + "\n")
if known:
    beginning = max(known, key=len)
    answer = answers[beginning]
    if isinstance(answer, dict) and "in turn" in answer:
        asked = sum(json.loads(line)["call"].startswith(beginning) for line in earlier)
        answer = answer["in turn"][min(asked, len(answer["in turn"]) - 1)]
    if isinstance(answer, int):
        sys.exit(answer)
    if answer is None:
        sys.exit("ERROR: (gcloud) NOT_FOUND: there is no such thing")
    print(answer if isinstance(answer, str) else json.dumps(answer))
