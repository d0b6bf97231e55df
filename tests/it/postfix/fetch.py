import dkim, email, email.policy, html, imaplib, json, os, re, sys

port, password, inbox, expected, folder, records = sys.argv[1:]
with open(expected) as file:
    expected = json.load(file)
records = {k.encode(): v.encode() for k, v in json.loads(records).items()}
policy = email.policy.default.clone(raise_on_defect=True)


def body(message, kind):
    """A decoded part, without what differs between a rehearsal and a send."""
    text = message.get_body((kind,)).get_content()
    return re.sub(r'/unsubscribe/[^\s"<>&]+', '/unsubscribe/T', text)


def read(raw):
    return email.message_from_bytes(raw, policy=policy)


def squeezed(text):
    return re.sub(r'\s+', '', text)


def fetch():
    imap = imaplib.IMAP4('127.0.0.1', int(port))
    imap.login('anybody', password)
    imap.select('INBOX', readonly=True)
    _, found = imap.search(None, 'ALL')
    for number in found[0].split():
        _, data = imap.fetch(number, '(BODY.PEEK[])')
        yield data[0][1]
    imap.logout()


rehearsed = {}
for name in os.listdir(inbox):
    with open(os.path.join(inbox, name), 'rb') as file:
        message = read(file.read())
    rehearsed[message['to'].addresses[0].addr_spec] = message

files, seen = {}, set()
# Where dots stand in the lines as they were carried.
columns, at_the_head = set(), False
for raw in fetch():
    message = read(raw)
    to = message['to'].addresses[0].addr_spec
    assert to not in seen, f'{to} got two'
    seen.add(to)
    for kind in ('plain', 'html'):
        got, wanted = body(message, kind), body(rehearsed[to], kind)
        assert got == wanted, f'{to}, {kind}:\n{got!r}\n{wanted!r}'
    text, page = body(message, 'plain'), body(message, 'html')
    page = html.unescape(re.sub(r'<[^>]*>', ' ', page))
    note = expected['notes'][to]
    assert squeezed(note) in squeezed(text), f'{to}: {note!r} is not in {text!r}'
    assert squeezed(note) in squeezed(page), f'{to}: {note!r} is not in the page'
    for line in expected['lines']:
        assert line in text.splitlines(), f'{to}: {line!r} is no line of {text!r}'
        assert squeezed(line) in squeezed(page), f'{to}: {line!r} is not in the page'
    assert message['subject'].startswith('Far and wide: 日本 and Reader '), message['subject']
    files[f'sound-{to}.eml'] = raw
    for line in raw.split(b'\r\n\r\n', 1)[1].split(b'\r\n'):
        columns.update(column for column, byte in enumerate(line) if byte == ord('.'))
        at_the_head = at_the_head or line.startswith(b'=2E')
assert seen == set(expected['notes']), 'somebody got nothing'
assert columns >= set(range(1, 75)) and at_the_head, f'no dot in some column: {columns}'


def change(old, new):
    return lambda raw: re.sub(old, new, raw, count=1, flags=re.M | re.I)


def below(header):
    return lambda raw: raw.replace(b'\r\n\r\n', b'\r\n' + header + b'\r\n\r\n', 1)


TAMPERS = {
    'body': change(rb'far\.example/x', b'far.example/y'),
    'longer': lambda raw: raw + b'more\r\n',
    'subject': change(rb'^Subject: ', b'Subject: Re: '),
    'from': below(b'From: Other <other@far.example>'),
    'unsubscribe': below(b'List-Unsubscribe: <https://elsewhere.example/>'),
    'to': change(rb'^To: ', b'To: x'),
}
for number, name in enumerate(sorted(files)):
    what, tamper = list(TAMPERS.items())[number % len(TAMPERS)]
    changed = tamper(files[name])
    assert changed != files[name], what
    files[f'changed-{what}-{name}'] = changed


def verify(raw):
    results = []
    for index in range(2):
        try:
            look = lambda name, timeout=5: records.get(name.rstrip(b'.'))
            results.append(bool(dkim.DKIM(raw).verify(idx=index, dnsfunc=look)))
        except dkim.DKIMException:
            results.append(False)
    return results


for name, raw in files.items():
    with open(os.path.join(folder, name), 'wb') as file:
        file.write(raw)
print(json.dumps({
    'fetched': len(seen), 'verdicts': {name: verify(raw) for name, raw in files.items()},
}))
