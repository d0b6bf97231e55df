"""Every file of the corpus, whatever it is: nothing may go wrong with any.

    any.py PROGRAM WORKSPACE CORPUS

Puts all articles and feeds of CORPUS into one workspace, has them gathered, and has each of them explained.
Of each article, entries of feeds included, it counts as a fault: a panic, another end than 0 or 1, a refusal
without a reason, code of a template or a tag in the summary, an empty title, a title that is the file's name
and no warning.

Prints a JSON object: rows of [what, ≥ or ≤, bound, measured], and notes on the faults.
"""

import concurrent.futures
import json
import pathlib
import re
import shutil
import subprocess
import sys

PARTS = ("articles-html", "articles-md", "articles-text", "feeds")
PERIOD = ("--from", "1970-01-02", "--until", "1970-01-03")
TAGS = "a|b|i|u|p|br|hr|em|img|div|span|strong|h[1-6]|[uod]l|li|d[td]|table|t[rdh]|script|style|iframe|figure|font|code|pre"
CODE = re.compile(rf"\{{\{{|\{{%|\{{\$|<%|</?(?:{TAGS})(?:\s[^<>]*)?/?>", re.I)


def run(program, workspace, *words):
    return subprocess.run([program, "-C", workspace, *words], capture_output=True, text=True)


def of_answer(ran):
    """What is wrong with how a call ended."""
    if "panicked" in ran.stderr or "fault of letterpress" in ran.stderr:
        return "a panic"
    if ran.returncode not in (0, 1):
        return f"it ended with {ran.returncode}"
    if ran.returncode == 1 and "error: " not in ran.stderr:
        return "refused without a reason"
    return None


def of_article(told):
    """What is wrong with an article as read."""
    if CODE.search(told["summary"] or ""):
        return f"code in the summary: {told['summary']!r}"
    if not told["title"].strip():
        return "an empty title"
    stem = pathlib.PurePath(told["file"].split("#")[0]).stem
    if told["title"] == stem and not told["warnings"]:
        return "no title, and no warning"
    return None


def main(program, workspace, corpus):
    root = pathlib.Path(workspace)
    place = root / "articles"
    for part in PARTS:
        if (pathlib.Path(corpus) / part).is_dir():
            shutil.copytree(pathlib.Path(corpus) / part, place / part, copy_function=shutil.copyfile)
    for path in place.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    # An issue must have a story; with that, all that was read is told.
    (place / "own.md").write_text("---\ntitle: Own\ndate: 1970-01-02\nfeatured: true\n---\nText.\n")
    listed = run(program, workspace, "gather", "bench", *PERIOD, "--json")
    notes = [] if of_answer(listed) is None else [f"gather: {of_answer(listed)}"]
    answer = json.loads(listed.stdout)
    read = [candidate["file"] for candidate in answer["candidates"]]
    unread = len(answer["unread"])

    def fault(name):
        ran = run(program, workspace, "gather", "--explain", name, "--json")
        wrong = of_answer(ran)
        if wrong is None and ran.returncode == 0:
            wrong = of_article(json.loads(ran.stdout))
        elif wrong is None:
            wrong = "gathered, and not explained"
        return wrong and f"{name.removeprefix('articles/')}: {wrong}"

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        notes += filter(None, pool.map(fault, read))
    rows = [[f"faults in {len(read)} articles and entries, {unread} files refused with a reason", "≤", 0, len(notes)]]
    json.dump({"rows": rows, "notes": notes}, sys.stdout, indent=1)


main(*sys.argv[1:4])
