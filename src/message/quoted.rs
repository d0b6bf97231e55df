//! Quoted-printable (RFC 2045 section 6.7), written so that the body's relaxed canonical form
//! (RFC 6376 section 3.4.4) is the body itself, and that no line needs its dot stuffed.
//!
//! Invariant: what is encoded begins and ends at the start of a line, so that encoded spans may
//! follow each other in any order; no line is longer than 76 columns, ends in white space, holds two
//! spaces in a row or begins with a dot.

/// The longest line, less the `=` of a soft break.
const COLUMNS_MAX: usize = 75;
const DIGITS: &[u8; 16] = b"0123456789ABCDEF";

/// Adds a text, encoded; its line ends (LF or CRLF) become CRLF.
pub fn encode(text: &str, out: &mut Vec<u8>) {
    let bytes = text.as_bytes();
    let mut column = 0;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let next = bytes.get(at + 1);
        at += 1;
        match byte {
            b'\n' => {
                out.extend_from_slice(b"\r\n");
                column = 0;
                continue;
            }
            b'\r' if next == Some(&b'\n') => continue,
            _ => {}
        }
        let before = if column == 0 { None } else { out.last() };
        let ends_line = matches!(next, Some(b'\n' | b'\r'));
        let as_it_is = match byte {
            b' ' => before != Some(&b' ') && !ends_line,
            // A dot that a soft break moves to the start of a line is looked at there.
            b'.' => column != 0 && column < COLUMNS_MAX,
            b'!'..=b'~' => byte != b'=',
            _ => false,
        };
        let width = if as_it_is { 1 } else { 3 };
        if column + width > COLUMNS_MAX {
            out.extend_from_slice(b"=\r\n");
            column = 0;
        }
        if as_it_is {
            out.push(byte);
        } else {
            let digit = |value: u8| DIGITS[usize::from(value)];
            out.extend_from_slice(&[b'=', digit(byte >> 4), digit(byte & 15)]);
        }
        column += width;
    }
    if column > 0 {
        out.extend_from_slice(b"=\r\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A generator of its own, so that a failure can be had again from its seed.
    struct Rng(u64);

    impl Rng {
        fn below(&mut self, end: usize) -> usize {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            (self.0 % end as u64) as usize
        }

        fn text(&mut self) -> String {
            const WORDS: [&str; 18] = [
                " ",
                "  ",
                "\t",
                "\n",
                "\r\n",
                "\r",
                ".",
                "..",
                "=",
                "a",
                "word",
                "=_",
                "é",
                "👩‍💻",
                "\0",
                "From ",
                "--",
                "https://a.example/x.y",
            ];
            (0..self.below(120)).map(|_| WORDS[self.below(WORDS.len())]).collect()
        }
    }

    fn decode(bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            if byte != b'=' {
                // The line ends of the wire are those of the text.
                out.extend((byte != b'\r').then_some(byte));
                at += 1;
                continue;
            }
            if &bytes[at + 1..at + 3] != b"\r\n" {
                let digits = std::str::from_utf8(&bytes[at + 1..at + 3]).unwrap();
                out.push(u8::from_str_radix(digits, 16).unwrap());
            }
            at += 3;
        }
        out
    }

    /// RFC 6376 section 3.4.4, but for the empty lines at the end of a body.
    fn relaxed(body: &[u8]) -> Vec<u8> {
        let body = std::str::from_utf8(body).unwrap();
        let mut out = String::new();
        for line in body.split_inclusive("\r\n") {
            let end = if line.ends_with("\r\n") { "\r\n" } else { "" };
            let line = line.trim_end_matches("\r\n").trim_end_matches([' ', '\t']);
            let mut was_space = false;
            for c in line.chars() {
                let is_space = matches!(c, ' ' | '\t');
                match (is_space, was_space) {
                    (true, true) => {}
                    (true, false) => out.push(' '),
                    _ => out.push(c),
                }
                was_space = is_space;
            }
            out.push_str(end);
        }
        out.into_bytes()
    }

    #[test]
    fn spans_decode_to_their_texts_and_are_canonical_as_they_stand() {
        for seed in 1..=4000 {
            let mut rng = Rng(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(seed));
            let (mut given, mut out) = (String::new(), Vec::new());
            for _ in 0..=rng.below(4) {
                let text = rng.text();
                encode(&text, &mut out);
                given.push_str(&text.replace("\r\n", "\n"));
            }
            let decoded = String::from_utf8(decode(&out)).unwrap();
            assert_eq!(decoded, given, "seed {seed}");
            assert_eq!(relaxed(&out), out, "seed {seed}");
            let wire = String::from_utf8(out).unwrap();
            assert!(wire.is_empty() || wire.ends_with("\r\n"), "seed {seed}");
            for line in wire.split("\r\n") {
                assert!(line.len() <= 76 && !line.contains(['\r', '\n', '\t']), "seed {seed}");
                assert!(!line.starts_with('.') && !line.ends_with(' '), "seed {seed}: {line}");
                assert!(!line.contains("  ") && !line.contains("=_"), "seed {seed}: {line}");
            }
        }
    }

    #[test]
    fn plain_text_stays_readable() {
        let mut out = Vec::new();
        encode("A plain line.\n.dot  two\tend \nÉ=", &mut out);
        let wire = String::from_utf8(out).unwrap();
        assert_eq!(wire, "A plain line.\r\n=2Edot =20two=09end=20\r\n=C3=89=3D=\r\n");
    }
}
