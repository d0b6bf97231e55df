"""Entries of feeds, against what gofeed's own tests expect of them.

    feeds.py PROGRAM WORKSPACE FOLDER

Beside each feed of FOLDER lies a JSON file of the same name. Of each of its items the title, link, date
and id count, where it has them; what gofeed's answer says of a feed as a whole is no article's.

Prints a JSON object: rows of [what, ≥ or ≤, bound, measured], and notes on what differs.
"""

import datetime
import html
import json
import pathlib
import re
import shutil
import subprocess
import sys


PERIOD = ("--from", "1970-01-02", "--until", "1970-01-03")


def run(program, workspace, *words):
    return subprocess.run([program, "-C", workspace, *words], capture_output=True, text=True)


def plain(text):
    """gofeed keeps titles as they are written; ours are text."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", html.unescape(text))).split())


def same(key, wanted, told):
    if key == "title":
        return plain(wanted) == told["title"]
    if key == "link":
        return wanted.rstrip("/") == (told["link"] or "").rstrip("/")
    if key == "guid":
        return wanted == told["file"].split("#", 1)[1]
    moment = datetime.datetime.fromisoformat(wanted.replace("Z", "+00:00"))
    return told["date"] is not None and datetime.datetime.fromisoformat(told["date"]) == moment


def main(program, workspace, folder):
    root = pathlib.Path(workspace)
    right, count, notes = 0, 0, []
    for answer in sorted(pathlib.Path(folder).rglob("*.json")):
        feed = next((p for p in answer.parent.glob(answer.stem + ".*") if p.suffix in (".xml", ".rss", ".atom")), None)
        items = json.loads(answer.read_text(encoding="utf-8")).get("items") or []
        if feed is None or not any(item for item in items):
            continue
        place = root / "articles"
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        shutil.copy(feed, place / "feed.xml")
        # An issue must have a story; with that, all that was read is told.
        (place / "own.md").write_text("---\ntitle: Own\ndate: 1970-01-02\nfeatured: true\n---\nText.\n")
        (root / "issues/bench.md").unlink(missing_ok=True)
        listed = run(program, workspace, "gather", "bench", *PERIOD, "--json")
        names = [c["file"] for c in json.loads(listed.stdout)["candidates"] if "#" in c["file"]]
        explained = [run(program, workspace, "gather", "--explain", name, "--json") for name in names]
        entries = [json.loads(told.stdout) for told in explained if told.returncode == 0]
        for at, item in enumerate(items):
            wanted = {
                "title": item.get("title"),
                "link": item.get("link"),
                "guid": item.get("guid"),
                "date": item.get("publishedParsed") or item.get("updatedParsed"),
            }
            for key, value in wanted.items():
                if not value:
                    continue
                count += 1
                if at < len(entries) and same(key, value, entries[at]):
                    right += 1
                else:
                    got = entries[at].get("file" if key == "guid" else key) if at < len(entries) else "no entry"
                    notes.append(f"{feed.name}: {key} is {got!r}, not {value!r}")
    rows = [[f"gofeed: title, link, date, id of entries, of {count}", "≥", round(count * 35 / 38), right]]
    json.dump({"rows": rows, "notes": notes}, sys.stdout, indent=1)


main(*sys.argv[1:4])
