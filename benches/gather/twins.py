"""Pairs of articles made of a corpus: one story twice, and two that only look like it.

    twins.py PROGRAM WORKSPACE FOLDER

Of FOLDER's longer texts, 200 pairs are made: 100 of one story (another address of its page; one word
in twenty changed, dropped or added; the last paragraph gone), 100 of two stories (one headline over
two texts; a sequel that tells once more how it began; a tally whose figures go on; the same notice for
another day; two pages of one address but for a parameter that counts). All are gathered at once, so
every text is also held against all others.

Prints a JSON object: rows of [what, ≥ or ≤, bound, measured], and notes on what went wrong.
"""

import html
import json
import pathlib
import random
import re
import subprocess
import sys

# The kinds of two stories, in turn; those that need no second text more often.
KINDS = (0, 1, 2, 3, 4, 2, 3, 2, 3)
WORDS = "harbour quietly their Berlin committee said again today office of".split()


def lines_of(path):
    """The longer paragraphs of a file, without its header and its tags."""
    text = path.read_text(encoding="utf-8", errors="replace")
    if path.suffix == ".html":
        found = [re.sub(r"<[^>]*>", "", part) for part in re.findall(r"<p\b[^>]*>(.*?)</p>", text, re.S)]
        lines = [html.unescape(part) for part in found]
    else:
        lines = re.sub(r"\A(-{3,}|\+\+\+).*?^(-{3,}|\+\+\+)\s*$", "", text, flags=re.S | re.M).splitlines()
    return paragraphs(lines)


def plain(text):
    return paragraphs(text.splitlines())


def paragraphs(lines):
    lines = [" ".join(line.split()) for line in lines]
    return [line for line in lines if len(line.split()) >= 12 and line[0].isalpha() and "{" not in line][:12]


def texts(folder):
    """Texts of at least 150 words, none of them much like another: a corpus has some pages twice."""
    found, holders = [], {}
    wanted = (".md", ".markdown", ".txt")
    files = [p for p in pathlib.Path(folder).rglob("*") if p.suffix in wanted or p.name == "expected.html"]
    truth = pathlib.Path(folder) / "articles-html/article-extraction-benchmark/ground-truth.json"
    bodies = [entry["articleBody"] for entry in json.loads(truth.read_text()).values()] if truth.exists() else []
    for lines in [lines_of(path) for path in sorted(files)] + [plain(body) for body in bodies]:
        words = " ".join(lines).lower().split()
        rows = {tuple(words[at : at + 5]) for at in range(len(words) - 4)}
        common = {}
        for row in rows:
            for holder in holders.get(row, ()):
                common[holder] = common.get(holder, 0) + 1
        if len(words) < 150 or max(common.values(), default=0) > len(rows) / 10:
            continue
        for row in rows:
            holders.setdefault(row, []).append(len(found))
        found.append(lines)
    return found


def edited(lines, dice):
    def word(word):
        if dice.random() >= 0.05:
            return word
        return dice.choice([dice.choice(WORDS), "", f"{word} {dice.choice(WORDS)}"])

    return [" ".join(filter(None, map(word, line.split()))) for line in lines]


def one_story(kind, lines, number, dice):
    page = f"news.example/2023/{number}"
    links = {
        0: (f"https://{page}", f"http://www.{page}/?utm_source=rss&utm_medium=feed"),
        1: (f"https://{page}", f"https://m.{page}?fbclid=IwAR0#top"),
        2: (f"https://{page}", f"https://amp.{page}/amp/"),
    }
    if kind in links:
        return links[kind], lines, lines[:1]
    if kind == 3 and len(lines) > 10:
        return (None, None), lines, lines[:-1]
    return (None, None), lines, edited(lines, dice)


def two_stories(kind, lines, other, number):
    page = f"https://news.example/2023/{number}"
    if kind == 0:
        return (None, None), lines, other
    if kind == 1:
        return (None, None), lines, other + lines[: len(lines) // 2]
    if kind == 2:
        tally = "By {} on {} they had counted {} of {} ballots, and {} were in dispute."
        before, after = tally.format("noon", "Monday", 310, 560, 9), tally.format("six", "Tuesday", 447, 581, 12)
        return (None, None), lines + [before], lines + [after]
    if kind == 3:
        notice = "The council meets on {} at {} in the old mill, and everybody may come."
        return (None, None), lines + [notice.format("Monday", 7)], lines + [notice.format("Thursday", 8)]
    return (f"{page}?page=1", f"{page}?page=2"), lines, other


def write(path, title, link, lines):
    front = f"title: {json.dumps(title)}\ndate: 2023-03-22\nfeatured: true\n"
    front += f"link: {link}\n" if link else ""
    path.write_text(f"---\n{front}---\n" + "\n\n".join(lines) + "\n", encoding="utf-8")


def main(program, workspace, folder):
    dice = random.Random(5)
    pool = texts(folder)
    dice.shuffle(pool)
    place = pathlib.Path(workspace) / "articles"
    place.mkdir(exist_ok=True)
    config = pathlib.Path(workspace) / "letterpress.toml"
    text = re.sub(r"\[gather\].*", "", config.read_text(), flags=re.S)
    config.write_text(text + '[gather]\narticles = ["articles"]\nmax_stories = 10000\n')
    need = 100 + 100 + sum(KINDS[number % len(KINDS)] in (0, 1, 4) for number in range(100))
    if len(pool) < need:
        sys.exit(f"twins.py: {len(pool)} texts are too few for {need}")
    for number in range(100):
        kind = number % 10
        links, one, other = one_story(kind, pool.pop(), number, dice)
        write(place / f"same-{number:03}-a.md", f"Story {chr(65 + number % 26)}", links[0], one)
        write(place / f"same-{number:03}-b.md", f"Story {chr(65 + number % 26)}", links[1], other)
        kind = KINDS[number % len(KINDS)]
        other = None if kind in (2, 3) else pool.pop()
        links, one, other = two_stories(kind, pool.pop(), other, 1000 + number)
        write(place / f"two-{number:03}-a.md", "One headline", links[0], one)
        write(place / f"two-{number:03}-b.md", "One headline", links[1], other)
    ran = subprocess.run(
        [program, "-C", workspace, "gather", "--week", "2023-W12", "--json"], capture_output=True, text=True
    )
    if ran.returncode != 0:
        sys.exit(ran.stderr)
    found, wrong = set(), []
    for candidate in json.loads(ran.stdout)["candidates"]:
        if not candidate["reason"].startswith("same story as "):
            continue
        one = pathlib.Path(candidate["file"]).stem
        other = pathlib.Path(candidate["reason"].removeprefix("same story as ")).stem
        if one.startswith("same-") and one[:-2] == other[:-2]:
            found.add(one[:-2])
        else:
            wrong.append(f"{one} is taken for {other}")
    missed = [f"same-{number:03}" for number in range(100) if f"same-{number:03}" not in found]
    rows = [
        ["one story from two sources, found, of 100 pairs", "≥", 95, len(found)],
        ["two stories taken for one, of 100 pairs and all others", "≤", 0, len(wrong)],
    ]
    json.dump({"rows": rows, "notes": wrong + [f"{pair} was missed" for pair in missed]}, sys.stdout, indent=1)


main(*sys.argv[1:4])
