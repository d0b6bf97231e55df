"""Front matter, read by another parser from a written table, against what the program says.

    front.py PROGRAM WORKSPACE FOLDER

The table of dialects (what each generator writes, and what is wanted of it):

    header   `---` and more dashes: YAML; `+++`: TOML; lines of `Key: value` from the first line on
             (Pelican), until a blank line
    title    `title`, any case; without it the first heading, else the file's name
    date     `date`, else `pubDate`, `publishDate`, `published` (if that is a date); else the day that
             Zola's `path` holds; else the one that the file's name begins with; to the second
             where a time is given, else that day
    authors  `authors` or `author`: a text is the byline as it stands; of a list, each is a text or a
             table with `name`; Markdown links are their words
    draft    `draft: true`, `published: false`

`by_hand.tsv` beside this script holds what a person read in 60 of the files, drawn at random.

Prints a JSON object: rows of [what, ≥ or ≤, bound, measured], and notes on what differs.
"""

import datetime
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tomllib

try:
    import yaml
except ImportError:
    sys.exit("front.py needs PyYAML: apt-get install python3-yaml")


def header(text):
    """The header as a dict of texts, lists and dicts; keys in lower case without _ and -."""
    text = text.lstrip("\ufeff")
    found = re.match(r"(-{3,})[ \t]*\r?\n(.*?)^-{3,}[ \t]*\r?$", text, re.S | re.M)
    if found:
        # BaseLoader leaves every value as it was written.
        table = yaml.load(found[2], Loader=yaml.BaseLoader)
    elif found := re.match(r"\+\+\+[ \t]*\r?\n(.*?)^\+\+\+[ \t]*\r?$", text, re.S | re.M):
        table = tomllib.loads(found[1])
    elif re.match(r"title:\s", text, re.I) or re.match(r"\w+: .*\r?\n(?:\w+: .*\r?\n)*title:\s", text, re.I):
        block = re.split(r"\r?\n\s*\r?\n", text, maxsplit=1)[0]
        table = dict(re.match(r"(\w[\w-]*):\s*(.*)", line).groups() for line in block.splitlines() if ":" in line)
    else:
        table = {}
    return table or {}


def folded(table):
    return {re.sub("[_-]", "", key).lower(): value for key, value in table.items()}


def written(value):
    """A value as it was written, as far as another parser tells; dates in one form."""
    if isinstance(value, dict):
        return {str(key): written(part) for key, part in value.items()}
    if isinstance(value, list):
        return [written(part) for part in value]
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (datetime.datetime, datetime.date)):
        return value.isoformat().replace("+00:00", "Z")
    return "" if value is None else str(value)


def same_header(other, ours):
    """Whether two headers hold the same keys, in the same order, with the same values."""
    if isinstance(other, dict):
        return isinstance(ours, dict) and list(other) == list(ours) and all(map(same_header, other.values(), ours.values()))
    if isinstance(other, list):
        return isinstance(ours, list) and len(other) == len(ours) and all(map(same_header, other, ours))
    if other == ours:
        return True
    # A number or a date of TOML is the same, however its digits are written.
    for read in (float, datetime.datetime.fromisoformat):
        try:
            return read(other) == read(ours)
        except (ValueError, TypeError):
            continue
    return False


def line(value):
    return " ".join(str(value).split())


def moment(value):
    """A date and, if there is one, the time, in UTC."""
    if isinstance(value, datetime.datetime):
        return value if value.tzinfo else value.replace(tzinfo=datetime.UTC)
    if isinstance(value, datetime.date):
        return datetime.datetime(value.year, value.month, value.day, tzinfo=datetime.UTC)
    text = line(value).strip("\"'")
    text = re.sub(r"\s+([+-]\d\d):?(\d\d)$", r"\1:\2", text)
    text = re.sub(r"\s+([+-])(\d)$", r"\g<1>0\2:00", text)
    text = re.sub(r"\s+UTC$", "+00:00", text)
    for form in (None, "%b %d %Y", "%B %d, %Y", "%Y-%m-%d %H:%M"):
        try:
            read = datetime.datetime.fromisoformat(text) if form is None else datetime.datetime.strptime(text, form)
            return read if read.tzinfo else read.replace(tzinfo=datetime.UTC)
        except ValueError:
            continue
    return None


def wanted_date(table, name):
    for key in ("date", "pubdate", "publishdate", "published"):
        if table.get(key) and line(table[key]).lower() not in ("true", "false", "yes", "no"):
            return moment(table[key])
    path = re.search(r"(?:^|/)(\d{4})/(\d\d)/(\d\d)/", str(table.get("path") or table.get("permalink") or ""))
    named = re.match(r"(\d{4})-(\d\d)-(\d\d)(?!\d)", name)
    for found in (path, named):
        if found:
            return datetime.datetime(*map(int, found.groups()), tzinfo=datetime.UTC)
    return None


def name_of(value):
    text = value.get("name", "") if isinstance(value, dict) else value
    return line(re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", str(text)))


def wanted(table, path, text):
    title = line(table.get("title") or "")
    authors = table.get("authors") or table.get("author") or []
    if isinstance(authors, dict):
        authors = [authors]
    draft = line(table.get("draft", "")).lower() == "true" or line(table.get("published", "")).lower() == "false"
    return title, wanted_date(table, path.name), authors, draft


def same_date(wanted, said):
    if wanted is None or said is None:
        return wanted is None and said is None
    return datetime.datetime.fromisoformat(said) == wanted.replace(microsecond=0)


def same_authors(wanted, told):
    if isinstance(wanted, str):
        return re.sub(r"^by\s+", "", name_of(wanted), flags=re.I) == line(told["byline"] or "")
    return [name_of(author) for author in wanted] == told["authors"]


def by_hand():
    """What a person read: by file, title, date and authors."""
    lines = (pathlib.Path(__file__).parent / "by_hand.tsv").read_text(encoding="utf-8").splitlines()
    rows = [row.split("\t") for row in lines if not row.startswith("#")]
    return {file: (title, moment(date) if date else None, authors) for file, title, date, authors in rows}


def agrees(read, told):
    title, date, authors = read
    said = ", ".join(told["authors"]) or told["byline"] or ""
    return line(told["title"]) == title and same_date(date, told["date"]) and said == authors and not told["draft"]


def main(program, workspace, folder):
    notes, whole, headers, equal, hand, agreed = [], 0, 0, 0, by_hand(), 0
    own = pathlib.Path(workspace) / "own"
    shutil.copytree(folder, own, copy_function=shutil.copyfile)
    for place in own.rglob("*"):
        place.chmod(0o755 if place.is_dir() else 0o644)
    files = sorted(p for p in own.rglob("*") if p.suffix in (".md", ".markdown", ".mdx"))
    for path in files:
        text = path.read_text(encoding="utf-8", errors="replace")
        name = str(path.relative_to(workspace))
        try:
            table = header(text)
            title, date, authors, draft = wanted(folded(table), path, text)
        except Exception as error:  # the other parser refuses it
            notes.append(f"{name}: the other parser says {type(error).__name__}")
            continue
        ran = subprocess.run(
            [program, "-C", workspace, "gather", "--explain", name, "--json"], capture_output=True, text=True
        )
        if ran.returncode != 0:
            notes.append(f"{name}: refused: {ran.stderr.splitlines()[0] if ran.stderr else ran.returncode}")
            continue
        told = json.loads(ran.stdout)
        if read := hand.get(str(path.relative_to(own))):
            if agrees(read, told):
                agreed += 1
            else:
                notes.append(f"{name}: a person reads {read}")
        if table:
            headers += 1
            if same_header(written(table), written(told["front_matter"])):
                equal += 1
            else:
                notes.append(f"{name}: the header differs from the other parser's")
        verdicts = {
            # Without a title, what is taken for one is told, and is not judged here.
            "title": not title or line(told["title"]) == title,
            "date": same_date(date, told["date"]),
            "authors": same_authors(authors, told),
            "draft": told["draft"] == draft,
        }
        for key, is_right in verdicts.items():
            if not is_right:
                notes.append(f"{name}: {key} is {told['authors'] if key == 'authors' else told.get(key)!r}")
        whole += all(verdicts.values())
    hand = {file for file in hand if (own / file).exists()}
    share = round(100 * whole / len(files), 1)
    rows = [
        [f"headers equal to PyYAML's and tomllib's, value by value, of {headers}", "≥", headers, equal],
        [f"front matter: title, date, authors, draft, % of {len(files)} files", "≥", 99.5, share],
    ]
    if hand:
        rows.append([f"files that a person read, of {len(hand)}", "≥", len(hand), agreed])
    json.dump({"rows": rows, "notes": notes}, sys.stdout, indent=1)


main(*sys.argv[1:4])
