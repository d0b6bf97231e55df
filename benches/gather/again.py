"""A folder gathered twice: how much longer the first reading takes, and how much memory the largest.

    again.py PROGRAM WORKSPACE FOLDER

Links FOLDER's Markdown into the workspace until there are 20,000 articles, and then 100,000. Markdown
is what is read fastest, so a folder of pages gains more. The first reading has no index, the second
that of the first; the median of three rounds counts.

Prints a JSON object: rows of [what, ≥ or ≤, bound, measured], and notes.
"""

import json
import os
import pathlib
import shutil
import sys
import time


def gather(program, workspace):
    """Seconds and MiB of one gather; nothing of so long ago is chosen."""
    began = time.monotonic()
    child = os.fork()
    if child == 0:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        words = [program, "-C", workspace, "gather", "bench", "--from", "1990-01-01", "--until", "1990-02-01"]
        os.execv(program, words)
    _, status, usage = os.wait4(child, 0)
    if os.waitstatus_to_exitcode(status) != 3:
        sys.exit(f"again.py: the gather ended with {status}, and should have found no story")
    return time.monotonic() - began, usage.ru_maxrss / 1024


def fill(place, files, since, until):
    for number in range(since, until):
        source = files[number % len(files)]
        folder = place / f"{number // 1000:03}"
        folder.mkdir(exist_ok=True)
        os.link(source, folder / f"{number}-{source.name}")


def main(program, workspace, folder):
    root = pathlib.Path(workspace)
    place = root / "articles"
    place.mkdir(exist_ok=True)
    own = root / "own"
    shutil.copytree(folder, own, copy_function=shutil.copyfile)
    for path in own.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    files = sorted(p for p in own.rglob("*") if p.suffix in (".md", ".markdown"))
    index = root / ".letterpress/articles.index"
    fill(place, files, 0, 20_000)
    # What was written a moment ago is looked at twice.
    time.sleep(3)
    ratios = []
    for _ in range(3):
        index.unlink(missing_ok=True)
        first, _ = gather(program, workspace)
        second, _ = gather(program, workspace)
        ratios.append((second / first, first, second))
    ratio, first, second = sorted(ratios)[1]
    fill(place, files, 20_000, 100_000)
    time.sleep(3)
    index.unlink(missing_ok=True)
    largest = max(gather(program, workspace)[1], gather(program, workspace)[1])
    rows = [
        ["second gather of 20,000 articles, of the first's time", "≤", 0.1, round(ratio, 3)],
        ["memory at 100,000 articles, MiB", "≤", 300, round(largest)],
    ]
    notes = [f"20,000 articles: {first:.2f} s, and again {second:.2f} s"]
    json.dump({"rows": rows, "notes": notes}, sys.stdout, indent=1)


main(*sys.argv[1:4])
